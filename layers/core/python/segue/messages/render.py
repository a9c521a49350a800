"""Liquid, strictly: what a template names must exist, unless it says what to write instead (`| default: …`)."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from liquid import BoundTemplate, Environment, FalsyStrictUndefined
from liquid.builtin.filters.misc import date
from liquid.exceptions import FilterArgumentError, LiquidError, UndefinedError
from liquid.filter import with_environment

from segue.messages.template import Words
from segue.profiles.profile import Profile
from segue.profiles.runs import Run


class RenderError(Exception):
    """The template cannot be rendered for this person. The text names fields and variables, never values."""


class _Liquid(Environment):
    """Bounded, so that no template can hold a function up."""

    loop_iteration_limit = 10_000
    output_stream_limit = 500_000


@with_environment
def _date(moment: Any, form: str, *, environment: Environment) -> str:
    if moment in ("now", "today"):
        raise FilterArgumentError(f"write `now | date`, without quotes, for {moment!r}", token=None)
    written: str = date(moment, form, environment=environment)
    return written


def _sha256(text: Any) -> str:
    """As ad networks ask for addresses: trimmed, in small letters, hashed."""
    return hashlib.sha256(str(text).strip().lower().encode()).hexdigest()


@cache
def liquid(*, markup: bool) -> Environment:
    """With `markup`, values are escaped for HTML."""
    environment = _Liquid(undefined=FalsyStrictUndefined, autoescape=markup)
    environment.filters["date"] = _date
    environment.filters["sha256"] = _sha256
    return environment


@lru_cache(maxsize=512)
def parsed(source: str, *, markup: bool) -> BoundTemplate:
    """Raise `LiquidError` when the source is not Liquid."""
    return liquid(markup=markup).from_string(source)


def render(words: Words, context: Mapping[str, Any]) -> dict[str, str]:
    """The words by field. Raise `RenderError`."""
    rendered = {}
    for field, source, markup in words.texts():
        try:
            rendered[field] = parsed(source, markup=markup).render(context)
        except LiquidError as error:
            raise RenderError(f"{field}: {_without_values(error, source)}") from error
        except (ArithmeticError, ValueError) as error:
            raise RenderError(f"{field}: {type(error).__name__}, from a filter") from error
    return rendered


def _without_values(error: LiquidError, source: str) -> str:
    """Liquid quotes what it stumbled over, perhaps a value: its own words only where the template has them too."""
    said = complaint(error)
    name = said.removesuffix(" is undefined").strip("'")
    if isinstance(error, UndefinedError) and name in source:
        return said
    line = source.count("\n", 0, error.token.start_index) + 1 if error.token else 1
    return f"{type(error).__name__} in line {line}"


def complaint(error: LiquidError) -> str:
    """What is wrong, in a line."""
    return str(error.args[0] if error.args else error).splitlines()[0]


#: What is said of a person at a moment.
Read = Callable[[Profile, datetime], Mapping[str, Any]]


def plain(profile: Profile, _now: datetime) -> Mapping[str, Any]:
    """Of a workspace that computes nothing."""
    return profile.as_context()


def view(
    *,
    profile: Profile,
    run: Run | None,
    brand: Mapping[str, str],
    now: datetime,
    unsubscribe_url: str | None,
    read: Read = plain,
    properties: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What a template sees. What is null is not there; `unsubscribe_url` and `run` may be missing too.

    `properties` are what whoever asked for the message gave along.
    """
    person = read(profile, now)
    seen: dict[str, Any] = {
        "profile": {**person, "traits": _present(person["traits"])},
        "brand": dict(brand),
        "message": {"properties": _present(properties or {})},
        "now": now,
    }
    if unsubscribe_url is not None:
        seen["unsubscribe_url"] = unsubscribe_url
    if run is not None:
        entry = {"name": run.entry.name, "timestamp": run.entry.timestamp, "properties": _present(run.entry.properties)}
        seen["run"] = {"id": run.run_id, "journey": run.journey, "entry": entry}
    return seen


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
