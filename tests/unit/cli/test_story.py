"""A person's story reads from the beginning, each moment in the hours of the place where the person is."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from rich.text import Text

from segue.cli.story import told
from segue.decisions.decision import Action, Check, Decision, SendRecord, SendState
from segue.decisions.reasons import Reason
from segue.profiles.runs import Ended
from tests.builders import NOON, a_request, a_run, an_event

BERLIN = ZoneInfo("Europe/Berlin")
LATER = NOON + timedelta(hours=19)
DEFERRED = Decision(
    action=Action.DEFER,
    reason=Reason.OUTSIDE_WINDOW,
    at=NOON,
    channel="email",
    due=LATER,
    trace=(Check(name="hours", verdict="wait", saw="until nine", until=LATER),),
)
NEVER = Check(name="consent", verdict="fail", saw="marketing: never asked")
SENT = Decision(action=Action.SEND, reason=Reason.ALLOWED, at=LATER, channel="email")


def lines(*records: SendRecord, runs: tuple = (), events: tuple = ()) -> list[str]:
    return [Text.from_markup(line).plain.strip() for line in told(events, runs, records, BERLIN)]


def test_what_they_did_comes_before_what_it_began() -> None:
    run = replace(a_run(), ended=Ended.GOAL, ended_at=LATER)

    assert lines(events=(an_event(),), runs=(run,)) == [
        "Tue 2026-03-10 14:00  Order Completed",
        "Tue 2026-03-10 14:00    enters thanks",
        "Wed 2026-03-11 09:00    has reached the goal of thanks",
    ]


def test_a_message_that_was_put_off_and_sent_is_told_in_two_lines() -> None:
    record = SendRecord(request=a_request(), state=SendState.DEFERRED, decisions=(DEFERRED, SENT))

    assert lines(record.finish(SendState.SENT, Reason.ALLOWED, LATER)) == [
        (
            "Tue 2026-03-10 14:00      thank-you by email: put off until Wed 2026-03-11 09:00: "
            "it is too early or too late (until nine) until Wed 09:00"
        ),
        "Wed 2026-03-11 09:00      thank-you by email: sent",
    ]


def test_a_message_that_is_dropped_is_told_once_with_its_reason() -> None:
    drop = Decision(action=Action.DROP, reason=Reason.NO_CONSENT, at=NOON, channel="email", trace=(NEVER,))
    record = SendRecord(request=a_request(), state=SendState.DROPPED, decisions=(drop,))

    (line,) = lines(record.finish(SendState.DROPPED, Reason.NO_CONSENT, NOON))

    assert line.endswith("dropped: the person has not consented to this purpose (marketing: never asked)")


def test_a_message_that_was_cancelled_while_it_waited_is_told_so() -> None:
    record = SendRecord(request=a_request(), state=SendState.DEFERRED, decisions=(DEFERRED,))

    assert lines(record.finish(SendState.DROPPED, Reason.RUN_ENDED, LATER))[-1].endswith(
        "dropped: the journey's run is over: the goal was reached, or the person left"
    )


@pytest.mark.parametrize(
    ("event", "told_"),
    [
        (an_event("Unsubscribed", properties={"channel": "sms"}), "Unsubscribed from sms"),
        (an_event("Unsubscribed", properties={"topic": "offers"}), "Unsubscribed from offers by email"),
        (
            an_event("Subscribed", properties={"channel": "all", "topic": "offers"}),
            "Subscribed to offers by all channels",
        ),
        (
            an_event("Preferences Updated", context={"traits": {"quiet_hours": "22:00-07:00", "send_time": None}}),
            "Preferences Updated quiet_hours 22:00-07:00, send_time none",
        ),
        (
            an_event("Lifecycle Stage Changed", properties={"from": "visitor", "to": "customer"}),
            "Lifecycle Stage Changed from visitor to customer",
        ),
        (
            an_event("Lifecycle Stage Changed", properties={"to": "visitor"}),
            "Lifecycle Stage Changed from none to visitor",
        ),
        (an_event("Segment Entered", properties={"segment": "dear"}), "Segment Entered dear"),
        (an_event("Consent Given", properties={"purpose": "marketing"}), "Consent Given marketing granted"),
        (
            an_event("Do Not Disturb Set", properties={"until": "2026-03-12T08:00:00Z"}),
            "Do Not Disturb Set until Thu 2026-03-12 09:00 in Europe/Berlin",
        ),
        (an_event("Do Not Disturb Set"), "Do Not Disturb Set until they say otherwise"),
        (an_event("Order Completed", properties={"total": 7}), "Order Completed"),
    ],
)
def test_what_they_said_of_their_wishes_is_told_with_the_event(event, told_) -> None:
    (line,) = lines(events=(event,))

    assert line == f"Tue 2026-03-10 14:00  {told_}"
