"""A deployment never changes a run that has begun: it keeps its version, its waits and its words."""

from datetime import timedelta
from uuid import uuid4

from segue.local import stack
from segue.profiles.identity import user_profile_id
from segue.rehearsal.theatre import TRAIT
from tests.e2e.conftest import Local, eventually, theatre_of
from tests.e2e.test_journeys import run_at, run_of, track
from tests.e2e.test_messages import mails, records


def a_customer(fast: Local, name: str) -> tuple[str, str]:
    """Who has just ordered: their address and their profile id."""
    user = f"{name}-{uuid4().hex[:8]}"
    address = f"{user}@example.com"
    assert fast.post("/v1/identify", {"userId": user, "traits": {"email": address, TRAIT: "changing"}}).is_success
    eventually(lambda: fast.find(user), within=60)
    track(fast, user, "Order Completed", order_id="1")
    return address, user_profile_id(user)


def test_a_waiting_run_keeps_its_version_and_its_words_when_others_are_deployed(fast: Local) -> None:
    early, early_id = a_customer(fast, "early")
    begun = run_at(fast, early_id, "changing", "1-wait")

    theatre_of(fast.project, waits="1h", words="the new words")
    stack.up(fast.project)
    late, late_id = a_customer(fast, "late")
    [new] = eventually(lambda: mails(fast, late), within=60)
    meanwhile = run_of(fast, early_id, "changing")
    [old] = eventually(lambda: mails(fast, early), within=240)

    last = run_of(fast, late_id, "changing")
    assert last is not None
    assert last.version != begun.version
    assert meanwhile is not None
    assert (meanwhile.alive, meanwhile.version) == (True, begun.version)
    assert (old["Subject"], new["Subject"]) == ("the first words", "the new words")
    [record] = records(fast, early_id)
    assert record.request.requested_at - begun.entry.timestamp >= timedelta(days=3)
