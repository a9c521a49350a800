"""When a channel may be used for a person: hours, laws, closed days and their own wishes, together and one by one."""

from datetime import UTC, date, datetime, timedelta

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from segue.decisions.closed import ClosedDay
from segue.decisions.decide import decide
from segue.decisions.decision import Action, Check
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.rule import Rule, next_moment
from segue.decisions.timing import timing
from tests.builders import NOON, a_head, a_ledger, a_profile, a_request, a_touch
from tests.unit.decisions.written import ZONES, is_open, moments, one_day, walk, windows, zone

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BERLIN = {"default_time_zone": "Europe/Berlin"}
#: What the person may be in, and so whose public holidays there are.
REGIONS = {"DE-BE": ("DE", "BE"), "US-AL": ("US", "AL"), "US-LA": ("US", "LA")}
REGION = st.sampled_from([*REGIONS])
#: The clocks there: a law is kept by them while the person's own is unknown.
CLOCKS = {"DE-BE": ["Europe/Berlin"], "US-AL": ["America/Chicago", "America/New_York"], "US-LA": ["America/Chicago"]}
#: In which country a clock is the time, if in any: there the person may be as well.
COUNTRIES = {
    "Europe/Berlin": "DE", "America/New_York": "US", "Australia/Lord_Howe": "AU", "Asia/Kathmandu": "NP",
    "Africa/Casablanca": "MA", "America/St_Johns": "CA", "Pacific/Apia": "WS", "Pacific/Chatham": "NZ",
    "America/Santiago": "CL", "America/Havana": "CU",
}  # fmt: skip


def lines(traits: dict, policy: dict, at: datetime = NOON, *, channel: str = "email", **given) -> dict[str, Check]:
    profile = a_profile(
        traits={"email": "ada@example.com", **traits}, time_zone=given.pop("time_zone", "Europe/Berlin")
    )
    by, request = Policy.model_validate({**BERLIN, **policy}), a_request(at=at, channel=channel, **given)
    found = timing(request, profile.whole, by, channel, at)
    return {line.name: line.check(at) if isinstance(line, Rule) else line for line in found}


def a_law(name: str, region: str, hours, since: date, until: date | None) -> dict:
    about = {"law": "§ 1", "source": "https://example.com/law", "channels": ["email"]}
    return {"name": name, "regions": [region], "hours": hours, "since": since, "until": until, **about}


@st.composite
def cases(draw):
    """A policy, a person and a moment, as plain written rules."""
    at, region = draw(moments), draw(REGION)
    begins = at.date() + timedelta(days=draw(st.integers(-3, 3)))
    ends = draw(st.one_of(st.none(), st.integers(1, 4).map(lambda days: begins + timedelta(days=days))))
    near = st.integers(0, 4).map(lambda days: at.date() + timedelta(days=days))
    return {
        "at": at,
        "region": region,
        "zones": draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True)),
        "known": draw(st.booleans()),
        "window": draw(st.one_of(st.none(), windows())),
        "law": draw(st.one_of(st.none(), windows())),
        "in_force": (begins, ends),
        "state": draw(REGION),
        "quiet": draw(st.one_of(st.none(), one_day())),
        "closed": draw(st.lists(near, max_size=2)),
        "yearly": draw(st.booleans()),
        "public": draw(st.booleans()),
    }


def public_holidays(region: str):
    country, part = REGIONS.get(region, (region, None))
    return holidays.country_holidays(country, subdiv=part)


def also_in(case: dict) -> str | None:
    """The country of the person's own clock, where it is another than that of their address."""
    country = COUNTRIES.get(case["zones"][0]) if case["known"] else None
    return country if country != REGIONS[case["region"]][0] else None


def holds(case: dict, moment: datetime, public, of_law) -> bool:
    """Whether the moment suits every written rule in every zone."""
    zones = case["zones"][:1] if case["known"] else case["zones"]
    by_law = zones if case["known"] else [*zones, *CLOCKS[case["region"]]]
    return all(suits_us(case, moment.astimezone(zone(name)), public) for name in zones) and all(
        suits_law(case, moment.astimezone(zone(name)), of_law) for name in by_law
    )


def suits_us(case: dict, wall: datetime, public) -> bool:
    today = wall.date()
    closed = [(day.month, day.day) if case["yearly"] else day for day in case["closed"]]
    if ((today.month, today.day) if case["yearly"] else today) in closed or (
        case["public"] and any(today in each for each in public)
    ):
        return False
    if case["window"] and not is_open(case["window"], wall, *public):
        return False
    return not (case["quiet"] and is_open(case["quiet"], wall))


def suits_law(case: dict, wall: datetime, of_law) -> bool:
    (begins, ends), today = case["in_force"], wall.date()
    there = case["state"] == case["region"] or REGIONS[case["state"]][0] == also_in(case)
    in_force = there and begins <= today and (ends is None or today < ends)
    return not (case["law"] and in_force) or is_open(case["law"], wall, of_law, since=begins)


def rules_of(case: dict) -> list[Rule]:
    begins, ends = case["in_force"]
    days = [f"{day:%m-%d}" if case["yearly"] else day.isoformat() for day in case["closed"]]
    closed = [{"days": days}] * bool(days) + [{"public_holidays": True}] * case["public"]
    policy = Policy.model_validate(
        {
            "default_time_zone": case["zones"][0],
            "possible_time_zones": case["zones"],
            "channels": {"email": {"window": case["window"]}},
            "closed": closed,
            "laws": [a_law("Ours", case["state"], case["law"], begins, ends)] if case["law"] else [],
        }
    )
    country, part = REGIONS[case["region"]]
    traits = {"quiet_hours": case["quiet"], "address": {"country": country, "state": part}}
    profile = a_profile(traits=traits, time_zone=case["zones"][0] if case["known"] else None)
    found = timing(a_request(at=case["at"]), profile.whole, policy, "email", case["at"])
    return [line for line in found if isinstance(line, Rule)]


def check_next_moment(case: dict) -> None:
    """The next moment of all rules together is that of a walk, minute by minute, over what is written."""
    at, of_law = case["at"], public_holidays(case["state"])
    public = [public_holidays(region) for region in (case["region"], also_in(case)) if region]

    found = next_moment([rule.next for rule in rules_of(case)], at, at + 4 * DAY)

    assert found == walk(lambda moment: holds(case, moment, public, of_law), at, 4 * 1440)


@settings(max_examples=250, deadline=None)
@given(cases())
def test_no_earlier_minute_suits_all_that_is_written(case: dict) -> None:
    check_next_moment(case)


def test_quiet_hours_are_in_the_way_of_whatever_one_can_unsubscribe_from() -> None:
    evening = NOON + 9 * HOUR
    policy = {"channels": {"email": {"window": None}}, "categories": {"news": {"exempt": ["windows", "caps"]}}}

    found = [lines({"quiet_hours": "22:00-07:00"}, policy, evening, category=each) for each in ("marketing", "news")]

    for each in found:
        assert each["quiet hours"].saw == "23:00 in Europe/Berlin; they want quiet from 22:00-07:00"
        assert each["quiet hours"].until == datetime(2026, 3, 11, 6, 0, tzinfo=UTC)
    assert "quiet hours" not in lines({"quiet_hours": "22:00-07:00"}, policy, evening, category="transactional")


def test_the_reason_is_the_persons_own_quiet() -> None:
    profile = a_profile(traits={"email": "a@example.com", "quiet_hours": "13:00-15:00"})

    decision = decide(a_request(), a_head(profile=profile), Policy.model_validate(BERLIN), NOON)

    assert (decision.reason, decision.due) == (Reason.QUIET_HOURS, NOON + HOUR)


@pytest.mark.parametrize("trait", ["quiet_hours", "send_time"])
@pytest.mark.parametrize("value", ["25:00", "at night", 22, ["22:00-07:00"], {"mon": "late"}, "x" * 500])
def test_what_are_no_hours_is_ignored_and_said(trait, value) -> None:
    found = lines({trait: value}, {})

    [line] = [found[name] for name in ("quiet hours", "preferred hours") if name in found]
    assert line.verdict == "skip"
    assert line.saw.endswith("are no hours: ignored")
    assert len(line.saw) < 100


def test_hours_may_be_said_by_day() -> None:
    found = lines({"quiet_hours": {"tue": "13:00-18:00"}}, {})

    assert found["quiet hours"].until == NOON + 4 * HOUR
    assert found["quiet hours"].saw == "14:00 in Europe/Berlin; they want quiet from tue 13:00-18:00"


def test_the_policy_names_the_traits_or_asks_for_none() -> None:
    renamed = lines({"hush": "13:00-18:00", "quiet_hours": "13:00-19:00"}, {"preferences": {"quiet_hours": "hush"}})
    unasked = lines({"quiet_hours": "13:00-19:00"}, {"preferences": {"quiet_hours": None}})

    assert renamed["quiet hours"].until == NOON + 4 * HOUR
    assert "quiet hours" not in unasked


def test_preferred_hours_narrow_the_window_when_they_come_before_the_expiry() -> None:
    found = lines({"send_time": "18:00-19:00"}, {})

    assert found["preferred hours"].until == NOON + 3 * HOUR + HOUR
    assert found["preferred hours"].saw == "14:00 in Europe/Berlin; they prefer 18:00-19:00"


@pytest.mark.parametrize(
    ("wish", "more"),
    [
        ("18:00-19:00", {"expires_at": NOON + 3 * HOUR}),
        ("06:00-07:00", {}),
        ("21:00-23:00", {"expires_at": NOON + DAY}),
    ],
)
def test_a_wish_that_leaves_no_moment_is_passed_over(wish, more) -> None:
    line = lines({"send_time": wish}, {}, **more)["preferred hours"]

    assert line.verdict == "skip"
    assert line.saw.startswith(f"{wish} are preferred, but no permissible moment in them comes before 2026-03-1")


def test_a_wish_gives_way_to_caps_too() -> None:
    """There is room from 20:00 on only, when the wish is over, and tomorrow it expires."""
    profile = a_profile(traits={"email": "a@example.com", "send_time": "18:00-19:00"})
    ledger = a_ledger(*(a_touch(NOON - 19 * HOUR, send_id=each) for each in "ab"))
    policy = Policy.model_validate({**BERLIN, "channels": {"email": {"window": None}}})
    request = a_request(expires_at=NOON + 10 * HOUR)

    decision = decide(request, a_head(profile=profile, ledger=ledger), policy, NOON)

    assert (decision.action, decision.due) == (Action.DEFER, NOON + 5 * HOUR)


def test_the_reason_is_the_wish_if_it_holds_longest() -> None:
    profile = a_profile(traits={"email": "a@example.com", "send_time": "18:00-19:00"})

    decision = decide(a_request(), a_head(profile=profile), Policy.model_validate(BERLIN), NOON)

    assert (decision.reason, decision.due) == (Reason.PREFERRED_HOURS, NOON + 4 * HOUR)


AT_CHRISTMAS = datetime(2026, 12, 25, 11, 0, tzinfo=UTC)
CLOSED = {"closed": [{"public_holidays": True}, {"days": ["2026-12-28", "12-24"]}]}
A_BERLINER = {"address": {"country": "DE", "state": "BE"}}


def test_on_public_holidays_and_own_days_nobody_is_written_to() -> None:
    found = lines(A_BERLINER, CLOSED, AT_CHRISTMAS)["closed days"]

    assert found.saw == "Fri 2026-12-25 is Christmas Day in Germany (BE)"
    assert found.until == datetime(2026, 12, 26, 23, 0, tzinfo=UTC)
    eve = lines(A_BERLINER, CLOSED, AT_CHRISTMAS - DAY)["closed days"]
    assert eve.saw == "Thu 2026-12-24 is a closed day of the policy"
    assert lines(A_BERLINER, CLOSED)["closed days"].saw == "Tue 2026-03-10 is no closed day in Germany (BE)"


def test_the_reason_is_the_holiday() -> None:
    profile = a_profile(traits={"email": "a@example.com", **A_BERLINER})
    request = a_request(at=AT_CHRISTMAS, expires_at=AT_CHRISTMAS + 10 * DAY)

    decision = decide(request, a_head(profile=profile), Policy.model_validate({**BERLIN, **CLOSED}), AT_CHRISTMAS)

    assert (decision.reason, decision.due) == (Reason.HOLIDAY, datetime(2026, 12, 27, 8, 0, tzinfo=UTC))


def test_closed_days_are_for_marketing_on_all_channels_unless_others_are_named() -> None:
    policy = {"closed": [{"public_holidays": True, "channels": ["sms"], "categories": ["marketing", "transactional"]}]}

    assert "closed days" not in lines(A_BERLINER, policy, AT_CHRISTMAS)
    assert "closed days" not in lines(A_BERLINER, CLOSED, AT_CHRISTMAS, category="transactional")
    assert lines(A_BERLINER, policy, AT_CHRISTMAS, channel="sms", category="transactional")["closed days"].until


def test_a_holiday_anywhere_where_somebody_may_be_is_one() -> None:
    """Epiphany is a holiday in Austria, and in none of the other two."""
    at = datetime(2026, 1, 6, 11, 0, tzinfo=UTC)
    policy = {"closed": [{"public_holidays": True}], "possible_regions": ["DE", "FR", "AT"]}

    assert lines({}, policy, at, time_zone=None)["closed days"].saw == "Tue 2026-01-06 is Epiphany in Austria"
    assert lines({}, policy, at)["closed days"].saw == "Tue 2026-01-06 is no closed day in Germany"


def test_29_february_is_closed_when_there_is_one() -> None:
    policy = {"closed": [{"days": ["02-29"]}]}

    assert lines({}, policy, datetime(2028, 2, 29, 12, 0, tzinfo=UTC))["closed days"].until
    assert not lines({}, policy, datetime(2027, 2, 28, 12, 0, tzinfo=UTC))["closed days"].until
    assert not lines({}, policy, datetime(2027, 3, 1, 12, 0, tzinfo=UTC))["closed days"].until


@pytest.mark.parametrize("text", ["2026-12-24", "12-24", "02-29", "2028-02-29"])
def test_closed_days_are_written_as_they_are_read(text) -> None:
    assert str(ClosedDay.parse(text)) == text


@pytest.mark.parametrize(
    ("closed", "why"),
    [
        ({"days": ["2027-02-29"]}, "no day of the calendar"),
        ({"days": ["02-30"]}, "no day of the calendar"),
        ({"days": ["13-01"]}, "is no day"),
        ({"days": ["24.12."]}, "is no day"),
        ({"days": [1224]}, "1224"),
        ({}, "nothing is closed"),
        ({"channels": ["sms"]}, "nothing is closed"),
    ],
)
def test_what_is_no_day_is_refused(closed, why) -> None:
    with pytest.raises(ValidationError, match=why):
        Policy.model_validate({"closed": [closed]})


def test_a_holiday_may_have_hours_in_the_window_itself() -> None:
    policy = {"channels": {"email": {"window": {"mon-sun": "09:00-20:00", "holidays": "closed"}}}}

    found = lines(A_BERLINER, policy, AT_CHRISTMAS)["hours"]

    assert found.saw == "12:00 in Europe/Berlin; hours are mon-sun 09:00-20:00; holidays closed"
    assert found.until == datetime(2026, 12, 27, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["", "Mars/Phobos"])
def test_a_zone_that_does_not_exist_is_unknown_in_a_profile_and_a_mistake_in_a_policy(zone) -> None:
    assert lines({}, {}, time_zone=zone)["hours"].saw.startswith("time zone unknown, must suit 14:00 in Europe/Berlin")
    for word in ({"default_time_zone": zone}, {"possible_time_zones": [zone]}):
        with pytest.raises(ValidationError, match="is not an IANA time zone"):
            Policy.model_validate(word)
