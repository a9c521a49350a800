"""What comes in through the deployed API, good and bad: a clear answer, and nothing is lost."""

import json
from datetime import timedelta

import httpx
import pytest

from tests.e2e.conftest import Local, eventually


def track(user: str, message_id: str, **more: object) -> dict[str, object]:
    call = {"type": "track", "userId": user, "messageId": message_id, "event": "Product Added"}
    return {**call, "properties": {"product_id": "p"}, **more}


def rejected(local: Local, message_id: str) -> dict[str, object] | None:
    table = local.client("dynamodb").scan(TableName=local.deployed.outputs["RegistryTable"])["Items"]
    found = [item["doc"]["S"] for item in table if item["pk"]["S"].startswith("REJECTED#")]
    return next((json.loads(doc) for doc in found if message_id in doc), None)


@pytest.mark.parametrize(
    "call", ["track", "identify", "page", "screen", "group", "alias", "t", "i", "p", "s", "g", "a"]
)
def test_every_call_of_the_spec_is_taken(local: Local, call: str) -> None:
    body = {
        "userId": "spec-ada",
        "event": "Product Added",
        "properties": {"product_id": "p"},
        "groupId": "g-1",
        "previousId": "spec-anonymous",
        "name": "Home",
    }

    answer = local.post(f"/v1/{call}", body)

    assert (answer.status_code, answer.json()) == (200, {"success": True})


def test_broken_json_is_a_400_that_says_so(local: Local) -> None:
    answer = local.http.post(
        f"{local.deployed.api}/v1/track", content=b'{"userId": ', headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message"}


def test_an_unknown_write_key_is_a_401(local: Local) -> None:
    answer = httpx.post(f"{local.deployed.api}/v1/track", json=track("x", "m"), auth=("nobody's key", ""))

    assert answer.status_code == 401


def test_a_body_of_600_kilobytes_is_a_413(local: Local) -> None:
    answer = local.post("/v1/batch", {"batch": [track("big", f"big-{n}", pad="x" * 20_000) for n in range(30)]})

    assert answer.status_code == 413


def test_one_bad_event_in_a_batch_neither_fails_nor_loses_the_others(local: Local) -> None:
    too_large = track("batch-ada", "batch-large", properties={"product_id": "p", "note": "x" * 40_000})
    nobody = {"type": "track", "event": "Product Added", "messageId": "batch-nobody", "properties": {"product_id": "p"}}
    long_id = track("batch-ada", "i" * 200)

    answer = local.post(
        "/v1/batch",
        {"batch": [track("batch-ada", "batch-1"), too_large, nobody, long_id, track("batch-ada", "batch-2")]},
    )

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    eventually(lambda: (found := local.find("batch-ada")) and found.whole.events["Product Added"].count == 2)
    for sign in ("batch-large", "batch-nobody", "i" * 200):
        assert eventually(lambda sign=sign: rejected(local, sign))["violations"]


@pytest.mark.parametrize("year", [1970, 2100])
def test_an_absurd_clock_is_bounded_and_noted(local: Local, year: int) -> None:
    user = f"clock-{year}"
    before = local.clock.now()

    local.post("/v1/track", track(user, f"clock-{year}", timestamp=f"{year}-01-01T00:00:00Z"))

    profile = eventually(lambda: local.find(user))
    assert abs(profile.whole.events["Product Added"].first - before) < timedelta(hours=1)


def test_the_same_batch_five_times_and_permuted_counts_once(local: Local) -> None:
    batch = [track("again-ada", f"again-{n}") for n in range(20)]
    for turn in range(5):
        assert local.post("/v1/batch", {"batch": batch[turn:] + batch[:turn]}).is_success

    eventually(lambda: local.waiting("EventsQueueUrl") == 0)
    profile = eventually(lambda: local.find("again-ada"))
    assert profile.whole.events["Product Added"].count == 20
