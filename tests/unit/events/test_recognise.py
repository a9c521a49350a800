"""Which identifiers an event carries, and what is taken off it."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.aws.bus import decode_event, encode_event
from segue.events.carried import MOST_IDENTIFIERS, named
from segue.events.event import Event
from segue.events.identifier import Identifier
from segue.events.identity import Identity
from segue.events.recognise import recognise
from tests.builders import an_event
from tests.unit.events.test_spec import by, read

STITCH = "src/unify/identity-resolution/ecommerce-example.md"
SPEC = Path(__file__).parents[3].parent / "shared/data/segment_spec/segment_payloads.jsonl"


def sha(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()


def recognised(identity: dict | None = None, **given) -> Event:
    given.setdefault("user_id", None)
    given.setdefault("anonymous_id", None)
    return recognise(an_event(**given), Identity.model_validate(identity or {})).event


def known(identity: dict | None = None, **given) -> list[str]:
    return [str(identifier) for identifier in recognised(identity, **given).who]


def external(value, type_="crm", **given) -> dict:
    return {"id": value, "type": type_, "collection": "users", "encoding": "none", **given}


def test_a_user_and_a_visitor_need_no_more_than_their_fields():
    event = an_event(user_id="ada", anonymous_id="anon")

    assert recognise(event, Identity()).event is event
    assert event.identifiers == ()


def test_an_event_says_who_it_was_in_every_place_of_the_spec():
    said = known(
        user_id="ada",
        anonymous_id="anon",
        properties={"email": "Ada@Example.com", "phone": "+1 212 555 2368"},
        context={
            "traits": {"email": "ada.l@example.com"},
            "device": {"type": "iOS", "id": "i1", "advertisingId": "i2", "adTrackingEnabled": True, "token": "i3"},
            "integrations": {"Google Analytics": {"clientId": "g1"}},
            "externalIds": [external("c1"), external("+12125552369", "phone"), external("b1", "app_id")],
        },
    )

    assert said == [
        "user_id:ada",
        f"email:{sha('ada.l@example.com')}",
        f"email:{sha('ada@example.com')}",
        "phone:+12125552368",
        "phone:+12125552369",
        "app_id:b1",
        "crm:c1",
        "anonymous_id:anon",
        "ga_client_id:g1",
        "ios.id:i1",
        "ios.idfa:i2",
        "ios.push_token:i3",
    ]


@pytest.mark.parametrize("place", ["traits", "properties", "context.traits"])
@pytest.mark.parametrize("key", ["loyalty_id", "loyaltyId"])
def test_a_custom_identifier_is_found_in_both_ways_of_writing(place, key):
    given = {"context": {"traits": {key: 7}}} if place == "context.traits" else {place: {key: 7}}

    assert known({"namespaces": {"loyalty_id": {}}}, user_id="ada", **given) == ["user_id:ada", "loyalty_id:7"]


def test_paths_that_are_written_are_looked_into_instead():
    identity = {"namespaces": {"email": {"paths": ["traits.contact.workEmail"], "hash": False}}}

    said = known(identity, anonymous_id="a", traits={"email": "a@b.cd", "contact": {"work_email": "X@b.cd"}})

    assert said == ["email:x@b.cd", "anonymous_id:a"]


def test_the_same_address_however_it_is_written_is_one_identifier():
    said = known(
        user_id="ada",
        properties={"email": "ADA@example.com "},
        traits={"email": "ada@example.com"},
        context={"traits": {"email": " Ada@Example.com"}},
    )

    assert said == ["user_id:ada", f"email:{sha('ada@example.com')}"]


def test_an_advertising_id_counts_only_where_tracking_is_allowed():
    device = {"type": "android", "id": "d", "advertisingId": "ad"}

    for allowed in (None, False, "true"):
        event = recognised(anonymous_id="a", context={"device": {**device, "adTrackingEnabled": allowed}})
        assert [str(each) for each in event.who] == ["anonymous_id:a", "android.id:d"]


def test_the_traits_of_a_group_are_no_persons():
    group = {"type": "group", "name": "Grouped", "group_id": "g", "user_id": "ada"}

    assert known(traits={"email": "office@example.com"}, **group) == ["user_id:ada"]


def test_what_is_of_an_account_is_no_persons_and_what_is_half_said_is_noted():
    event = recognised(
        user_id="ada",
        context={
            "externalIds": [external("x", collection="accounts"), {"id": "secret-1"}, "secret-2", external("y", "B:C")]
        },
    )

    assert [str(each) for each in event.who] == ["user_id:ada"]
    assert [note.partition(" ")[0] for note in event.notes] == [f"context.externalIds[{n}]" for n in (1, 2, 3)]
    assert "secret" not in str(event.notes)


def test_an_event_may_be_known_by_an_address_alone():
    event = recognised(properties={"email": "ada@example.com"})

    assert event.who == (Identifier("email", sha("ada@example.com")),)
    assert (event.user_id, event.anonymous_id) == (None, None)
    assert decode_event(json.loads(encode_event(event))) == event


def test_a_user_id_among_the_external_ids_is_a_user_id():
    assert recognised(anonymous_id="a", context={"externalIds": [external("ada", "user_id")]}).user_id == "ada"


@pytest.mark.parametrize("user_id", ["null", "NULL", "-1", "0000-0000", "anonymous"])
def test_a_blocked_user_id_is_taken_off_with_a_note_that_does_not_quote_it(user_id):
    event = recognised(user_id=user_id, anonymous_id="anon")

    assert (event.user_id, event.who) == (None, (Identifier("anonymous_id", "anon"),))
    assert event.notes == ("userId is a blocked value: no identifier",)


def test_what_is_left_out_is_noted_by_its_place_and_stays_as_data():
    given = {"email": "not an address", "phone": "call me", "crm": ["x"]}

    event = recognised({"namespaces": {"crm": {}}}, user_id="ada", properties=given)

    assert event.who == (Identifier("user_id", "ada"),)
    assert event.properties == given
    assert event.notes == (
        "properties.email is no e-mail address: no identifier",
        "properties.phone is no phone number with its country code (see default_region): no identifier",
        "properties.crm is no text: no identifier",
    )


def test_an_alias_says_that_a_visitor_is_the_user():
    alias = {"type": "alias", "name": "Aliased", "previous_id": "old", "anonymous_id": "anon"}

    assert known(user_id="ada", **alias) == ["user_id:ada", "anonymous_id:anon", "anonymous_id:old"]
    assert known(user_id="null", **alias) == ["anonymous_id:anon"]
    assert known(user_id="ada", **alias | {"previous_id": "null"}) == ["user_id:ada", "anonymous_id:anon"]
    assert recognised(user_id="ada", **alias | {"previous_id": "null"}).previous_id is None


def test_a_namespace_that_is_turned_off_identifies_nobody():
    identity = {"namespaces": {"anonymous_id": None, "email": None}}

    assert known(identity, user_id="ada", anonymous_id="a", properties={"email": "a@b.cd"}) == ["user_id:ada"]


def test_an_event_that_names_a_thousand_keeps_the_first_by_rank():
    many = [external(f"c{number}", f"crm{number}") for number in range(1000)]

    event = recognised(user_id="ada", anonymous_id="a", context={"externalIds": many})

    assert len(event.who) == MOST_IDENTIFIERS
    assert event.who[0] == Identifier("user_id", "ada")
    assert any("more than" in note for note in event.notes)


@pytest.mark.skipif(not SPEC.exists(), reason="the recorded payloads of the Segment spec are not here")
def test_the_worked_stitch_carries_its_six_identifiers():
    records = [json.loads(line) for line in SPEC.read_text().splitlines() if STITCH in line]

    events = [read({**record["payload"], "messageId": "m"}, 0, by()) for record in records]

    assert [[str(each) for each in event.who] for event in events] == [
        ["anonymous_id:anon_123", "ios.id:ios_abc123"],
        ["anonymous_id:anon_123", "ios.id:ios_abc123"],
        ["user_id:abc123def", "anonymous_id:anon_123", "ios.id:ios_abc123"],
        ["user_id:abc123def", "anonymous_id:anon_456", "android.id:and_1a2b3c4d"],
        ["user_id:abc123def", "anonymous_id:anon_789", "android.id:and_1a2b3c4d"],
    ]
    assert len({identifier for event in events for identifier in event.who}) == 6


BLANKS = st.text(" \t\n\u00a0\u3000", max_size=3)


@given(
    namespace=st.sampled_from(["user_id", "anonymous_id", "email", "phone", "loyalty_id"]),
    value=st.text(min_size=1, max_size=20) | st.sampled_from(["Ada@Example.com", "+12125552368"]),
    before=BLANKS,
    after=BLANKS,
)
@settings(deadline=None)
def test_whoever_an_event_names_is_found_by_the_same_text_blanks_or_not(namespace, value, before, after):
    said, identity = f"{before}{value}{after}", Identity.model_validate({"namespaces": {"loyalty_id": {}}})
    fields = {"user_id": "user_id", "anonymous_id": "anonymous_id"}
    given = {fields[namespace]: said} if namespace in fields else {"properties": {namespace: said}}

    event = recognise(an_event(**{"user_id": None, "anonymous_id": None, **given}), identity).event

    for text in (said, value, value.strip()):
        sought = named(namespace, text, identity)
        assert event.who == ((sought,) if sought else ())
    own = Event.__dataclass_fields__.keys() & {namespace}
    assert all(getattr(event, each) == (event.who[0].value if event.who else None) for each in own)


def test_an_alias_is_without_the_blanks_around_its_names():
    event = recognised(type="alias", name="Aliased", user_id="ada ", previous_id=" old", anonymous_id="anon\n")

    assert (event.user_id, event.previous_id, event.anonymous_id) == ("ada", "old", "anon")
    assert [str(each) for each in event.who] == ["user_id:ada", "anonymous_id:anon", "anonymous_id:old"]


values = st.sampled_from(
    ["ada@example.com", "ADA@example.com", "+12125552368", "null", "x", 7, 1.5, None, True, [], {}]
)
keys = st.sampled_from(["email", "phone", "loyalty_id", "loyaltyId", "device", "externalIds", "traits", "type", "id"])
objects = st.dictionaries(keys, values | st.dictionaries(keys, values) | st.lists(st.dictionaries(keys, values)))


def turned(value):
    if isinstance(value, dict):
        return {key: turned(child) for key, child in reversed(value.items())}
    return [turned(child) for child in value] if isinstance(value, list) else value


@given(traits=objects, properties=objects, context=objects)
@settings(max_examples=200, deadline=None)
def test_the_order_of_keys_does_not_matter_and_recognising_again_changes_nothing(traits, properties, context):
    identity = {"namespaces": {"loyalty_id": {}}}
    said = {"traits": traits, "properties": properties, "context": context}

    event = recognised(identity, user_id="ada", **said)

    assert event.who == recognised(identity, user_id="ada", **{name: turned(value) for name, value in said.items()}).who
    again = recognise(event, Identity.model_validate(identity)).event
    assert again.who == event.who
