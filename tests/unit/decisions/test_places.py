"""A place that there is not would name nobody: it is told, with what was most likely meant."""

import pytest

from segue.decisions.places import no_place


@pytest.mark.parametrize("place", ["GB", "US", "US-NV", "US-DC", "PR", "DE-BY", "GB-ENG", "IO"])
def test_a_place_that_there_is_is_fine(place: str) -> None:
    assert list(no_place((), place)) == []


@pytest.mark.parametrize(
    ("place", "meant"), [("UK", "GB"), ("UK-ENG", "GB-ENG"), ("EL", "GR"), ("US-NEV", "US-NV"), ("US-PR", "PR")]
)
def test_of_one_that_there_is_not_the_likely_one_is_named(place: str, meant: str) -> None:
    [problem] = no_place((), place)

    assert (problem.message, problem.hint) == (f"there is no place {place!r}", f"did you mean {meant!r}?")


@pytest.mark.parametrize("place", ["XX", "ZZ", "US-ZZ", "US-1"])
def test_of_one_that_is_like_none_the_form_is_told(place: str) -> None:
    [problem] = no_place((), place)

    assert problem.hint.startswith("write the two letters of a country")
