"""What an operator does with the command line, on the deployed stack."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

from tests.e2e.conftest import Local, eventually
from tests.e2e.test_journeys import run_at, run_of, track
from tests.e2e.test_messages import a_person

JOURNEY = "listening-tips"


def segue(local: Local, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("segue")), *arguments]
    environment = {
        **os.environ,
        "SEGUE_STATE": str(local.project.state.relative_to(local.project.root)),
        "COLUMNS": "200",
    }
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=environment, cwd=local.project.root
    )


def test_a_paused_journey_is_not_entered_until_it_goes_on(local: Local) -> None:
    assert segue(local, "pause", JOURNEY).returncode == 0
    try:
        assert f"{JOURNEY} (paused)" in segue(local, "status").stdout
        first, first_id = a_person(local, "paused")
        track(local, first, "Order Completed", order_id="1")
        run_at(local, first_id, "win-back", "1-wait")
        eventually(lambda: local.waiting("SignalsQueueUrl") == 0)
        assert run_of(local, first_id, JOURNEY) is None
    finally:
        assert segue(local, "unpause", JOURNEY).returncode == 0
    second, second_id = a_person(local, "unpaused")
    track(local, second, "Order Completed", order_id="1")
    run_at(local, second_id, JOURNEY, "1-wait")


def test_a_mistyped_journey_is_not_said_to_be_paused(local: Local) -> None:
    done = segue(local, "pause", "listning-tips")

    assert done.returncode == 2
    assert f"Did you mean {JOURNEY}?" in done.stderr


def test_a_rejected_event_is_listed_with_what_is_wrong(local: Local) -> None:
    user = f"rejected-{uuid4().hex[:8]}"
    body = {"batch": [{"type": "track", "userId": user, "event": "Order Completed", "messageId": user}]}
    assert local.post("/v1/batch", body).status_code == 200

    listed = eventually(lambda: user in (said := segue(local, "rejected").stdout) and said)

    assert "properties.order_id" in listed


def test_nothing_dead_is_nothing_to_redrive(local: Local) -> None:
    assert "No message of requests is dead." in segue(local, "redrive", "requests").stdout
    assert segue(local, "redrive", "nowhere").returncode == 2
