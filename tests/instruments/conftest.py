"""Give tests a copy of the real definition to break."""

import shutil
from pathlib import Path

import pytest

from tests.instruments.broken import REAL


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REAL, tmp_path / "1.0"))
