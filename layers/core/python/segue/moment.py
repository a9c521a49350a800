"""Moments as callers of the API write them, `2026-03-10T13:00:00+01:00`: with a time zone, and kept in UTC."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

#: No customer is older, and no message waits for longer: what lies between can be reckoned with.
_FIRST, _LAST = 1900, 2999


def _utc(at: datetime) -> datetime:
    if not _FIRST <= at.year <= _LAST:
        raise ValueError(f"is no moment of the years {_FIRST} to {_LAST}")
    return at.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
