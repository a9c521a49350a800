"""A run waits for its deferred send."""

from dataclasses import replace

from segue.decisions.decision import SendRecord
from segue.profiles.head import Head, Versioned
from segue.profiles.runs import Runs, Wait


def waiting(record: SendRecord, head: Head) -> Versioned[Runs] | None:
    """The runs with it, so that an exit finds both the token and the record to cancel; `None`: nothing changes."""
    request = record.request
    run = head.runs.value.get(request.run.run_id) if request.run else None
    if run is None or request.run is None or request.token is None:
        return None
    if run.wait and run.wait.record == record.key:
        return None
    wait = Wait(
        step=request.run.step,
        kind="send",
        token=request.token,
        since=request.requested_at,
        began=request.requested_at,
        until=record.due,
        record=record.key,
    )
    return Versioned(head.runs.value.put(replace(run, wait=wait)), head.runs.version)
