"""Whatever is answered without CEL is answered as CEL would."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from segue.events.conditions import Condition
from segue.profiles.computed import Traits
from segue.profiles.computing import Computing
from segue.profiles.profile import OWN, Counted, Part, Profile, Stamped
from segue.profiles.reading import Reader
from segue.profiles.shortcut import shortcut
from tests.builders import NOON

VALUES = st.one_of(
    st.integers(-5, 5), st.floats(-5, 5, allow_nan=False), st.booleans(), st.sampled_from(["", "3", "gold"]), st.none()
)
LITERALS = st.sampled_from(["0", "3", "3.0", "2.5", '"gold"', '"3"', "true", "false"])
SIGNS = st.sampled_from(["==", "!=", ">", ">=", "<", "<="])


@st.composite
def pieces(draw) -> str:
    sign = draw(SIGNS)
    match draw(st.integers(0, 3)):
        case 0:
            return f'now - profile.events["Page Viewed"].last {sign} duration("{draw(st.integers(1, 4))}h")'
        case 1:
            return f'"{draw(st.sampled_from(["vip", "other"]))}" in profile.segments'
        case 2:
            return f"profile.{draw(st.sampled_from(['lifecycle', 'traits.b']))} {sign} {draw(LITERALS)}"
        case _:
            return f"profile.traits.a {sign} {draw(LITERALS)}"


@settings(max_examples=600, deadline=None)
@given(st.lists(pieces(), min_size=1, max_size=3), VALUES, st.integers(0, 240), st.sampled_from([None, "gold"]))
def test_a_shortcut_leads_where_the_long_way_does(written, value, minutes, stage):
    text = " && ".join(written)
    condition = Condition.parse(text)
    seen = NOON - timedelta(minutes=minutes)
    traits = {} if value is None else {"a": Stamped(value, NOON)}
    part = Part(traits=traits, events={"Page Viewed": Counted(1, seen, seen)})
    reader = Reader(
        profile=Profile(profile_id="u-1", parts={OWN: part}),
        computing=Computing(Traits(), lambda _: None),
        now=NOON,
        segments=("vip",),
        lifecycle=stage,
    )
    paths = sorted((path for path in condition.paths() if path[0] == "profile"), key=len)

    short = shortcut(text)
    answer = short(reader) if short else None

    assert answer in (None, condition.holds(reader.context(paths)))


def test_what_is_not_plain_is_left_to_cel():
    for text in (
        "profile.traits.a > 1 || true",
        "!(profile.traits.a > 1)",
        'profile.traits.a > "x"',
        "size(profile.x) > 1",
    ):
        assert shortcut(text) is None
