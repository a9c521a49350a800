"""What decisions need kept, and sent on."""

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from segue.decisions.decision import SendRecord, SendRequest, SendState
from segue.decisions.rate import Rate, Wanted
from segue.decisions.reasons import Reason
from segue.profiles.head import Versioned
from segue.profiles.ledger import Ledger
from segue.profiles.ports import MOST_ROWS
from segue.profiles.profile import Profile
from segue.profiles.runs import Runs


class Overtaken(Exception):
    """The send record is no longer where this step believed it to be: another took the step, or cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step in the life of a send request, all or nothing: the record, and the documents that change with it.

    `was` and `attempt` are the state and the count of decisions that the kept record must have; `was` is `None` when
    there must be none. `holder` is the partition of the person's documents, each conditional on its version.
    `unmoved` is a profile that must not have changed: one without a user id may become part of another meanwhile.
    `wake` is when `due` finds the record, if it is still deferred then. `displaced` is the step of another request,
    whose place this one takes: of it only `record`, `was`, `attempt` and `wake` are said.
    """

    record: SendRecord
    was: SendState | None
    attempt: int
    holder: str
    ledger: Versioned[Ledger] | None = None
    runs: Versioned[Runs] | None = None
    unmoved: Versioned[Profile] | None = None
    wake: datetime | None = None
    displaced: "Step | None" = None


class Waiting(NamedTuple):
    """Where something is that waits, and for what: a send record, or a person's timer, which is on no channel.

    `at` is the `wake` under which it stands.
    """

    profile_id: str
    key: str
    channel: str
    priority: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Of one channel: how many requests wait, how many of them past their `wake`, and the earliest `wake` of these."""

    count: int = 0
    overdue: int = 0
    oldest: datetime | None = None


def together(one: Backlog, other: Backlog) -> Backlog:
    """Both, as one."""
    return Backlog(
        count=one.count + other.count,
        overdue=one.overdue + other.overdue,
        oldest=min((at for at in (one.oldest, other.oldest) if at), default=None),
    )


#: How far back each look at what is due goes, in real time. After a longer outage a rarer look goes back further.
LOOK_BACK = timedelta(days=3)


class Sends(Protocol):
    """The send records: the decision log and what is deferred. Reads by key are strongly consistent."""

    def get(self, profile_id: str, key: str) -> SendRecord | None: ...

    def take(self, step: Step) -> None:
        """Raise `Overtaken` when the record moved on, else `profiles.ports.Conflict` when anything else did."""

    def due(
        self, now: datetime, ahead: timedelta, back: timedelta, closed: Container[str] = frozenset()
    ) -> Iterator[Waiting]:
        """What has its `wake` before `now + ahead`, by the moment at which it can go, then by priority, then by `wake`.

        So of all that is overdue, which can go now, the most urgent comes first.

        What should have woken more than `back` (real time) before may be left out. `closed` channels are not looked at
        any more; they may become more meanwhile. A record may have moved on by the time it is read.
        """

    def waiting(self, now: datetime, ahead: timedelta) -> Mapping[str, Backlog]:
        """By channel what is deferred now, and has its `wake` within so long, or had it at most `LOOK_BACK` ago.

        Dearer than `due`: it looks at each.
        """

    def wake_again(self, record: SendRecord, at: datetime) -> None:
        """Let `due` find it at this moment instead; nothing happens when it is not deferred any more."""

    def decided(self, profile_id: str, since: datetime | None = None) -> Iterator[SendRecord]:
        """The records of one partition, the latest request first."""


#: Two rows for each of those that are accepted at once.
MOST_TOGETHER = MOST_ROWS // 2


class Accepted(Protocol):
    """The send requests that somebody has asked for over the API: kept before they are decided, found by their ids."""

    def keep(self, records: Sequence[SendRecord], wake: datetime) -> Collection[str]:
        """Keep those whose ids are new, each with another id; the ids of the others. `wake` is as in `Step`.

        At most `MOST_TOGETHER`: all of them, or none. Raise `profiles.ports.Conflict` when another is keeping one of
        them just now.
        """

    def several(self, send_ids: Collection[str]) -> Mapping[str, SendRecord]:
        """As they stand, by their ids; strongly consistent. Without those that there are not, or not any more."""

    def forget(self, send_ids: Collection[str]) -> None:
        """They are found no more; the records are somebody else's to delete."""


class Ended(Protocol):
    """The send records of all people by the reason with which they came to their end."""

    def page(
        self, reason: Reason, since: datetime, until: datetime, *, limit: int, before: str = ""
    ) -> tuple[list[SendRecord], str]:
        """Those that ended in `since <= moment < until`, the latest first; where the next page begins, or nothing.

        At most `limit`, and fewer where they are large.

        Where a page begins is as this said it. What ended a moment ago may be missing.
        """


class Requests(Protocol):
    """The queue of send requests, as far as the API asks, and a deferred one comes back to it."""

    def ask(self, requests: Sequence[SendRequest]) -> None:
        """For the first time. They are kept: what the queue does not take, `due` finds."""

    def wake(self, request: SendRequest, attempt: int, delay: timedelta) -> None:
        """Ask again after the delay, which is at most 15 real minutes; `attempt` counts the decisions so far."""


class Slots(Protocol):
    """The moments at which a channel with a rate may be woken: each is given once, over all who take of them."""

    def take(self, channel: str, wanted: Sequence[Wanted], rate: Rate) -> list[datetime | None]:
        """One for each, in their order and as the rate says apart, or `None` where it would be too late.

        All are `None` when others took some all the while.
        """


class Deliveries(Protocol):
    """The queue of messages that may be sent."""

    def hand_over(self, record: SendRecord) -> None: ...


#: How a task ends whose run is over; every task of a machine catches it.
EXIT_ERROR = "Journey.Exit"


class Outcomes(Protocol):
    """The way back to the state machine that asked. A token that is used up, or whose machine is gone, is no error."""

    def succeed(self, token: str, outcome: str, at: datetime, caused_at: datetime | None) -> None:
        """Wake it with `{"outcome", "at", "caused_at"}`."""

    def leave(self, token: str) -> None:
        """Let its run leave: the task fails with `EXIT_ERROR`."""
