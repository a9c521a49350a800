"""Whatever is answered without CEL is answered as CEL would."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from segue.events.conditions import Condition
from segue.profiles.computed import Traits
from segue.profiles.computing import Computing
from segue.profiles.counting import read_of_event
from segue.profiles.profile import OWN, Counted, Part, Profile, Stamped
from segue.profiles.reading import Reader, read_by
from segue.profiles.shortcut import arithmetic, shortcut
from tests.builders import NOON, an_event

VALUES = st.one_of(
    st.integers(-5, 5), st.floats(-5, 5, allow_nan=False), st.booleans(), st.sampled_from(["", "3", "gold"]), st.none()
)
LITERALS = st.sampled_from(["0", "3", "3.0", "2.5", '"gold"', '"3"', "true", "false"])
SIGNS = st.sampled_from(["==", "!=", ">", ">=", "<", "<="])


@st.composite
def pieces(draw) -> str:
    sign = draw(SIGNS)
    match draw(st.integers(0, 4)):
        case 0:
            return f'now - profile.events["Page Viewed"].last {sign} duration("{draw(st.integers(1, 4))}h")'
        case 1:
            return f'"{draw(st.sampled_from(["vip", "other"]))}" in profile.segments'
        case 2:
            one, other = draw(st.permutations(["traits.a", "traits.b", "lifecycle", 'events["Page Viewed"].count']))[:2]
            return f"profile.{one} {sign} profile.{other}"
        case 3:
            return f"profile.{draw(st.sampled_from(['lifecycle', 'traits.b']))} {sign} {draw(LITERALS)}"
        case _:
            return f"profile.traits.a {sign} {draw(LITERALS)}"


@settings(max_examples=600, deadline=None)
@given(st.lists(pieces(), min_size=1, max_size=3), VALUES, VALUES, st.integers(0, 240), st.sampled_from([None, "gold"]))
def test_a_shortcut_leads_where_the_long_way_does(written, one, other, minutes, stage):
    text = " && ".join(written)
    condition = Condition.parse(text)
    seen = NOON - timedelta(minutes=minutes)
    traits = {name: Stamped(value, NOON) for name, value in (("a", one), ("b", other)) if value is not None}
    part = Part(traits=traits, events={"Page Viewed": Counted(1, seen, seen)})
    reader = Reader(
        profile=Profile(profile_id="u-1", parts={OWN: part}),
        computing=Computing(Traits(), lambda _: None),
        now=NOON,
        segments=("vip",),
        lifecycle=stage,
    )
    paths = sorted((path for path in condition.paths() if path[0] == "profile"), key=len)

    short = shortcut(text, read_by)
    answer = short(reader) if short else None

    assert answer in (None, condition.holds(reader.context(paths)))


def _asked_of_events() -> st.SearchStrategy[str]:
    path = st.sampled_from(
        ["properties.a", "properties.b", "properties.a.deep", 'context["of it"].a', "name", "traits"]
    )
    other = st.one_of(LITERALS, path.map("event.{}".format))
    return st.builds(lambda one, sign, two: f"event.{one} {sign} {two}", path, SIGNS, other)


@settings(max_examples=600, deadline=None)
@given(
    st.lists(_asked_of_events(), min_size=1, max_size=3),
    st.dictionaries(st.sampled_from("ab"), st.one_of(VALUES, st.dictionaries(st.just("deep"), VALUES, max_size=1))),
    st.dictionaries(st.just("of it"), st.dictionaries(st.just("a"), VALUES), max_size=1),
)
def test_nor_does_it_lead_elsewhere_for_events(written, properties, context):
    text = " && ".join(written)
    event = an_event("gold", properties=properties, context=context)
    seen = {"properties": properties, "context": context, "name": "gold", "traits": {}}

    short = shortcut(text, read_of_event)
    answer = short(event) if short else None

    assert answer in (None, Condition.parse(text).holds({"event": seen}))


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from("+-*/"),
    st.sampled_from(["computed.b", "traits.a", "traits.c"]),
    st.dictionaries(st.sampled_from("abc"), st.one_of(VALUES, st.floats(allow_nan=False, allow_infinity=False))),
)
def test_a_plain_formula_gives_what_cel_would(sign, other, traits):
    text = f"computed.a {sign} {other}"
    condition, values = Condition.parse(text, {"computed", "traits"}), {"a": 3.5, "b": 0.0}

    plain = arithmetic(text)
    answer = plain(values, traits) if plain else None

    assert plain
    assert answer in (None, condition.answer({"computed": values, "traits": traits}))


def test_two_times_are_compared_without_cel():
    before, after = NOON - timedelta(hours=1), NOON
    counted = {"Cart Viewed": Counted(1, after, after), "Page Viewed": Counted(1, before, before)}
    reader = Reader(
        profile=Profile(profile_id="u-1", parts={OWN: Part(events=counted)}),
        computing=Computing(Traits(), lambda _: None),
        now=NOON,
    )

    later = shortcut('profile.events["Cart Viewed"].last > profile.events["Page Viewed"].last', read_by)
    missing = shortcut('profile.events["Cart Viewed"].last > profile.events["Login"].last', read_by)

    assert later
    assert missing
    assert (later(reader), missing(reader)) == (True, False)


def test_what_is_not_plain_is_left_to_cel():
    for text in (
        "profile.traits.a > 1 || true",
        "!(profile.traits.a > 1)",
        'profile.traits.a > "x"',
        "size(profile.x) > 1",
    ):
        assert shortcut(text, read_by) is None
