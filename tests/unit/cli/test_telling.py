"""What `segue why` says."""

from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from segue.cli import telling
from segue.decisions import words
from segue.decisions.decide import decide
from segue.decisions.decision import Action, Check, Decision, RunRef, SendRecord, SendState
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.profiles.quiet import Quiet
from tests.builders import NOON, a_head, a_profile, a_request

BERLIN = ZoneInfo("Europe/Berlin")
RUN = RunRef(run_id="thanks-1", journey="thanks", version="v1", step="1-send")


def a_deferral() -> Decision:
    morning = NOON + timedelta(hours=19)
    hours = Check(name="hours", verdict="wait", saw="22:00 in Europe/Berlin; hours are 09:00-20:00", until=morning)
    return Decision(
        action=Action.DEFER, reason=Reason.OUTSIDE_WINDOW, at=NOON, channel="email", due=morning, trace=(hours,)
    )


def told(record: SendRecord, *, brief: bool = False) -> str:
    return "\n".join(telling.one(record, BERLIN, brief=brief))


def test_a_deferral_says_until_when_where_the_person_is_and_why() -> None:
    record = SendRecord(request=a_request(run=RUN), state=SendState.DEFERRED, decisions=(a_deferral(),))

    text = told(record)

    assert (
        "Deferred[/] to Wed 2026-03-11 09:00 in Europe/Berlin: it is too early or too late (22:00 in Europe/Berlin;"
        in text
    )
    assert ". [dim](outside_window)[/]" in text
    assert "◷[/] hours: 22:00 in Europe/Berlin; hours are 09:00-20:00" in text
    assert "thanks, step 1-send" in text


def test_brief_leaves_out_the_checks() -> None:
    record = SendRecord(request=a_request(), state=SendState.DEFERRED, decisions=(a_deferral(),))

    assert "◷" not in told(record, brief=True)


def test_what_became_of_a_message_is_said_with_its_reason() -> None:
    record = SendRecord(request=a_request(), state=SendState.SENDING)

    assert "on its way" in told(record)
    assert "sent" in told(record.finish(SendState.SENT, Reason.ALLOWED, NOON))
    assert "(the person has not consented to this purpose)" in told(
        record.finish(SendState.DROPPED, Reason.NO_CONSENT, NOON)
    )
    assert "called twice" in told(replace(record.finish(SendState.SENT, Reason.ALLOWED, NOON), repeated=True))


def test_a_failure_is_told_with_what_is_known_of_it() -> None:
    failed = SendRecord(request=a_request(), state=SendState.SENDING).finish(
        SendState.FAILED, Reason.RENDER_FAILED, NOON
    )

    text = told(replace(failed, detail="html: 'run' is undefined"))

    assert "the template could not be rendered for this person (html: 'run' is undefined)" in text


def test_what_a_person_wants_is_told() -> None:
    profile = a_profile(consents={"marketing": True, "ads": False}, opted_out=NOON, quiet=Quiet(True, NOON))

    text = "\n".join(telling.person(profile, "ada"))

    assert "ads denied, marketing granted" in text
    assert "by Global Privacy Control since 2026-03-10" in text
    assert "since 2026-03-10, without an end" in text


def test_a_decision_of_before_a_change_of_the_time_zone_says_whose_hours_it_names() -> None:
    record = SendRecord(request=a_request(), state=SendState.DEFERRED, decisions=(a_deferral(),))

    moved = "\n".join(telling.one(record, ZoneInfo("America/Chicago"), brief=False))

    assert "decided while the time zone was Europe/Berlin; other times are of America/Chicago, as now" in moved
    assert "while the time zone was" not in told(record)
    assert "while the time zone was" not in "\n".join(telling.one(record, UTC, brief=False))


def test_what_a_check_says_of_a_moment_is_told_where_the_person_is() -> None:
    decision = decide(a_request(), a_head(), Policy(), NOON)
    record = SendRecord(request=a_request(), state=SendState.SENDING, decisions=(decision,))

    assert "expiry: it expires on Fri 2026-03-13 14:00 in Europe/Berlin" in told(record)


def test_until_when_a_person_is_undisturbed_is_told_where_they_are() -> None:
    profile = a_profile(quiet=Quiet(True, NOON, NOON + timedelta(days=1)))

    assert "until Wed 2026-03-11 14:00" in "\n".join(telling.person(profile, "ada"))


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ({"Email Bounced": 1}, "an e-mail bounced"),
        ({"Email Marked as Spam": 1}, "they marked an e-mail as spam"),
        ({}, "an e-mail bounced, or they marked one as spam"),
        ({"Email Bounced": 1, "Email Marked as Spam": 1}, "an e-mail bounced, or they marked one as spam"),
    ],
)
def test_of_a_suppression_it_is_told_which_it_was_as_far_as_it_is_known(events, why) -> None:
    profile = a_profile(suppressed=("email",), events=events)
    decision = decide(a_request(), a_head(profile=profile), Policy(), NOON)

    assert f"email since 2026-02-08: {why}" in "\n".join(telling.person(profile, "ada"))
    assert f"(since 2026-02-08: {why})" in words.sentence(decision, BERLIN)


def test_a_person_is_told_without_traits() -> None:
    profile = a_profile(traits={"email": "ada@example.com"}, suppressed=("email",), events={"Order Completed": 2})

    text = "\n".join(telling.person(profile, "ada"))

    assert "ada@example.com" not in text
    assert "Order Completed 2x" in text
    assert "bounce" in text


def test_square_brackets_in_data_are_no_markup() -> None:
    text = "\n".join(telling.person(a_profile(events={"[red]Odd[/]": 1}), "ada"))

    assert r"\[red]Odd" in text


def test_without_a_known_zone_times_are_utc() -> None:
    assert words.zone_of(a_profile(time_zone=None)) is UTC
