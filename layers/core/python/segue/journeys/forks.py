"""The steps at which ways part: by what is known of the person, or by lot."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from segue.events.conditions import Condition
from segue.journeys.step import BaseStep, Block, Definition, Name

if TYPE_CHECKING:
    from segue.journeys.steps import Step

OTHERWISE = "else"


class Way(Definition):
    """Steps that only some go."""

    name: Name | None = Field(default=None, description="How the way is called in paths and reports.")
    steps: tuple["Step", ...] = Field(default=(), description="What follows; then it goes on behind.")


class Arm(Way):
    when: Condition = Field(description="CEL over profile, run and now.")


class BranchStep(BaseStep):
    """Of the arms the first whose condition holds, or `else`. An arm without a name is called by its number."""

    kind = "branch"
    outcomes = ()
    branch: tuple[Arm, ...] = Field(description="The first whose condition holds is taken.")
    otherwise: tuple["Step", ...] = Field(default=(), alias="else", description="What follows if none holds.")

    @model_validator(mode="after")
    def _named_apart(self) -> Self:
        if not self.branch:
            raise ValueError("ways part, and there is none: name at least one with `when` and `steps`")
        _named_apart((*_names(self.branch), OTHERWISE))
        return self

    @property
    def arms(self) -> Mapping[str, Condition]:
        return {name: arm.when for name, arm in zip(_names(self.branch), self.branch, strict=True)}

    @property
    def blocks(self) -> Mapping[str, Block]:
        return _blocks("branch", self.branch) | {OTHERWISE: Block((OTHERWISE,), self.otherwise)}


class Share(Way):
    name: Name = Field(description="How the variant is called in paths and reports.")
    weight: float = Field(gt=0, le=100, description="Its percentage of the people.")


class SplitStep(BaseStep):
    """By lot: a person always draws the same in the same step. All weights together are 100."""

    kind = "split"
    outcomes = ()
    split: tuple[Share, ...] = Field(description="The variants.")
    winner: str | None = Field(default=None, description="The variant that everybody goes from now on.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        names = _names(self.split)
        _named_apart(names)
        if abs((total := sum(share.weight for share in self.split)) - 100) > 1e-9:  # noqa: PLR2004 - percent
            raise ValueError(f"the weights add up to {total:g}: make them 100 together")
        if self.winner is not None and self.winner not in names:
            raise ValueError(f"there is no variant {self.winner!r} to win: it is one of {', '.join(names)}")
        return self

    @property
    def weights(self) -> Mapping[str, float]:
        return {share.name: share.weight for share in self.split}

    @property
    def blocks(self) -> Mapping[str, Block]:
        return _blocks("split", self.split)


def _names(ways: tuple[Way, ...]) -> tuple[str, ...]:
    return tuple(way.name or str(number) for number, way in enumerate(ways, start=1))


def _blocks(word: str, ways: tuple[Way, ...]) -> dict[str, Block]:
    named = enumerate(zip(_names(ways), ways, strict=True))
    return {name: Block((word, at, "steps"), way.steps) for at, (name, way) in named}


def _named_apart(names: tuple[str, ...]) -> None:
    if again := next((name for at, name in enumerate(names) if name in names[:at]), None):
        raise ValueError(f"two ways are called {again!r}: name each differently")
