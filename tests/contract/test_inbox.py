"""What every keeper of inboxes promises, in memory as on DynamoDB."""

from dataclasses import replace
from datetime import timedelta

import pytest

from segue.aws.inbox import DynamoInbox
from segue.memory.inbox import MemoryInbox
from segue.messages.inbox import Card
from tests.builders import NOON

CARD = Card(send_id="thanks-1.1-send", sent_at=NOON, title="Thanks", body="You")


@pytest.fixture(params=["memory", "aws"])
def inbox(request):
    return MemoryInbox() if request.param == "memory" else DynamoInbox(request.getfixturevalue("profiles_rows"))


def test_the_latest_card_comes_first(inbox):
    later = replace(CARD, send_id="other", sent_at=NOON + timedelta(seconds=1))
    inbox.put("u-ada", CARD)
    inbox.put("u-ada", later)

    assert list(inbox.cards("u-ada", 10)) == [later, CARD]
    assert list(inbox.cards("u-ada", 1)) == [later]


def test_everybody_has_their_own(inbox):
    inbox.put("u-ada", CARD)

    assert list(inbox.cards("u-bob", 10)) == []


def test_a_card_is_read_at_the_first_reading(inbox):
    inbox.put("u-ada", CARD)

    first = inbox.mark_read("u-ada", CARD.card_id, NOON)
    second = inbox.mark_read("u-ada", CARD.card_id, NOON + timedelta(hours=1))

    assert first == second == replace(CARD, read_at=NOON)
    assert list(inbox.cards("u-ada", 1)) == [first]


def test_a_card_that_is_put_again_stays_read(inbox):
    inbox.put("u-ada", CARD)
    inbox.mark_read("u-ada", CARD.card_id, NOON)

    inbox.put("u-ada", CARD)

    assert [card.read_at for card in inbox.cards("u-ada", 10)] == [NOON]


def test_what_is_not_there_cannot_be_read(inbox):
    assert inbox.mark_read("u-ada", CARD.card_id, NOON) is None
