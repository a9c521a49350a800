"""What the API has accepted, and what a journey's step has asked for, by the id of the send request alone."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Protocol

from pydantic import TypeAdapter

from segue.decisions.decision import SendRecord, SendState
from segue.decisions.ports import Accepted, Sends
from segue.decisions.words import told
from segue.profiles.erasure import Swept, Work
from segue.profiles.ports import Records

#: As `segue.journeys.entries.run_id` makes it, before the step: the journey's name, and a digest.
_RUN = re.compile(r"(?P<journey>[a-z0-9-]{1,53})-[a-z2-7]{26}")

#: What is kept and not yet decided, to whoever asks; among the states it is deferred, to now.
ACCEPTED = "accepted"

_RECORD = TypeAdapter(SendRecord)


class Runners(Protocol):
    """Whose the runs are."""

    def whose(self, journey: str, run_id: str) -> str | None:
        """The profile id with which the run began; `None` when no such run is remembered."""


def find(send_id: str, *, accepted: Accepted, runners: Runners, sends: Sends) -> SendRecord | None:
    """A step's request is looked for among those of the person whose run it was."""
    if record := accepted.several([send_id]).get(send_id):
        return record
    run_id = send_id.partition(".")[0]
    run = _RUN.fullmatch(run_id) if run_id != send_id else None
    profile_id = runners.whose(run["journey"], run_id) if run else None
    asked = sends.decided(profile_id) if profile_id else ()
    return next((record for record in asked if record.request.send_id == send_id), None)


def state_of(record: SendRecord) -> str:
    """`accepted` until the first decision."""
    return ACCEPTED if record.state is SendState.DEFERRED and not record.decisions else record.state.value


def shown(record: SendRecord, zone: tzinfo) -> dict[str, Any]:
    """What is asked for most, and the record as it is kept; plain. `zone` is where the person is."""
    return {
        "send_id": record.request.send_id,
        "profile_id": record.request.profile_id,
        "state": state_of(record),
        "reason": record.reason.value if record.reason else None,
        "meaning": record.reason.meaning if record.reason else None,
        "told": told(record, zone),
        "due": record.due.isoformat() if record.due and record.decisions else None,
        "record": document(record),
    }


def document(record: SendRecord) -> dict[str, Any]:
    """As it is kept: what is as by default is left out."""
    plain: dict[str, Any] = _RECORD.dump_python(record, mode="json", exclude_defaults=True)
    return plain


@dataclass(frozen=True, slots=True)
class Findable:
    """`Traces`: by which a person's messages are found. To be swept before the records, which say which there are."""

    records: Records
    accepted: Accepted

    def sweep(self, work: Work, cursor: str, enough: Callable[[], bool]) -> Swept:  # noqa: ARG002 - they are few
        for place in work.places:
            rows = self.records.between(place, "DECISION#", "DECISION$")
            asked = [row.document["request"] for row in rows]
            self.accepted.forget([str(each["send_id"]) for each in asked if each.get("api")])
        return Swept(deleted={})
