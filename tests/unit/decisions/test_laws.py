"""What the law allows where a person is."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from segue.decisions.decide import decide
from segue.decisions.decision import Action
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.rule import Rule
from segue.decisions.timing import timing
from segue.decisions.windows import told_apart
from segue.events.zones import zone_named
from segue.profiles.countries import time_zones_of
from segue.profiles.us_states import STATES, of_area_code
from segue.workspace.laws import Jurisdictions, shipped
from tests.builders import NOON, a_head, a_profile, a_request

HOUR = timedelta(hours=1)
LAWS = Jurisdictions().over(shipped())
AMERICAN = {"default_time_zone": "America/New_York", "channels": {"sms": {"window": None}}, "laws": LAWS}
BERLIN, PLAIN = {"default_time_zone": "Europe/Berlin"}, {"default_time_zone": "UTC"}
FLORIDIAN, TEXAN, BERLINER = "+13055550123", "+12145550123", "+4930123456"


def policy(**given) -> Policy:
    return Policy.model_validate({**AMERICAN, **given})


def lines(traits: dict, at: datetime, *, zone: str | None = "America/New_York", by: Policy | None = None, **given):
    by, profile = by or policy(), a_profile(traits=traits, time_zone=zone)
    found = timing(a_request(channel="sms", at=at, **given), profile.whole, by, "sms", at)
    return {line.name: line.check(at) if isinstance(line, Rule) else line for line in found}


def eastern(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) + (4 * HOUR if (month, day) > (3, 8) else 5 * HOUR)


def test_of_somebody_who_may_be_anywhere_every_law_holds() -> None:
    nowhere = policy(default_time_zone="UTC")

    assert "law: any of 11" in lines({"phone": "none"}, NOON, zone="UTC", by=nowhere)


def test_of_somebody_who_may_be_anywhere_and_by_any_clock_no_moment_suits_all_laws() -> None:
    nowhere = Policy.model_validate({**PLAIN, "laws": LAWS})
    request, head = a_request(channel="sms"), a_head(profile=a_profile(traits={"phone": "030 123456"}, time_zone=None))

    decision = decide(request, head, nowhere, NOON)

    assert (decision.action, decision.reason) == (Action.DROP, Reason.JURISDICTION)


def test_a_law_that_was_or_will_be_asks_for_no_clock_of_its_place_today() -> None:
    row = {"regions": ["JP"], "law": "§ 1", "source": "https://example.com", "hours": "08:00-09:00"}
    rows = {
        "Was": {**row, "since": "2010-01-01", "until": "2012-01-01"},
        "Will be": {**row, "since": "2030-01-01"},
    }
    book = policy(laws=Jurisdictions.model_validate({"jurisdictions": rows}).over(shipped())).law_book

    assert "JP" not in book.places("sms", 2026)
    assert "JP" in book.places("sms", 2011)
    assert "JP" in book.places("sms", 2029)
    assert book.places("email", 2026) == ()


@pytest.mark.parametrize(
    ("phone", "at", "waits_for"),
    [
        (FLORIDIAN, eastern(10, 20), "law: Florida"),
        (FLORIDIAN, eastern(10, 19, 59), None),
        (FLORIDIAN, eastern(10, 7, 59), "law: Federal (TCPA)"),
        (TEXAN, eastern(10, 8, 30), "law: Texas"),
        (TEXAN, eastern(15, 11, 59), "law: Texas"),  # a Sunday
        (TEXAN, eastern(15, 12), None),
        ("+12055550123", eastern(15, 12), "law: Alabama"),
        ("+12055550123", eastern(25, 12, month=12) + HOUR, "law: Alabama"),
        ("+16015550123", eastern(25, 12, month=12) + HOUR, None),  # Mississippi's holidays were repealed
        ("+16015550123", eastern(15, 12), "law: Mississippi"),
        ("+14015550123", eastern(14, 9, 30), "law: Rhode Island"),  # a Saturday, from 10
        ("+12035550123", eastern(10, 8, 30), "law: Connecticut"),
        ("+12125550123", eastern(10, 20, 59), None),
        ("+17875550123", eastern(10, 21), "law: Federal (TCPA)"),  # Puerto Rico
    ],
)
def test_each_law_holds_where_and_when_it_says(phone, at, waits_for) -> None:
    found = lines({"phone": phone}, at)

    assert waits_for in [name for name, check in found.items() if check.verdict == "wait"] or waits_for is None
    assert (waits_for is None) == all(check.verdict != "wait" for check in found.values())


def test_both_laws_hold_for_a_number_that_was_ported() -> None:
    """20:30 on a Sunday morning's Texan: Florida is over at eight, Texas not."""
    found = lines({"phone": FLORIDIAN, "address": {"country": "US", "state": "TX"}}, eastern(15, 9))

    assert found["law: Florida"].verdict == "pass"
    assert found["law: Texas"].until == eastern(15, 12)


def test_when_the_state_is_unknown_the_strictest_holds_and_the_federal_law_by_itself() -> None:
    found = lines({"country": "US"}, eastern(14, 17, 30))  # a Saturday: Rhode Island closed at five, and is on Sunday

    assert found["law: Federal (TCPA)"].verdict == "pass"
    assert found["law: any of 10"].until == eastern(16, 9)
    assert "Florida, Maryland, Massachusetts, Oklahoma 08:00-20:00; " in found["law: any of 10"].saw
    assert "Rhode Island mon-fri 09:00-18:00, sat 10:00-17:00, sun closed" in found["law: any of 10"].saw


def test_a_single_law_that_may_hold_is_called_by_its_name_and_says_its_hours() -> None:
    florida = policy(laws=[law for law in LAWS if law.name == "Florida"])

    found = lines({"country": "US"}, eastern(14, 17, 30), by=florida)

    assert "; allowed are 08:00-20:00 (Fla. Stat." in found["law: Florida, if it holds"].saw


def test_of_an_unknown_time_zone_the_law_must_be_kept_in_every_zone_whatever_the_policy_does_with_its_own_hours() -> (
    None
):
    by = policy(
        possible_time_zones=["America/New_York", "America/Los_Angeles"],
        categories={"marketing": {"unknown_time_zone": "send"}},
    )

    found = lines({"phone": FLORIDIAN}, eastern(10, 9), zone=None, by=by)

    assert found["law: Florida"].until == eastern(10, 11)


IN_AMERICA = {"possible_time_zones": [f"America/{city}" for city in ("New_York", "Chicago", "Denver", "Los_Angeles")]}


@pytest.mark.parametrize(
    ("traits", "location", "given", "at", "until"),
    [
        # 05:30 in Miami, 04:30 in Pensacola
        ({"phone": FLORIDIAN}, None, PLAIN, (3, 10, 9, 30), (3, 10, 13, 0)),
        ({"address": {"country": "US", "state": "FL"}}, None, BERLIN, (3, 10, 9, 30), (3, 10, 13, 0)),
        ({"phone": "+18085550123"}, None, IN_AMERICA, (1, 13, 17, 5), (1, 13, 18, 0)),  # 07:05 in Honolulu
        ({}, "US-HI", IN_AMERICA, (1, 13, 17, 5), (1, 13, 18, 0)),
        ({"phone": "+12125550123"}, None, IN_AMERICA, (1, 13, 17, 5), (1, 13, 17, 5)),  # 12:05 in New York
        ({"country": "US"}, None, {**IN_AMERICA, "laws": LAWS[:1]}, (1, 13, 17, 5), (1, 13, 18, 0)),
        ({"phone": "+17875550123"}, None, PLAIN, (1, 13, 11, 59), (1, 13, 12, 0)),  # Puerto Rico
        ({}, None, {"possible_regions": ["US-HI"], **IN_AMERICA}, (1, 13, 17, 5), (1, 13, 18, 0)),
        ({}, None, IN_AMERICA, (1, 13, 17, 5), (1, 13, 17, 5)),
        # 05:30 in Chicago: a team that may have people anywhere has some in America
        ({"phone": "312-555-0100"}, None, PLAIN, (3, 10, 10, 30), (3, 10, 13, 0)),
        ({"phone": "(312) 555-0100"}, None, PLAIN, (3, 10, 10, 30), (3, 10, 13, 0)),
        ({"phone": "13125550100"}, None, PLAIN, (3, 10, 10, 30), (3, 10, 13, 0)),
        ({"state": "Illinois"}, None, PLAIN, (3, 10, 10, 30), (3, 10, 13, 0)),
        # of whom nothing is known, the one law that there is holds by the clocks of its place
        ({"phone": "030 123456"}, None, {**PLAIN, "laws": LAWS[3:4]}, (3, 10, 10, 30), (3, 10, 13, 0)),
    ],
)
def test_of_an_unknown_time_zone_the_law_is_kept_where_the_person_is_said_to_be(traits, location, given, at, until):
    by = Policy.model_validate({"channels": {"sms": {"window": None}}, "laws": LAWS, "total": None, **given})
    profile = a_profile(traits={"phone": "-", **traits}, location=location, time_zone=None)
    now, due = (datetime(2026, *moment, tzinfo=UTC) for moment in (at, until))

    decision = decide(a_request(channel="sms", at=now), a_head(profile=profile), by, now)

    assert (decision.due or now) == due, decision.trace


def test_every_clock_of_the_united_states_is_that_of_a_state() -> None:
    rows = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text().splitlines()
    american = tuple(zone_named(row.split("\t")[2]) for row in rows if row.startswith("US"))
    ours = tuple(zone_named(zone) for zone in time_zones_of("US"))

    assert all(set(time_zones_of(f"US-{state}")) <= {zone.key for zone in american} for state in STATES)
    assert len(told_apart(american, 2026)) == len(told_apart(ours, 2026)) == len(ours) == 8
    assert told_apart((*ours, *american), 2026) == ours


def test_of_other_countries_all_zones_are_possible_and_of_none_none() -> None:
    assert time_zones_of("NZ") == ("Pacific/Auckland", "Pacific/Chatham")
    assert "America/Vancouver" in time_zones_of("CA-QC")
    assert (time_zones_of("PR"), time_zones_of("ZZ")) == (("America/Puerto_Rico",), ())


def test_many_clocks_are_told_by_the_first_and_the_last() -> None:
    saw = lines({"country": "US"}, eastern(10, 12), zone=None)["law: Federal (TCPA)"].saw

    assert saw.startswith(
        "time zone unknown, must suit 8 zones from 06:00 in Pacific/Honolulu to 12:00 in America/New_York; allowed are "
    )


def test_abroad_it_is_said_that_no_law_is_known() -> None:
    assert lines({"phone": BERLINER}, NOON, zone="Europe/Berlin")["law"].saw == (
        "no law on the hours of sms is known; Germany, by the phone number"
    )


@pytest.mark.parametrize("category", ["transactional", "reminders"])
def test_what_is_exempt_from_hours_is_exempt_from_the_law(category) -> None:
    by = policy(categories={"reminders": {"exempt": ["windows"]}})

    names = lines({"phone": FLORIDIAN}, eastern(10, 23), by=by, category=category)

    assert not [name for name in names if name.startswith("law")]


def test_laws_are_about_their_channels_alone() -> None:
    found = timing(a_request(), a_profile(traits={"phone": FLORIDIAN}).whole, policy(), "email", eastern(10, 23))

    assert [line.name for line in found] == ["hours"]


def test_the_team_never_widens_a_law_and_a_law_never_widens_the_team() -> None:
    by = policy(channels={"sms": {"window": "12:00-23:00"}})

    assert lines({"phone": FLORIDIAN}, eastern(10, 9), by=by)["hours"].until == eastern(10, 12)
    assert lines({"phone": FLORIDIAN}, eastern(10, 21), by=by)["law: Florida"].until == eastern(11, 8)


def test_a_law_that_comes_into_force_holds_from_its_first_day_on() -> None:
    row = {
        "regions": ["US-NY"],
        "law": "A bill",
        "source": "https://example.com/bill",
        "since": "2026-03-12",
        "until": "2026-03-14",
        "hours": "10:00-11:00",
    }
    said = Jurisdictions.model_validate({"jurisdictions": {"New York": row}})
    by = policy(laws=said.over(shipped()))

    untils = {
        day: lines({"phone": "+12125550123"}, eastern(day, 12), by=by).get("law: New York") for day in (11, 12, 13, 14)
    }

    assert untils[11].verdict == "pass"
    assert "allowed are 10:00-11:00 from 2026-03-12 on" in untils[11].saw
    assert untils[12].until == eastern(13, 10)
    assert untils[13].until == eastern(14, 0)
    assert untils[14] is None


@pytest.mark.parametrize(
    ("country", "state", "month", "day", "closed"),
    [
        ("DE", "BE", 7, 14, False),  # a holiday in France
        ("DE", "BE", 10, 3, True),
        ("DE", "BE", 6, 4, False),  # in Bavaria, and not in Berlin
        ("DE", "BY", 6, 4, True),
        ("FR", None, 7, 14, True),
        ("US", None, 7, 14, False),
    ],
)
def test_the_public_holidays_of_a_law_are_those_where_the_person_is(country, state, month, day, closed) -> None:
    hours = {"mon-sun": "08:00-20:00", "holidays": "closed"}
    row = {"regions": ["DE", "FR"], "law": "§ 1", "source": "https://example.com", "since": "2020-01-01"}
    two = Jurisdictions.model_validate({"jurisdictions": {"Two": {**row, "channels": ["sms"], "hours": hours}}})
    at = datetime(2026, month, day, 12, tzinfo=UTC)

    found = lines({"address": {"country": country, "state": state}}, at, by=policy(laws=two.over(Jurisdictions())))

    assert [check.verdict == "wait" for name, check in found.items() if name == "law: Two"] == (
        [closed] if country != "US" else []
    )


def test_of_an_unknown_state_the_holidays_of_each_state_with_such_a_law_are_kept() -> None:
    """Mardi Gras is one in Louisiana, and none of the country."""
    mardi_gras = datetime(2026, 2, 17, 18, tzinfo=UTC)

    assert lines({"country": "US"}, mardi_gras)["law: any of 10"].until == datetime(2026, 2, 18, 14, tzinfo=UTC)


def test_the_decision_waits_for_the_law_and_says_so() -> None:
    head = a_head(profile=a_profile(traits={"phone": FLORIDIAN}, time_zone="America/New_York"))

    decision = decide(a_request(channel="sms", at=eastern(10, 20, 30)), head, policy(), eastern(10, 20, 30))

    assert (decision.reason, decision.due) == (Reason.JURISDICTION, eastern(11, 8))


def test_every_american_number_on_record_is_where_its_plan_says() -> None:
    path = Path(__file__).parents[4] / "shared/data/time_phone_holidays/phones.jsonl.gz"
    if not path.exists():
        pytest.skip("the recorded phone numbers are not on this machine")
    with gzip.open(path, "rt") as file:
        numbers = [row for row in map(json.loads, file) if row["valid"] and row.get("e164", "").startswith("+1")]
    placed = {row["e164"]: of_area_code(row["e164"]) for row in numbers}

    nowhere = [row for row in numbers if placed[row["e164"]] is None]

    assert len(numbers) > len(nowhere) > 0
    assert all(row["type"] not in ("fixed", "mobile") for row in nowhere), nowhere
    for row in numbers:
        where = placed[row["e164"]]
        assert where is None or where.partition("-")[0] == row["region"], row
        assert of_area_code(row["national"]) == where, row


def test_the_rows_that_come_with_segue_are_complete() -> None:
    assert len(LAWS) == 12
    for law in LAWS:
        assert law.source.startswith("http"), law.name
        assert law.checked != "nothing", law.name
        assert law.since < date(2026, 11, 25), law.name
        assert law.hours or law.limit, law.name


def test_a_workspace_adds_rows_takes_the_place_of_some_and_leaves_others_out() -> None:
    row = {"regions": ["US-TX"], "law": "Our counsel", "source": "https://example.com", "since": "2026-01-01"}
    said = Jurisdictions.model_validate(
        {
            "jurisdictions": {
                "Texas": {**row, "hours": "12:00-13:00"},
                "Hawaii": {**row, "regions": ["US-HI"], "limit": 1, "per": "7d"},
                "Florida": {"left_out": "We have no customers there."},
            }
        }
    )

    laws = {law.name: law for law in said.over(shipped())}

    assert str(laws["Texas"].hours) == "12:00-13:00"
    assert laws["Hawaii"].limit == 1
    assert "Florida" not in laws
    assert len(laws) == 12


def test_a_policy_with_laws_is_read_back_from_its_json() -> None:
    by = policy(closed=[{"days": ["12-24", "2026-05-01"]}], possible_regions=["US"])

    assert Policy.model_validate_json(by.model_dump_json(exclude_defaults=True)) == by
    assert lines({"phone": FLORIDIAN}, NOON, by=Policy.model_validate_json(by.model_dump_json())) == lines(
        {"phone": FLORIDIAN}, NOON, by=by
    )


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"limit": 3}, "go together"),
        ({"per": "24h"}, "go together"),
        ({}, "asks for nothing"),
        ({"hours": "08:00-20:00", "until": "2020-01-01"}, "ends before it begins"),
        ({"hours": "08:00-20:00", "regions": []}, "holds nowhere"),
        ({"hours": "08:00-20:00", "regions": ["Texas"]}, "did you mean 'US-TX'"),
        ({"hours": "08:00-20:00", "source": "somewhere"}, "pattern"),
    ],
)
def test_a_row_that_says_nothing_or_two_things_is_refused(row, why) -> None:
    full = {"regions": ["US-TX"], "law": "§ 1", "source": "https://example.com", "since": "2026-01-01", **row}

    with pytest.raises(ValueError, match=why):
        Jurisdictions.model_validate({"jurisdictions": {"Texas": full}})
