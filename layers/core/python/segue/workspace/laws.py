"""The laws that come with Segue, and what a workspace's `jurisdictions.yaml` makes of them."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

import yaml
from pydantic import Discriminator, Field, Tag

from segue.decisions.check import no_channel
from segue.decisions.definition import Definition
from segue.decisions.law import Law, NamedLaw
from segue.decisions.places import no_place
from segue.decisions.whose_law import called
from segue.events.names import unknown
from segue.problem import Kind, Problem


class LeftOut(Definition):
    left_out: str = Field(min_length=1, description="Why the row of this name does not hold for you.")


def _kind_of(given: Any) -> str:
    left_out = isinstance(given, LeftOut) or (isinstance(given, Mapping) and "left_out" in given)
    return "<left_out>" if left_out else "<law>"


Row = Annotated[Annotated[Law, Tag("<law>")] | Annotated[LeftOut, Tag("<left_out>")], Discriminator(_kind_of)]


class Jurisdictions(Definition):
    """`jurisdictions.yaml`: laws by name. One that has the name of a row of Segue takes its place."""

    jurisdictions: dict[str, Row] = Field(default_factory=dict, description="Laws, by name.")

    def over(self, shipped: "Jurisdictions") -> tuple[NamedLaw, ...]:
        rows = {**shipped.jurisdictions, **self.jurisdictions}
        return tuple(
            NamedLaw(name=name, **{word: getattr(row, word) for word in Law.model_fields})
            for name, row in rows.items()
            if isinstance(row, Law)
        )


@cache
def shipped() -> Jurisdictions:
    """With dates as texts, as the loader of workspaces reads them."""
    text = files("segue.decisions").joinpath("jurisdictions.yaml").read_text(encoding="utf-8")
    return Jurisdictions.model_validate(yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506 - makes texts only


def problems(said: Jurisdictions) -> Iterator[Problem]:
    """What is left out and was never there; and places and channels that there are not."""
    known = shipped().jurisdictions
    for name, row in said.jurisdictions.items():
        if isinstance(row, Law):
            for number, region in enumerate(row.regions):
                yield from no_place(("jurisdictions", name, "regions", number), region)
            for number, channel in enumerate(row.channels):
                yield from no_channel(("jurisdictions", name, "channels", number), channel)
            if row.limit == 0 and row.until is None:
                yield _forbids(name, row)
        if isinstance(row, LeftOut) and name not in known:
            hint = f"the rows of Segue are: {', '.join(known)}"
            yield unknown(("jurisdictions", name), Kind.NOT_IN_POLICY, "law", name, known, hint=hint)


def _forbids(name: str, row: Law) -> Problem:
    where = " or ".join(called(region) for region in row.regions)
    return Problem(
        place=("jurisdictions", name, "limit"),
        message=f"a limit of 0: by {' or '.join(row.channels)} nobody in {where} can ever be written to",
        hint="say `until` if it ends some day; else a limit of 1 or more, unless the law forbids it altogether",
        kind=Kind.CLOSED_BY_LAW,
    )
