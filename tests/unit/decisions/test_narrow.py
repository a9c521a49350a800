"""Clocks that are too far apart for a window, and limits that outlast what they keep waiting, are told."""

import pytest

from segue.decisions.check import problems
from segue.decisions.policy import Policy
from segue.events.plan import TrackingPlan
from segue.problem import Kind
from segue.workspace.laws import Jurisdictions
from segue.workspace.laws import problems as law_problems

APART = ["America/New_York", "Europe/Berlin", "Asia/Tokyo"]


def found(kind: Kind, **policy) -> list[tuple[str, str]]:
    told = problems(Policy.model_validate(policy), TrackingPlan())
    return [(".".join(map(str, each.place)), each.message) for each in told if each.kind is kind]


def narrow(window, zones=APART, **category) -> list[str]:
    given = {"channels": {name: {"window": None} for name in ("email", "push")} | {"sms": {"window": window}}}
    told = found(Kind.NO_COMMON_HOUR, possible_time_zones=zones, categories={"marketing": category}, **given)
    return [place for place, _ in told]


def test_a_window_that_no_moment_is_in_by_all_clocks_is_told() -> None:
    channels = {"email": {"window": None}, "push": {"window": None}, "sms": {"window": "09:00-10:00"}}

    [(place, message)] = found(Kind.NO_COMMON_HOUR, possible_time_zones=APART, channels=channels)

    assert place == "channels.sms.window"
    assert message == (
        "by sms nobody of unknown time zone ever gets marketing messages: 09:00-10:00 is at no moment the time in all "
        "of America/New_York, Europe/Berlin, Asia/Tokyo"
    )


@pytest.mark.parametrize("window", [None, "00:00-24:00", {"holidays": "09:00-10:00"}, {"mon": "00:00-24:00"}])
def test_one_that_leaves_a_moment_is_not(window) -> None:
    assert narrow(window) == []


def test_nor_one_that_nobody_must_keep_by_all_clocks() -> None:
    assert narrow("09:00-10:00", ["Europe/Berlin", "Europe/Vienna"]) == []
    for category in ({"unknown_time_zone": "default"}, {"unknown_time_zone": "drop"}, {"exempt": ["windows"]}):
        assert narrow("09:00-10:00", **category) == []


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (
            {"cool_down": "40d"},
            ("cool_down", "nothing goes for 40d after a message, and marketing messages live for 3d"),
        ),
        (
            {"caps": [{"limit": 1, "per": "60d"}]},
            ("caps.0.per", "1 in 60d is room for one every 60d, and marketing messages live for 3d"),
        ),
        (
            {"channels": {"email": {"cap": {"limit": 2, "per": "month"}}}},
            ("channels.email.cap.per", "2 in 31d is room for one every 15d12h, and marketing messages live for 3d"),
        ),
        (
            {"caps": [{"limit": 1, "per": "2d", "categories": ["a", "b"]}],
             "categories": {"a": {"expires_after": "1d"}, "b": {"expires_after": "1h"}}},
            ("caps.0.per", "1 in 2d is room for one every 2d, and a messages live for 1d and b messages live for 1h"),
        ),
    ],
)  # fmt: skip
def test_what_has_room_less_often_than_messages_live_is_told(policy, told) -> None:
    [(place, message)] = found(Kind.TOO_SELDOM, **policy)

    assert (place, message) == (told[0], f"{told[1]}: most of those that have to wait expire")


@pytest.mark.parametrize(
    "policy",
    [
        {},
        {"cool_down": "3d"},
        {"caps": [{"limit": 1, "per": "60d", "when_full": "stop"}]},
        {"caps": [{"limit": 1, "per": "60d"}], "categories": {"marketing": {"expires_after": "60d"}}},
        {"caps": [{"limit": 1, "per": "60d", "categories": []}]},
        {"categories": {"flash": {"expires_after": "1h"}}},
        {"caps": [{"limit": 1, "per": "visit"}, {"limit": 0, "per": "60d"}]},
    ],
)
def test_what_has_room_in_time_or_stops_anyway_is_not(policy) -> None:
    assert found(Kind.TOO_SELDOM, **policy) == []


def test_a_law_that_forbids_everything_for_ever_is_told() -> None:
    row = {"regions": ["US-TX"], "law": "A bill", "source": "https://example.com", "since": "2026-01-01", "per": "24h"}
    rows = {
        "Never": {**row, "limit": 0},
        "Once": {**row, "limit": 1},
        "For a while": {**row, "limit": 0, "until": "2026-02-01"},
    }

    [problem] = law_problems(Jurisdictions.model_validate({"jurisdictions": rows}))

    assert (problem.kind, problem.place) == (Kind.CLOSED_BY_LAW, ("jurisdictions", "Never", "limit"))
    assert problem.message == "a limit of 0: by sms or calls nobody in Texas can ever be written to"


DAYS = dict(enumerate((31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), start=1))
EVERY_DAY = [f"{month:02}-{day:02}" for month in range(1, 13) for day in range(1, DAYS[month] + 1)]


def test_a_year_of_closed_days_is_told() -> None:
    assert found(Kind.NEVER, closed=[{"days": EVERY_DAY}]) == [
        ("closed", "no marketing message could ever be sent: every day of the year is closed")
    ]
    by_email = [{"days": EVERY_DAY[:200], "channels": ["email"]}, {"days": EVERY_DAY[200:], "channels": ["email"]}]
    assert found(Kind.NEVER, closed=by_email) == [
        ("closed", "by email no marketing message could ever be sent: every day of the year is closed")
    ]


def test_a_year_that_leaves_a_day_is_not() -> None:
    for day in ("02-29", "07-01"):
        assert found(Kind.NEVER, closed=[{"days": [each for each in EVERY_DAY if each != day]}]) == []
    assert found(Kind.NEVER, closed=[{"days": [f"2028-{each}" for each in EVERY_DAY]}]) == []


def test_a_window_on_holidays_alone_that_are_closed_is_told() -> None:
    policy = {"channels": {"email": {"window": {"holidays": "09:00-20:00"}}}}

    assert [place for place, _ in found(Kind.NEVER, closed=[{"public_holidays": True}], **policy)] == [
        "channels.email.window"
    ]
    assert found(Kind.NEVER, **policy) == []
    assert found(Kind.NEVER, closed=[{"public_holidays": True, "channels": ["sms"]}], **policy) == []
    assert found(Kind.NEVER, closed=[{"public_holidays": True, "categories": ["transactional"]}], **policy) == []


def test_a_spread_that_outlasts_every_message_is_told() -> None:
    wide, fit = ({"channels": {"email": {"spread": spread}}} for spread in ("30d", "2d"))

    assert found(Kind.CUT_SHORT, **wide) == [
        ("channels.email.spread", "a spread of 30d is cut short each time: messages live for 3d at most")
    ]
    assert found(Kind.CUT_SHORT, **fit) == []
    assert found(Kind.CUT_SHORT, categories={"slow": {"expires_after": "31d"}}, **wide) == []
