"""What docs/sending-events.md says is so."""

import re
from pathlib import Path

from segue.events.event import MOST_ID_CHARACTERS, OWN_NAMES
from segue.events.keys import FEEDBACK
from segue.events.request import CALLS, MOST_BYTES, MOST_EVENT_BYTES
from segue.events.times import EARLIEST, TOLERANCE
from segue.events.weight import MOST_DEPTH

PAGE = (Path(__file__).parents[3] / "docs" / "sending-events.md").read_text()


def test_every_path_is_documented_with_its_short_form():
    documented = re.findall(r"`POST /v1/(\w+)` \| `/v1/(\w)`", PAGE)

    assert {path for pair in documented for path in pair} == set(CALLS)
    assert all(CALLS[long] == CALLS[short] for long, short in documented)


def test_the_limits_are_those_of_the_code():
    assert f"{MOST_EVENT_BYTES // 1024} KB an event, {MOST_BYTES // 1024} KB a\nbody" in PAGE
    assert f"{MOST_DEPTH} levels deep" in PAGE
    assert f"{MOST_ID_CHARACTERS} characters a `messageId`" in PAGE
    assert f"before {EARLIEST.year}, or more than {TOLERANCE.seconds // 60} minutes ahead" in PAGE


def test_what_segue_alone_tells_is_documented():
    [sentence] = re.findall(r"^(.*) are told by Segue alone", PAGE, re.MULTILINE)

    assert set(re.findall(r"`([^`]+)`", sentence)) == set(OWN_NAMES)


def test_what_needs_a_server_key_is_documented():
    [sentence] = re.findall(r"^(.*) need a server key", PAGE, re.MULTILINE)

    assert set(re.findall(r"`([^`]+)`", sentence)) == FEEDBACK
