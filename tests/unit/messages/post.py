"""A post for tests: all in memory, with one message of Ada's that may be sent."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from segue.decisions.decision import Action, Decision, RunRef, SendRecord, SendState
from segue.decisions.policy import Policy
from segue.decisions.ports import Step
from segue.decisions.reasons import Reason
from segue.memory.bus import MemoryBus
from segue.memory.inbox import MemoryInbox
from segue.memory.mailer import MemoryMailer
from segue.memory.profiles import MemoryProfiles
from segue.memory.sends import MemorySends
from segue.messages.compose import Mail
from segue.messages.deliver import Post, deliver
from segue.messages.template import EmailWords, InAppWords, Template
from segue.profiles.head import Versioned
from segue.profiles.ports import Change, Entry
from segue.profiles.runs import Runs
from tests.builders import NOON, a_ledger, a_profile, a_request, a_touch, an_event

RUN = RunRef(run_id="thanks-1", journey="thanks", version="v1", step="1-send")
PATIENCE, HELD_UP, LATE = timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20)
NIGHT, MORNING = NOON + timedelta(hours=8), NOON + timedelta(hours=19)
THANKS = Template(
    template="thank-you",
    email=EmailWords(
        subject="Thank you, {{ profile.traits.first_name | default: 'dear customer' }}",
        html='<p>{{ brand.name }}</p><a href="{{ unsubscribe_url }}">Unsubscribe</a>',
    ),
    in_app=InAppWords(title="Thanks", body="{{ profile.traits.first_name | default: 'You' }}"),
)


@dataclass
class Told:
    outcomes: list[tuple[str, str]] = field(default_factory=list)

    def succeed(self, token: str, outcome: str, at: datetime, caused_at: datetime | None) -> None:
        self.outcomes.append((token, outcome))

    def leave(self, token: str) -> None:
        self.outcomes.append((token, "leave"))


class Templates:
    def __init__(self, template: Template | None) -> None:
        self.given = template

    def template(self, name: str, run: RunRef | None) -> Template:
        if self.given is None:
            raise KeyError(name)
        return self.given


@dataclass
class Failing:
    """A mailer that raises, before or after the message went out."""

    error: Exception
    sends: bool = False
    mailer: MemoryMailer = field(default_factory=MemoryMailer)

    def send(self, email) -> str:
        if self.sends:
            self.mailer.send(email)
        raise self.error


def a_post(*, profile=None, runs=(), template=THANKS, mailer=None, **request) -> tuple[Post, SendRecord]:
    profiles = MemoryProfiles()
    request = a_request(**request)
    profiles.commit(
        Change(
            entries=(Entry(event=an_event()),),
            profiles={"u-ada": Versioned(profile or a_profile())},
            runs={"u-ada": Versioned(Runs(runs={run.run_id: run for run in runs}))},
        )
    )
    sends = MemorySends(profiles.rows)
    decision = Decision(action=Action.SEND, reason=Reason.ALLOWED, at=NOON, channel=request.channel)
    record = SendRecord(request=request, state=SendState.SENDING, decisions=(decision,))
    ledger = Versioned(a_ledger(a_touch(send_id=request.send_id, channel=request.channel)))
    sends.take(Step(record=record, was=None, attempt=0, holder="u-ada", ledger=ledger))
    post = Post(
        policy=Policy().without("spread"),
        profiles=profiles,
        sends=sends,
        templates=Templates(template),
        mailer=mailer or MemoryMailer(),
        inbox=MemoryInbox(),
        outcomes=Told(),
        announcements=MemoryBus(),
        mail=Mail(
            brand={"name": "Acme"}, from_address="hi@acme.example", public_url="https://acme.example/", keys=("k",)
        ),
        patience=PATIENCE,
        held_up=HELD_UP,
        late=LATE,
    )
    return post, record


def delivered(post: Post, record: SendRecord, now: datetime = NOON) -> SendRecord | None:
    return deliver("u-ada", record.key, post=post, now=now)


def touches(post: Post) -> list[str]:
    return list(post.profiles.head("u-ada").ledger.value.touches)


def stood(post: Post, record: SendRecord) -> SendRecord:
    return post.sends.get("u-ada", record.key)


def replace_words(**words) -> Template:
    return THANKS.model_copy(update={"email": EmailWords(**{"subject": "-", "html": "-", **words})})
