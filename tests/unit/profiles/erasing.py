"""A company in memory that has people to erase: all ports, and the messages that an erasure sends to itself."""

import hashlib
import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as some

from segue.decisions.accepted import Findable
from segue.decisions.decision import SendRecord, SendState
from segue.decisions.ports import Step
from segue.events.event import Event
from segue.events.identifier import Identifier
from segue.events.identity import Identity
from segue.events.plan import Violation
from segue.events.rejected import Rejected
from segue.memory.accepted import MemoryAccepted
from segue.memory.erasures import MemoryErasures
from segue.memory.exports import MemoryExports
from segue.memory.inbox import MemoryInbox
from segue.memory.profiles import MemoryProfiles
from segue.memory.queues import MemoryErrands
from segue.memory.records import MemoryRecords
from segue.memory.rejections import MemoryRejections
from segue.memory.sends import MemorySends
from segue.messages.inbox import Card
from segue.profiles.absorb import Absorbed, absorb
from segue.profiles.erase import SETTLED, Ports, erase, go_on
from segue.profiles.erasure import Erasure
from segue.profiles.head import Versioned
from segue.profiles.identity import anonymous_profile_id, user_profile_id
from segue.profiles.runs import Runs
from segue.profiles.traces import Exported, Partitions, Refusals
from tests.builders import NOON, a_request, a_run, an_event


@dataclass
class Stopped:
    """`Executions`: which were stopped."""

    runs: list[str] = field(default_factory=list)

    def stop(self, journey: str, run_id: str) -> None:
        self.runs.append(f"{journey}/{run_id}")


@dataclass
class Company:
    now: datetime = NOON
    profiles: Any = field(default_factory=MemoryProfiles)
    inbox: MemoryInbox = field(default_factory=MemoryInbox)
    erasures: MemoryErasures = field(default_factory=MemoryErasures)
    rejections: MemoryRejections = field(default_factory=MemoryRejections)
    exports: MemoryExports = field(default_factory=MemoryExports)
    errands: MemoryErrands = field(default_factory=MemoryErrands)
    stopped: Stopped = field(default_factory=Stopped)

    def __post_init__(self) -> None:
        self.records = MemoryRecords(self.profiles.rows, self.inbox)

    def happen(self, *events: Event) -> Absorbed:
        return absorb(events, profiles=self.profiles, notice=lambda _profile, _event: ())

    def erase(self, profile_id: str, reason: str = "asked by letter") -> Erasure | None:
        return erase(profile_id, by="arn:aws:iam::1:user/op", reason=reason, ports=self.ports, now=self.now)

    def go_on(self, receipt_id: str, *, enough: Any = lambda: False) -> Erasure:
        return go_on(receipt_id, ports=self.ports, now=self.now, enough=enough)

    def work_off(self, *, enough: Any = lambda: False) -> None:
        """All that was asked for, and what that asks for, each in its time."""
        while self.errands.asked:
            receipt_id, after = self.errands.asked.pop(0)
            self.now += after
            self.go_on(receipt_id, enough=enough)

    @property
    def refusals(self) -> Refusals:
        return Refusals(self.rejections, Identity(), self.now.date(), 30)

    @property
    def ports(self) -> Ports:
        traces = (
            Findable(self.records, MemoryAccepted(MemorySends(self.profiles.rows))),
            Partitions(self.records, self.profiles),
            self.refusals,
            Exported(self.exports),
        )
        return Ports(
            profiles=self.profiles,
            erasures=self.erasures,
            executions=self.stopped,
            errands=self.errands,
            traces=traces,
            keys=("newest", "older"),
            settled=SETTLED,
        )

    def everything(self) -> str:
        rows = list(self.profiles.rows.everything())
        return repr([rows, self.inbox, self.erasures, list(self.rejections._kept.values()), self.exports])


HOUR = timedelta(hours=1)


ADA, VISITOR = user_profile_id("ada-lovelace"), anonymous_profile_id("visitor-7")
EMAIL = "ada@example.com"
HASHED = hashlib.sha256(EMAIL.encode()).hexdigest()
PHONE = Identifier("phone", "+14155550123")
ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text() | some.emails(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from(["id", "userId", "x"]), inner),
    max_leaves=8,
)
PAGE = an_event("Page Viewed", anonymous_id="visitor-7")
INTRODUCED = an_event(
    "Identified", at=NOON + HOUR, user_id="ada-lovelace", anonymous_id="visitor-7", traits={"email": EMAIL}
)
ORDER = an_event(at=NOON + 2 * HOUR, user_id="ada-lovelace")
HERS = (PAGE, INTRODUCED, ORDER)


def a_rejected(payload, id_="r-1") -> Rejected:
    return Rejected(id=id_, source="web", received_at=NOON, violations=(Violation("x", "is wrong"),), payload=payload)


def with_adas_traces() -> Company:
    """Ada, who has left a trace of each kind; and Bob, of whom nothing may be lost."""
    company = Company()
    company.happen(*HERS, an_event(user_id="bob"))
    company.profiles.keep_runs(ADA, Versioned(Runs(runs={"thanks-1": a_run()})))
    sends = MemorySends(company.profiles.rows)
    for number, state in enumerate((SendState.DEFERRED, SendState.SENT)):
        record = SendRecord(request=a_request(f"send-{number}", profile_id=ADA), state=state)
        sends.take(Step(record=record, was=None, attempt=0, holder=ADA, wake=NOON + HOUR))
    company.inbox.put(VISITOR, Card(send_id="s", sent_at=NOON, title="Hello ada-lovelace", body=""))
    theirs = [{"userId": "ada-lovelace"}, {"excerpt": f'{{"email":"{EMAIL}"'}, {"properties": {"to": [EMAIL]}}]
    company.rejections.keep(a_rejected(payload, f"r-{number}") for number, payload in enumerate(theirs))
    company.rejections.keep([a_rejected({"userId": "bob"}, "bob's")])
    company.exports.put(ADA, "1", io.BytesIO(EMAIL.encode()))
    return company
