"""However much somebody invents: a person's document stays below what DynamoDB holds, in any order of events."""

from datetime import timedelta
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.aws.table import encode
from segue.decisions.consent import standing
from segue.decisions.policy import Policy
from segue.decisions.subscription import unsubscribed
from segue.events.bounds import MOST_TRAIT_BYTES, MOST_WORD_BYTES, cut, fits
from segue.events.identifier import USER, Identifier
from segue.profiles import bounds
from segue.profiles.computed import Traits
from segue.profiles.consent import MOST_KEPT
from segue.profiles.counting import MOST_COMPUTED_BYTES, most_bytes
from segue.profiles.profile import OWN, Part, Profile
from segue.profiles.rules import Rules
from tests.builders import NOON, an_event

DAY = timedelta(days=1)
DYNAMODB = 400 * 1024
#: Four bytes in UTF-8; an escape of six; two of them an escape of two.
WIDE, CONTROL, QUOTE = "😀", "\x01", '"'


def folded(events, rules=None) -> Part:
    return reduce((rules or Rules()).fold, events, Part())


def invented(number: int, chosen: int, *, long: bool = False):
    """An event with a name, traits, categories and a subscription that nobody else has."""
    tail = "x" * (80 if long else 0)
    at = NOON + timedelta(seconds=number % 7)
    name = "Subscribed" if number % 2 else f"Event {chosen}{tail}"
    return an_event(
        name,
        at=at,
        message_id=f"m-{number}",
        properties={"channel": f"channel-{chosen}{tail}"},
        context={
            "traits": {f"trait-{chosen}-{each}{tail}": each for each in range(3)},
            "consent": {"categoryPreferences": {f"category-{chosen}-{each}": each > 0 for each in range(3)}},
        },
    )


def said_of_few(number: int, granted: bool):
    """Of a few purposes and topics that are not kept when there are many, time and again."""
    return an_event(
        "Consent Given" if granted else "Consent Denied",
        at=NOON + timedelta(minutes=number),
        message_id=f"few-{number}-{granted}",
        properties={"purpose": f"few-{number % 5}"},
    )


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_which_names_are_kept_and_what_of_them_does_not_depend_on_the_order(data):
    drawn = data.draw(st.lists(st.integers(0, 400), min_size=1, max_size=60))
    spread = data.draw(st.integers(0, 300))
    events = [invented(number, chosen) for number, chosen in enumerate([*drawn, *range(spread)])]
    events += data.draw(st.lists(st.builds(said_of_few, st.integers(0, 50), st.booleans()), max_size=30))
    shuffled = data.draw(st.randoms(use_true_random=False)).sample(events, len(events))
    where = data.draw(st.integers(0, len(events)))

    whole = folded(events)

    one, other = folded(shuffled[:where]), folded(shuffled[where:])
    assert folded(shuffled) == one.merge(other) == other.merge(one) == whole
    third = data.draw(st.integers(where, len(events)))
    middle, last = folded(shuffled[where:third]), folded(shuffled[third:])
    assert one.merge(middle).merge(last) == one.merge(middle.merge(last)) == whole


def test_what_segue_reads_itself_is_displaced_by_no_invented_name():
    own = [
        an_event("Order Completed", message_id="order", context={"traits": {"email": "ada@example.com"}}),
        an_event("Consent Withdrawn", message_id="consent", properties={"purpose": "marketing"}),
        an_event("Unsubscribed", message_id="left", properties={"channel": "email"}),
    ]

    part = folded([*own, *(invented(number, number) for number in range(400))])

    assert part.events["Order Completed"].count == 1
    assert part.traits["email"].value == "ada@example.com"
    assert not part.consents["marketing"].granted
    assert not part.subscriptions["email"].granted
    kept = (len(part.events), len(part.traits), len(part.consents), len(part.subscriptions))
    most = (bounds.MOST_EVENTS, bounds.MOST_TRAITS, bounds.MOST_PURPOSES, bounds.MOST_SUBSCRIPTIONS)
    assert kept == most


ALLOWED = Policy.model_validate({"purposes": {"marketing": {"default": "granted", "categories": ["targeting"]}}})


@settings(max_examples=60, deadline=None)
@given(many=st.integers(0, 150), refused=st.integers(0, 5_000), rng=st.randoms(use_true_random=False))
def test_a_refusal_is_never_lost_however_many_purposes_are_named_beside_it(many, refused, rng):
    purpose = f"vendor-{refused}"
    policy = Policy.model_validate({"purposes": {purpose: {"default": "granted"}}})
    said = {f"vendor-{each}": each != refused for each in {*rng.sample(range(5_000), many), refused}}
    events = [chosen(name, granted, number) for number, (name, granted) in enumerate(sorted(said.items()))]

    part = folded(rng.sample(events, len(events)))

    assert not standing(purpose, None, part, policy, NOON + DAY).granted


@settings(max_examples=60, deadline=None)
@given(many=st.integers(1, 400), rng=st.randoms(use_true_random=False))
def test_whoever_left_a_topic_has_left_it_however_many_they_left(many, rng):
    topics = rng.sample(range(5_000), many)
    events = [left(each) for each in topics]

    part = folded(rng.sample(events, len(events)))

    assert all(unsubscribed(part, "email", f"topic-{each}") for each in topics)


def test_a_later_yes_holds_though_more_was_named_than_is_kept():
    stamps = {f"vendor-{each}": True for each in range(200)} | {"targeting": False}
    manager = an_event("Page Viewed", context={"consent": {"categoryPreferences": stamps}})
    yes = an_event("Consent Given", at=NOON + DAY, properties={"purpose": "marketing"})

    assert not standing("marketing", None, folded([manager]), ALLOWED, NOON + DAY).granted
    assert standing("marketing", None, folded([manager, yes]), ALLOWED, NOON + DAY).granted


def test_of_what_was_never_said_nothing_is_taken_for_lost():
    part = folded(chosen(f"vendor-{each}", granted=True, number=each) for each in range(bounds.MOST_PURPOSES))

    assert part.consents_lost is None
    assert standing("marketing", None, part, ALLOWED, NOON).granted


def chosen(purpose: str, granted: bool, number: int):
    name = "Consent Given" if granted else "Consent Denied"
    at = NOON + timedelta(seconds=number)
    return an_event(name, at=at, message_id=f"{purpose}-{number}", properties={"purpose": purpose})


def left(topic: int):
    properties = {"channel": "email", "topic": f"topic-{topic}"}
    return an_event("Unsubscribed", message_id=f"left-{topic}", properties=properties)


def test_what_is_kept_of_a_name_is_whole():
    part = folded([invented(2 * number, number % 300) for number in range(900)])

    assert {counted.count for counted in part.events.values()} == {3}


def test_a_trait_that_is_too_large_is_none_and_leaves_what_was_known():
    events = [
        an_event("Identified", traits={"bio": "short"}),
        an_event("Identified", at=NOON + timedelta(hours=1), traits={"bio": WIDE * MOST_TRAIT_BYTES, "n" * 200: 1}),
    ]

    traits = folded(events).traits

    assert {name: stamped.value for name, stamped in traits.items()} == {"bio": "short"}


@pytest.mark.parametrize("character", ["x", WIDE, CONTROL, QUOTE, "é"])
def test_a_text_is_cut_to_what_its_json_takes(character):
    text = cut(character * 500)

    assert fits(text, MOST_WORD_BYTES)
    assert not fits(text + character, MOST_WORD_BYTES)


def full_of(character: str, count: int, most_bytes: int) -> list[str]:
    """As many names as long as may be."""
    return [f"{number:04d}{cut(character * 200, most_bytes - 4)}" for number in range(count)]


HEAVY = {
    "kinds": [
        {"kind": "most_frequent", "event": "Looked", "property": "word", "over": "90d"},
        {"kind": "distinct", "event": "Looked", "property": "word", "over": "30d"},
        {"kind": "last", "event": "Looked", "property": "word"},
        {"kind": "most_frequent", "event": "Looked", "property": "word"},
    ]
}


@pytest.mark.parametrize("character", ["x", WIDE, CONTROL])
def test_a_part_in_which_everything_is_full_leaves_room_in_the_document(character):
    traits = Traits.model_validate({"computed": {f"t{n}": trait for n, trait in enumerate(HEAVY["kinds"])}})
    names = full_of(character, 200, 100)
    value = cut(character * MOST_TRAIT_BYTES, MOST_TRAIT_BYTES)
    said = dict.fromkeys(("text_version", "region", "source", "method"), character * 200)
    events = [
        *(an_event(name, message_id=name, context={"traits": {name: value}}) for name in names),
        *(an_event("Subscribed", message_id=name, properties={"channel": name}) for name in names),
        *(
            an_event(
                "Consent Given",
                at=NOON + timedelta(seconds=number),
                message_id=f"{number}{character * 90}",
                properties={**said, "purpose": name},
            )
            for name in names
            for number in range(MOST_KEPT + 2)
        ),
        *(
            an_event(
                "Looked",
                at=NOON + timedelta(hours=day * 24 + hour),
                message_id=f"{day}-{hour}",
                properties={"word": f"{day}-{hour}{cut(character * 60, 56)}"},
            )
            for day in range(95)
            for hour in range(24)
        ),
    ]
    profile = Profile(
        profile_id="u-ada",
        identifier=Identifier(USER, "ada"),
        parts={OWN: folded(events, Rules(traits))},
    )

    computed = sum(most_bytes(trait) for trait in traits.computed.values())
    size = len(encode(Profile, profile).encode())

    names_alone = len(encode(Profile, Profile(profile_id="u-ada", parts={OWN: folded(events)})).encode())
    assert size - names_alone < computed < MOST_COMPUTED_BYTES
    assert names_alone + MOST_COMPUTED_BYTES < DYNAMODB * 0.9


@pytest.mark.parametrize("kind", ["count", "sum", "first", "last", "most_frequent", "distinct"])
@pytest.mark.parametrize("over", [None, "24h", "100d"])
@pytest.mark.parametrize("character", ["x", WIDE, CONTROL])
def test_a_trait_weighs_no_more_than_is_said_of_it(kind, over, character):
    written = {"kind": kind, "event": "Looked", "property": "word", **({"over": over} if over else {})}
    traits = Traits.model_validate({"computed": {"x": written}})
    step = timedelta(minutes=2) if over == "24h" else timedelta(hours=4)
    most = 60 if kind == "most_frequent" else 250
    words = [10**15 - n if kind == "sum" else f"{n}{cut(character * 300, most - 4)}" for n in range(800)]
    events = [
        an_event("Looked", at=NOON + number * step, message_id=f"{number}{'y' * 55}", properties={"word": word})
        for number, word in enumerate(words)
    ]

    size = len(encode(Part, folded(events, Rules(traits))).encode()) - len(encode(Part, folded(events)).encode())

    assert size <= most_bytes(traits.computed["x"])
