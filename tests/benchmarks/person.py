"""The usual person of every measurement: all questions answered, gaps in three domains, no call for a safety page."""

ANSWERS = (
    "EMO2 SLF1 DLY3 PRG2 ACC12 ACC23 ALT2 MED4 ADH13 ADH23 ADH32 STG10 STG21 UND1 EXT1 COP3 QOC3 REL4 SUP13 SUP22 RCV2"
)


def usual_answers() -> dict[str, int]:
    """Return the answers of every core item, 0 to 4."""
    return {word[:-1]: int(word[-1]) for word in ANSWERS.split()}
