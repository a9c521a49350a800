"""A browser key is public: who it says somebody is counts only if the customer's server vouches for it."""

import hashlib
import hmac

import pytest

from segue.events.carried import named
from segue.events.event import Event
from segue.events.identifier import Identifier
from segue.events.identity import Identity
from segue.events.plan import TrackingPlan
from segue.events.recognise import recognise
from segue.events.rejected import Rejected, call_again
from segue.events.spec import read
from segue.events.vouching import UNVOUCHED, Trust
from tests.builders import NOON, an_event
from tests.unit.events.test_spec import a_call, by

SECRET, OLDER = "s" * 32, "o" * 32
BROWSER = Trust(public=True, secrets=(SECRET.encode(), OLDER.encode()))
PLAN = TrackingPlan.model_validate({"events": [{"name": "Seen", "properties": {"n": "number"}}]})


def signed(said: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), said.encode(), hashlib.sha256).hexdigest()


def recognised(trust: Trust = BROWSER, *, verification=None, identity=None, **given) -> Event:
    given = {"user_id": "ada", "anonymous_id": "anon", **given}
    if verification is not None:
        given["context"] = {**given.get("context", {}), "identity_verification": verification}
    return recognise(an_event(**given), Identity.model_validate(identity or {}), trust).event


def names(event: Event) -> list[str]:
    return [identifier.namespace for identifier in event.who]


def test_what_a_browser_says_of_its_visitor_and_device_counts():
    device = {"type": "ios", "id": "i", "token": "t"}

    event = recognised(user_id=None, context={"device": device})

    assert names(event) == ["anonymous_id", "ios.id", "ios.push_token"]
    assert event.notes == ()


def test_whom_nobody_vouches_for_is_taken_off_and_nothing_else():
    event = recognised(
        properties={"email": "eve@example.com", "phone": "+12125552368"},
        context={"externalIds": [{"id": "1", "type": "crm", "collection": "users", "encoding": "none"}]},
    )

    assert (names(event), event.user_id, event.anonymous_id) == (["anonymous_id"], None, "anon")
    assert event.properties["email"] == "eve@example.com"
    assert len(event.notes) == 4
    assert all(note.startswith(f"{UNVOUCHED}: ") for note in event.notes)
    assert "ada" not in str(event.notes)
    assert event.notes[0] == "unvouched: userId has no hash in context.identity_verification.user_id: taken off"


@pytest.mark.parametrize("secret", [SECRET, OLDER])
def test_a_hash_of_any_secret_of_the_key_vouches_and_is_not_kept(secret):
    event = recognised(verification={"user_id": signed("user_id:ada", secret)}, context={"locale": "en"})

    assert (names(event), event.notes) == (["user_id", "anonymous_id"], ())
    assert event.context == {"locale": "en"}


@pytest.mark.parametrize("signed_as", ["Ada@Example.com ", "ada@example.com"])
def test_an_address_may_be_signed_as_it_is_said_or_as_it_is_normalised(signed_as):
    event = recognised(
        verification={"email": signed(f"email:{signed_as}").upper()}, properties={"email": "Ada@Example.com "}
    )

    assert names(event) == ["email", "anonymous_id"]


def test_several_of_a_namespace_have_a_list_of_hashes():
    two = {"properties": {"email": "b@example.com"}, "context": {"traits": {"email": "a@example.com"}}}
    hashes = [signed("email:a@example.com"), signed("email:b@example.com")]

    assert names(recognised(verification={"email": hashes}, **two)) == ["email", "email", "anonymous_id"]
    assert names(recognised(verification={"email": hashes[0]}, **two)) == ["email", "anonymous_id"]


@pytest.mark.parametrize(
    "given",
    [signed("user_id:eve"), signed("user_id:ada", "x" * 32), signed("ada"), "ключ", "\ud800", ""],
)
def test_a_wrong_hash_vouches_for_nothing_and_says_so(given):
    event = recognised(verification={"user_id": given})

    assert names(event) == ["anonymous_id"]
    assert event.notes == (
        "unvouched: userId does not match its hash in context.identity_verification.user_id: taken off",
    )


@pytest.mark.parametrize("given", ["text", None, [], {"user_id": 5}, {"user_id": [[]]}, {"user_id": None}])
def test_what_is_no_hash_is_none(given):
    assert "has no hash" in recognised(verification=given).notes[0]


def test_a_hash_does_not_vouch_in_another_namespace():
    as_user = signed("user_id:email:ada@example.com")

    event = recognised(verification={"email": as_user}, user_id=None, properties={"email": "ada@example.com"})

    assert names(event) == ["anonymous_id"]


def test_a_key_without_a_secret_vouches_for_nobody():
    none = Trust(public=True)

    event = recognised(none, verification={"user_id": hmac.new(b"", b"user_id:ada", "sha256").hexdigest()})

    assert names(event) == ["anonymous_id"]


def test_an_alias_to_somebody_who_is_not_vouched_for_links_nobody():
    alias = {"type": "alias", "name": "Aliased", "previous_id": "old"}

    event = recognised(**alias)
    vouched = recognised(verification={"user_id": signed("user_id:ada")}, **alias)

    assert (names(event), event.previous_id) == (["anonymous_id"], None)
    assert [str(each) for each in vouched.who] == ["user_id:ada", "anonymous_id:anon", "anonymous_id:old"]


def test_where_it_is_not_required_a_browser_is_believed_and_a_wrong_hash_is_still_told():
    lenient = Trust(public=True, required=False, secrets=(SECRET.encode(),))

    assert (names(recognised(lenient)), recognised(lenient).notes) == (["user_id", "anonymous_id"], ())
    wrong = recognised(lenient, verification={"user_id": "0" * 64})
    assert names(wrong) == ["user_id", "anonymous_id"]
    assert "counted all the same" in wrong.notes[0]


def test_a_server_key_needs_no_hash():
    assert names(recognised(Trust())) == ["user_id", "anonymous_id"]
    assert names(recognised(Trust(), verification={"user_id": "wrong"})) == ["user_id", "anonymous_id"]


def test_no_secret_is_shown():
    assert SECRET not in repr(BROWSER)


def rejected_from_a_browser(**given) -> Rejected:
    rejected = read(a_call(event="Seen", properties={"n": "x"}, **given), 0, by(plan=PLAN, trust=BROWSER))
    assert isinstance(rejected, Rejected)
    return rejected


def test_a_replay_with_a_server_key_makes_nobody_of_an_unvouched_call():
    rejected = rejected_from_a_browser(anonymousId="anon", context={"locale": "en"})

    again = read(call_again(rejected, NOON), 0, by())

    assert isinstance(again, Event)
    assert (names(again), again.context) == (["anonymous_id"], {"locale": "en"})
    assert again.notes == ("unvouched: userId came with a browser key and was not vouched for: taken off",)


def test_a_replay_keeps_what_was_vouched_for_and_the_hash_is_not_kept():
    hashed = signed("user_id:ada")
    rejected = rejected_from_a_browser(
        anonymousId="anon",
        traits={},
        context={"identity_verification": {"user_id": hashed}, "traits": {"email": "eve@example.com"}},
    )

    again = read(call_again(rejected, NOON), 0, by())

    assert hashed not in str(rejected)
    assert isinstance(again, Event)
    assert names(again) == ["user_id", "anonymous_id"]


def test_a_replay_believes_no_second_address_because_the_first_was_vouched_for():
    rejected = rejected_from_a_browser(
        anonymousId="anon",
        context={
            "identity_verification": {"email": signed("email:eve@example.com")},
            "traits": {"email": "eve@example.com"},
            "externalIds": [{"id": "victim@example.com", "type": "email", "collection": "users", "encoding": "none"}],
        },
    )

    again = read(call_again(rejected, NOON), 0, by())

    assert isinstance(again, Event)
    assert again.who == (named("email", "eve@example.com", Identity()), Identifier("anonymous_id", "anon"))


@pytest.mark.parametrize("pad", ["x" * 200_000, "\ud800"])
def test_what_a_browser_sent_that_is_kept_as_an_excerpt_is_not_whole_and_has_no_hash(pad):
    hashed = signed("user_id:ada")
    call = a_call(context={"identity_verification": {"user_id": hashed}}, properties={"pad": pad})

    rejected = read(call, 0, by(trust=BROWSER))

    assert isinstance(rejected, Rejected)
    assert rejected.payload.keys() == {"excerpt"}
    assert not rejected.whole
    assert call_again(rejected, NOON) is None
    assert hashed not in str(rejected)


def test_what_comes_under_an_alias_is_vouched_for_as_what_it_is():
    plan = TrackingPlan.model_validate({"traits": {"email": {"type": "string", "aliases": ["e_mail"]}}})
    said = {"type": "identify", "anonymousId": "anon", "messageId": "m", "traits": {"e_mail": "ada@example.com"}}
    hashes = {"identity_verification": {"email": signed("email:ada@example.com")}}

    unvouched = read(said, 0, by(plan=plan, trust=BROWSER))
    vouched = read({**said, "context": hashes}, 0, by(plan=plan, trust=BROWSER))

    assert isinstance(unvouched, Event)
    assert isinstance(vouched, Event)
    assert (names(unvouched), names(vouched)) == (["anonymous_id"], ["email", "anonymous_id"])


def test_an_alias_that_the_plan_learns_later_makes_a_replay_claim_no_more():
    rejected = rejected_from_a_browser(anonymousId="anon", context={}, traits={"e_mail": "victim@example.com"})
    plan = TrackingPlan.model_validate({"traits": {"email": {"type": "string", "aliases": ["e_mail"]}}})
    again = call_again(rejected, NOON) | {"type": "identify"}

    event = read(again, 0, by(plan=plan))

    assert isinstance(event, Event)
    assert names(event) == ["anonymous_id"]


def test_no_client_can_say_itself_that_it_was_vouched_for():
    event = recognised(verification={"$vouched": ["user_id"]})

    assert names(event) == ["anonymous_id"]


def test_a_call_whose_time_was_wrong_claims_no_more_when_it_is_replayed():
    rejected = read(a_call(anonymousId="anon", timestamp="yesterday"), 0, by(trust=BROWSER))

    again = read(call_again(rejected, NOON), 0, by())

    assert isinstance(again, Event)
    assert names(again) == ["anonymous_id"]


def test_an_event_of_nobody_who_is_vouched_for_is_rejected_for_its_key_with_the_remedy():
    rejected = read(a_call(), 0, by(trust=BROWSER))

    assert isinstance(rejected, Rejected)
    [violation] = rejected.violations
    assert (violation.field, violation.rule) == ("userId", "key")
    assert "send an anonymousId too, a hash from your server" in violation.message
    assert call_again(rejected, NOON) is None
