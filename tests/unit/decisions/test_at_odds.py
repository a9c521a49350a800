"""Where a team's hours and a law leave nothing, it is said; where the law alone closes a day, it is not."""

import pytest

from segue.decisions.at_odds import hours_at_odds
from segue.decisions.policy import Policy
from segue.problem import Kind
from segue.workspace.laws import Jurisdictions, shipped


def found(window, *, channel: str = "sms", rows: dict | None = None, senders=None, **said) -> list[tuple[Kind, str]]:
    laws = Jurisdictions.model_validate({"jurisdictions": rows or {}}).over(shipped())
    policy = Policy.model_validate({"channels": {channel: {"window": window}}, "laws": laws, **said})
    return [(problem.kind, problem.message) for problem in hours_at_odds(policy, senders or {})]


@pytest.mark.parametrize("window", ["09:00-21:00", "00:00-24:00", {"mon-fri": "10:00-12:00"}, "22:00-13:00", None])
def test_hours_that_leave_something_of_each_day_are_not_spoken_of(window) -> None:
    assert found(window) == []


def test_a_morning_window_leaves_no_sunday_in_texas() -> None:
    [(kind, message)] = found("09:00-12:00")

    assert kind is Kind.CLOSED_BY_LAW
    assert message == (
        "by sms nobody in Texas can be written to on a Sunday: the window is 09:00-12:00, and allowed are "
        "Federal (TCPA) 08:00-21:00, Texas 12:00-21:00"
    )


def test_it_is_said_which_journeys_send_so() -> None:
    by = {"sms": ["win-back", "alerts"], "email": ["news"]}
    [(_, message)] = found("09:00-12:00", senders=by, possible_regions=["US-TX"])

    assert message.startswith("by sms nobody in Texas can be written to on a Sunday")
    assert message.endswith("; journeys that send by it: win-back, alerts")


def test_who_may_be_anywhere_can_be_written_to_at_no_moment_and_somebody_sends_so() -> None:
    [(kind, message)] = found("09:00-21:00", senders={"sms": ["alerts"], "email": ["news"]})

    assert kind is Kind.CLOSED_BY_LAW
    assert message == (
        "by sms nobody of whom no place is known can ever be written to: no moment suits the law of everywhere; "
        "journeys that send by it: alerts"
    )


@pytest.mark.parametrize(
    "said",
    [
        {"senders": {"email": ["news"]}},
        {"senders": {"sms": ["alerts"]}, "possible_regions": ["US"]},
        {"senders": {"sms": ["alerts"]}, "default_time_zone": "Europe/Berlin"},
    ],
)
def test_where_people_may_be_somewhere_the_law_of_everywhere_is_not_spoken_of(said) -> None:
    assert found("09:00-21:00", **said) == []


def test_a_late_window_is_told_once_for_the_country_and_once_for_each_state_that_is_stricter() -> None:
    told = dict(message.partition(":")[::2] for _, message in found("20:00-23:00"))

    assert set(told) == {
        "by sms nobody in Alabama can ever be written to",
        "by sms nobody in Connecticut can ever be written to",
        "by sms nobody in Florida can ever be written to",
        "by sms nobody in Louisiana can ever be written to",
        "by sms nobody in Maryland can ever be written to",
        "by sms nobody in Massachusetts can ever be written to",
        "by sms nobody in Mississippi can ever be written to",
        "by sms nobody in Oklahoma can ever be written to",
        "by sms nobody in Rhode Island can ever be written to",
    }


def test_hours_that_no_american_can_be_written_to_in_are_told_of_the_country_alone() -> None:
    [(kind, message)] = found("05:00-07:00")

    assert kind is Kind.NEVER_ALLOWED
    assert message.startswith("by sms nobody in the United States or Puerto Rico or ")


def test_a_window_on_public_holidays_alone_is_no_window_for_nobody() -> None:
    told = [message.partition(":")[0] for _, message in found({"holidays": "09:00-12:00"})]

    assert told == [
        f"by sms nobody in {state} can ever be written to" for state in ("Alabama", "Louisiana", "Rhode Island")
    ]
    early = {"mon-sun": "05:00-07:00"}
    assert found({**early, "holidays": "09:00-12:00"})[0][0] is Kind.CLOSED_BY_LAW
    assert found({**early, "holidays": "06:00-07:30"})[0][0] is Kind.NEVER_ALLOWED


def test_only_the_channels_of_a_law_are_looked_at() -> None:
    assert found("05:00-07:00", channel="email") == []


def test_a_law_that_ends_or_is_left_out_is_not_spoken_of() -> None:
    row = {"regions": ["US-HI"], "law": "§ 1", "source": "https://example.com", "since": "2026-01-01"}
    ends = {**row, "until": "2027-01-01", "hours": "12:00-13:00"}

    assert found("09:00-12:00", rows={"Texas": {"left_out": "Nobody there."}, "Hawaii": ends}) == []
