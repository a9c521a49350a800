"""What a recipient holds instead of a login."""

from datetime import timedelta

import pytest

from segue.messages.tokens import (
    InboxAccess,
    Unsubscribe,
    Untrusted,
    read_inbox,
    read_unsubscribe,
    sign_inbox,
    sign_unsubscribe,
)
from tests.builders import NOON

CLAIM = Unsubscribe(profile_id="u-ada", channel="email", send_id="run.1-send", topic="offers")
ACCESS = InboxAccess(profile_id="u-ada", until=NOON + timedelta(hours=1))


def test_a_token_says_what_was_signed():
    assert read_unsubscribe(sign_unsubscribe(CLAIM, ["k"]), ["k"]) == CLAIM
    assert read_inbox(sign_inbox(ACCESS, ["k"]), ["k"], NOON) == ACCESS


def test_the_newest_key_signs_and_the_older_ones_still_hold():
    old = sign_unsubscribe(CLAIM, ["old"])
    new = sign_unsubscribe(CLAIM, ["new", "old"])

    assert read_unsubscribe(old, ["new", "old"]) == CLAIM
    assert read_unsubscribe(new, ["new"]) == CLAIM
    with pytest.raises(Untrusted):
        read_unsubscribe(old, ["new"])


@pytest.mark.parametrize("token", ["", "x", "a.b", sign_inbox(ACCESS, ["k"]), sign_unsubscribe(CLAIM, ["k"])[:-1]])
def test_anything_else_is_not_trusted(token):
    with pytest.raises(Untrusted):
        read_unsubscribe(token, ["k"])


def test_access_to_an_inbox_ends():
    with pytest.raises(Untrusted):
        read_inbox(sign_inbox(ACCESS, ["k"]), ["k"], NOON + timedelta(hours=1))


def test_a_token_is_safe_in_an_address():
    assert set(sign_unsubscribe(CLAIM, ["k"])) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
    )
