"""Closed sets of codes that are shown to people: each with a sentence that says what it means."""

from enum import StrEnum
from typing import Self


class Worded(StrEnum):
    """A member is written as `CODE = "code", "What it means."`; its value is the code alone."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member
