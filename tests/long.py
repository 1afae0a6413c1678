"""How long the tests go on that look for rare faults: for a while in `make test`, for long in `make test-faults`."""

import os

IS_LONG = os.environ.get("CLINIC_TEST_LONG") == "1"


def rounds(usual: int, long: int) -> int:
    """Return how often to try."""
    return long if IS_LONG else usual
