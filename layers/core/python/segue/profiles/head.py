"""The three documents that a decision needs, read in one Query: `HEAD#PROFILE`, `HEAD#LEDGER`, `HEAD#RUNS`."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from segue.profiles.ledger import Ledger
from segue.profiles.profile import Profile
from segue.profiles.runs import Runs

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Versioned(Generic[T]):
    """A document and the version it was read at; 0 when it was never written. Writes are conditional on it."""

    value: T
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """`profile_id` is where the documents live: another than was asked for, when that one has been linked to it."""

    profile_id: str
    profile: Versioned[Profile]
    ledger: Versioned[Ledger]
    runs: Versioned[Runs]
