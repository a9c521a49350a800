"""Texts of steps, rendered for a person and a run as templates are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from segue.journeys.doing import Value
from segue.journeys.facts import WORDS, Read
from segue.messages.render import parsed, view
from segue.profiles.profile import Profile
from segue.profiles.runs import Run


def seen(profile: Profile, run: Run, brand: Mapping[str, str], now: datetime, read: Read) -> dict[str, Any]:
    """What they may speak of."""
    return view(
        profile=profile,
        run=run,
        brand=brand,
        now=now,
        unsubscribe_url=None,
        read=lambda person, at: read(person, at, WORDS["profile"]),
    )


def text(said: str, seen: Mapping[str, Any]) -> str:
    """Raise `LiquidError`."""
    return parsed(said, markup=False).render(seen)


def rendered(said: Mapping[str, Value], seen: Mapping[str, Any]) -> dict[str, Value]:
    """Raise `LiquidError`."""
    return {name: text(value, seen) if isinstance(value, str) else value for name, value in said.items()}
