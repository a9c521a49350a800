"""What has happened in a stack, counted by reading every row: for demos and small stacks, not for a million people."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from segue.aws.table import PROFILE, RUNS, Row, decode
from segue.decisions.decision import Action, SendRecord, SendState
from segue.events.event import OWN_SOURCE
from segue.profiles.profile import Profile
from segue.profiles.runs import Runs


@dataclass(slots=True)
class Census:
    """`decisions` by action and reason, of every decision; `outcomes` by state and reason, of every send request.

    `events` are those that came; what Segue told of people itself is not counted.
    """

    events: int = 0
    people: int = 0
    runs: Counter[tuple[str, str]] = field(default_factory=Counter)
    decisions: Counter[tuple[str, str]] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    still_deferred: int = 0
    released: int = 0
    records: list[SendRecord] = field(default_factory=list)

    @property
    def started(self) -> int:
        return self.runs.total()

    @property
    def under_way(self) -> int:
        return sum(count for (_, how), count in self.runs.items() if how == "under way")

    @property
    def unfinished(self) -> int:
        """Send requests that are neither deferred nor at their end."""
        return sum(not record.state.terminal and record.state is not SendState.DEFERRED for record in self.records)


def census(rows: type[Row]) -> Census:
    return count((row.sk, row.doc) for row in rows.scan() if row.pk.startswith("P#") and row.doc)


def count(documents: Iterable[tuple[str, str]]) -> Census:
    """From pairs of sort key and document."""
    counted = Census()
    for sk, doc in documents:
        if sk.startswith("EVENT#"):
            counted.events += not sk.rpartition("#")[2].startswith(f"{OWN_SOURCE}-")
        elif sk == PROFILE:
            profile: Profile = decode(Profile, doc)
            counted.people += profile.known and profile.owner is None
        elif sk == RUNS:
            runs: Runs = decode(Runs, doc)
            for run in runs.runs.values():
                counted.runs[run.journey, run.ended.value if run.ended else "under way"] += 1
        elif sk.startswith("DECISION#"):
            _count_record(counted, decode(SendRecord, doc))
    return counted


def _count_record(counted: Census, record: SendRecord) -> None:
    counted.records.append(record)
    for decision in record.decisions:
        counted.decisions[decision.action.value, decision.reason.value] += 1
    deferred = any(decision.action is Action.DEFER for decision in record.decisions)
    if record.state is SendState.DEFERRED:
        counted.still_deferred += 1
    elif deferred:
        counted.released += 1
    if record.state.terminal and record.reason:
        counted.outcomes[record.state.value, record.reason.value] += 1
    if record.state is SendState.SENT:
        counted.sent[record.message.channel] += 1
