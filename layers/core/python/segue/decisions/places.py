"""Places that a team writes: a country by its two letters, or a part of one. Those that there are not are told."""

from collections.abc import Iterator

from segue.events.names import Place
from segue.problem import Kind, Problem
from segue.profiles.countries import ELSEWHERE, country, is_country, region
from segue.profiles.us_states import STATES

_FORM = "write the two letters of a country, such as GB, or of a state of the US, as US-NV"


def no_place(place: Place, written: str) -> Iterator[Problem]:
    """Of a country, or a state of the US, that there is not: nobody would ever be found there."""
    land, _, part = written.partition("-")
    if is_country(land) and (land != "US" or not part or part in STATES):
        return
    meant = _meant(land, part)
    hint = f"did you mean {meant!r}?" if meant else _FORM
    yield Problem(
        place=place, message=f"there is no place {written!r}", hint=hint, kind=Kind.UNKNOWN_PLACE, about=written
    )


def _meant(land: str, part: str) -> str | None:
    """`GB` for UK, `PR` for US-PR, `US-NV` for US-NEV."""
    if land != "US":
        return region(land, part) if country(land) != ELSEWHERE else None
    if is_country(part):
        return part
    named = (code for code, name in STATES.items() if name.upper().startswith(part))
    return next((f"US-{code}" for code in named), None)
