"""Writes the pages that are made of the code: `make docs`. A test fails when one is out of date."""  # noqa: INP001 - docs/ is no package

from pathlib import Path

from segue.decisions.reasons import Reason

REASONS = Path(__file__).parent / "reasons.md"

_HEAD = """# Reasons

Every decision has one reason, and so has every message that did not go out. The codes are one closed set and stable:
they stand in the logs, in the metric `Decisions`, in what the bus is told, and in `segue why`. (This page is made of
`segue/decisions/reasons.py` by `make docs`.)

| code | what it means |
|---|---|
"""


def reasons() -> str:
    return _HEAD + "".join(f"| `{reason.value}` | {reason.meaning} |\n" for reason in Reason)


if __name__ == "__main__":
    REASONS.write_text(reasons(), encoding="utf-8")
