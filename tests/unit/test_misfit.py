"""Callers are told in plain words what is wrong with what they said."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from segue.aws.calls import Ending
from segue.decisions.preference_centre import Wanted
from segue.messages.wish import Wish
from segue.misfit import in_words
from segue.profiles.showing import WantedDecisions


def told(kind: type[BaseModel], said: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(said)
    return in_words(caught.value, kind, said)


HI = {"template": "hi", "profile_id": "u-ada"}


@pytest.mark.parametrize(
    ("kind", "said", "words"),
    [
        (Wish, [1], "must be an object"),
        (Wish, {"template": "hi"}, "say whom: profile_id or identifier, one of them"),
        (Wish, HI | {"channels": []}, "channels: must not be empty"),
        (Wish, HI | {"channels": ["email"] * 11}, "channels: must have at most 10 entries"),
        (Wish, HI | {"channels": ["email", 5]}, "channels.1: must be a text"),
        (Wish, HI | {"topic": "x" * 101}, "topic: must have at most 100 characters"),
        (Wish, HI | {"priority": -1}, "priority: must be at least 0"),
        (Wish, {"template": "hi", "identifier": {"namespace": "email"}}, "identifier.value: is missing"),
        (Wish, HI | {"chanel": "email"}, "chanel: is not a word here; did you mean 'channel'?"),
        (Wanted, {"do_not_disturb": "yes"}, "do_not_disturb: must be true or false or an object"),
        (Wanted, {"topics": {"offers": {"email": "no"}}}, "topics.offers.email: must be true or false"),
        (WantedDecisions, {"limit": "x"}, "limit: must be a whole number"),
        (WantedDecisions, {"action": "sent"}, "action: there is none of this name; did you mean 'send'?"),
        (Ending, {}, "reason: is missing"),
    ],
)
def test_what_is_wrong_is_said_plainly(kind, said, words):
    assert told(kind, said) == words


def test_several_things_are_told_at_once():
    assert told(Wish, HI | {"priority": "5", "fallback": "no"}) == (
        "fallback: must be true or false; priority: must be a whole number"
    )


def test_what_was_said_is_not_quoted():
    secret = {"template": "hi", "identifier": "ada@example.com", "channel": ["ada@example.com"]}

    assert "ada" not in told(Wish, secret)
