"""What people wish is shown and changed over the API."""

import json
from datetime import timedelta

import pytest

from functions.api import handler as api
from segue.profiles.absorb import absorb
from tests.functions.calling import ADA, CONTEXT, DOCS, RECORDED, call
from tests.functions.conftest import NOW


def test_preferences_are_changed_by_events_and_only_those_that_were_given(people, heard):
    wanted = {
        "channels": {"sms": False},
        "topics": {"offers": {"email": False}},
        "quiet_hours": "22:00-07:00",
        "time_zone": "Asia/Tokyo",
        "do_not_disturb": {"until": "2026-04-01T00:00:00Z"},
    }
    status, promised = call("PUT /v1/profiles/{id}/preferences", id_=ADA, body=wanted)
    absorb(heard.events(), profiles=people, notice=lambda _profile, _event: ())

    _, said = call("GET /v1/profiles/{id}/preferences", id_=ADA)

    assert (status, promised) == (202, said)
    assert said["channels"] == {"ads": True, "email": True, "in_app": True, "inbox": True, "push": True, "sms": False}
    assert said["topics"] == {
        "offers": {"ads": True, "email": False, "in_app": True, "inbox": True, "push": True, "sms": False}
    }
    assert (said["quiet_hours"], said["send_time"], said["time_zone"]) == ("22:00-07:00", None, "Asia/Tokyo")
    assert said["do_not_disturb"] == {"until": "2026-04-01T00:00:00Z"}
    assert list(said) == list(DOCS["GET /v1/profiles/{id}/preferences"][0])
    assert sorted(event.name for event in heard.events()) == [
        *("Do Not Disturb Set", "Preferences Updated", "Unsubscribed", "Unsubscribed")
    ]


def test_all_but_one_channel_may_be_left_at_once(people, heard):
    call("PUT /v1/profiles/{id}/preferences", id_=ADA, body={"channels": {"email": True, "all": False}})
    absorb(heard.events(), profiles=people, notice=lambda _profile, _event: ())

    _, said = call("GET /v1/profiles/{id}/preferences", id_=ADA)

    left = ("ads", "in_app", "inbox", "push", "sms")
    assert said["channels"] == {"email": True, **dict.fromkeys(left, False)}


def test_of_two_changes_in_quick_succession_each_answer_has_its_own_and_nothing_is_lost(people, heard):
    first, second = {"send_time": "18:00-19:00"}, {"preferred_channel": "email"}
    _, one = call("PUT /v1/profiles/{id}/preferences", id_=ADA, body=first)
    _, two = call("PUT /v1/profiles/{id}/preferences", id_=ADA, body=second)
    absorb(heard.events(), profiles=people, notice=lambda _profile, _event: ())

    _, said = call("GET /v1/profiles/{id}/preferences", id_=ADA)

    answers = [(each["send_time"], each["preferred_channel"]) for each in (one, two, said)]
    assert answers == [("18:00-19:00", None), (None, "email"), ("18:00-19:00", "email")]


def test_what_was_wished_for_is_taken_back(people, heard):
    wanted = {"quiet_hours": "22:00-07:00", "do_not_disturb": True}
    call("PUT /v1/profiles/{id}/preferences", id_=ADA, body=wanted)
    absorb(heard.events(), profiles=people, notice=lambda _profile, _event: ())
    heard.said.clear()
    api.wiring().__dict__["clock"] = type(api.wiring().clock)(wall=lambda: NOW + timedelta(minutes=1))

    _, said = call("PUT /v1/profiles/{id}/preferences", id_=ADA, body={"quiet_hours": None, "do_not_disturb": False})

    assert (said["quiet_hours"], said["do_not_disturb"]) == (None, None)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"channels": {"pigeon": False}}, "channels: there is no such channel"),
        ({"topics": {"offers": {"pigeon": True}}}, "topics: there is no such channel"),
        ({"topics": {"a/b": True}}, "topics: a topic has a name, without a slash"),
        ({"topics": {"x" * 94: False}}, "topics: a name has at most 93 bytes"),
        ({"topics": {"offers": "no"}}, "topics.offers: must be true or false or an object"),
        ({"quiet_hours": "22-7"}, "quiet_hours: are no hours: write them as 22:00-07:00"),
        ({"send_time": "24:00-25:00"}, "send_time"),
        ({"preferred_channel": "pigeon"}, "preferred_channel: there is no such channel"),
        ({"preferred_channel": "all"}, "preferred_channel: there is no such channel"),
        ({"time_zone": "Mars/Phobos"}, "time_zone: is no IANA time zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"time_zone": None}, "time_zone"),
        ({"do_not_disturb": {"until": "2026-03-10T13:00:00Z"}}, "do_not_disturb.until: is over"),
        ({"do_not_disturb": "yes please"}, "do_not_disturb: must be true or false or an object"),
        ({"do_not_disturb": {}}, "the body is not as it should be: do_not_disturb.until: is missing"),
        ({"channel": {"email": False}}, "channel: is not a word here; did you mean 'channels'?"),
        ({"topics": {"\ud800": True}}, "not Unicode"),
    ],
)
def test_preferences_that_cannot_be_are_told_by_their_field(people, heard, wanted, says):
    status, said = call("PUT /v1/profiles/{id}/preferences", id_=ADA, body=wanted)

    assert (status, says in said["message"]) == (400, True), said
    assert "Mars" not in said["message"]
    assert heard.said == []


def test_a_bus_that_takes_no_more_is_told_to_come_back_later(people, monkeypatch):
    def throttled(**_):
        return {"Entries": [{"ErrorCode": "ThrottlingException"}]}

    monkeypatch.setattr(api.wiring().bus._client, "put_events", throttled)
    event = json.loads(json.dumps(RECORDED)) | {"routeKey": "PUT /v1/profiles/{id}/preferences"}
    event |= {"pathParameters": {"id": ADA}, "body": json.dumps({"channels": {"sms": False}})}

    answered = api.handler(event, CONTEXT)

    assert (answered["statusCode"], json.loads(answered["body"])["code"]) == (503, "busy")
    assert int(answered["headers"]["Retry-After"]) > 0
