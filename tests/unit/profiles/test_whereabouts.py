"""In which country a person is: the surest word decides, what is less sure narrows, and nothing is guessed."""

import pytest

from segue.profiles.consent import Consent, Consents, Said
from segue.profiles.countries import ELSEWHERE, name_of, of_phone, of_time_zone, region
from segue.profiles.fold import fold
from segue.profiles.profile import Part, Stamped
from segue.profiles.whereabouts import Whereabouts, whereabouts
from tests.builders import NOON, an_event


def a_part(*, location=None, consent=None, zone=None, **traits) -> Part:
    said = Consents((Consent(said=Said.GRANTED, at=NOON, region=consent),)) if consent else None
    return Part(
        traits={name: Stamped(value, NOON) for name, value in traits.items()},
        location=Stamped(location, NOON) if location else None,
        time_zone=Stamped(zone, NOON) if zone else None,
        consents={"marketing": said} if said else {},
    )


EVERYTHING = {
    "consent": "CA",
    "location": "DE",
    "address": {"country": "France"},
    "phone": "+44 20 7946 0000",
    "zone": "Asia/Tokyo",
}


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ("consent location address phone zone", Whereabouts(("CA",), "by their consent")),
        ("location address phone zone", Whereabouts(("DE",), "by where they were seen last")),
        ("address phone zone", Whereabouts(("FR",), "by their address")),
        ("phone zone", Whereabouts(("GB",), "by their phone number")),
        ("zone", Whereabouts(("JP", "AU"), "by their time zone")),
        ("", Whereabouts()),
    ],
)
def test_the_surest_word_decides(known, expected):
    assert whereabouts(a_part(**{name: EVERYTHING[name] for name in known.split()})) == expected


def test_what_leaves_two_countries_open_is_narrowed_by_what_is_less_sure():
    assert whereabouts(a_part(phone="+12125550100", zone="America/New_York")) == Whereabouts(
        ("US",), "by their phone number and by their time zone"
    )


def test_what_contradicts_narrows_nothing():
    assert whereabouts(a_part(phone="+12125550100", zone="Europe/Berlin")).regions == ("US", "CA")


def test_a_zone_of_two_countries_leaves_both_open():
    assert whereabouts(a_part(zone="America/Phoenix")).regions == ("US", "CA")


def test_utc_is_nowhere():
    assert whereabouts(a_part(zone="UTC")) == Whereabouts()


def test_where_the_person_was_last_is_kept_of_the_events():
    early = an_event(context={"location": {"country": "United States", "region": "CA"}})
    late = an_event(at=NOON.replace(hour=15), context={"location": {"country": "DE"}})

    assert fold(fold(Part(), late), early).location == Stamped("DE", late.timestamp)
    assert fold(Part(), early).location.value == "US-CA"


@pytest.mark.parametrize("odd", ["Berlin", 7, None, {}, {"country": 7}, {"country": " "}, {"city": "Berlin"}])
def test_an_odd_location_says_nothing(odd):
    assert fold(Part(), an_event(context={"location": odd})).location is None


@pytest.mark.parametrize("odd", ["Berlin", 7, {"country": None}, {"country": ""}, {"city": "Berlin"}])
def test_an_odd_address_says_nothing(odd):
    assert whereabouts(a_part(address=odd)) == Whereabouts()


@pytest.mark.parametrize(
    ("country", "part", "expected"),
    [
        ("usa", "ca", "US-CA"),
        ("United States", "US-NY", "US-NY"),
        ("US", "California", "US-CA"),
        ("US", "Kalifornien", "US"),
        ("Deutschland", None, "DE"),
        ("uk", None, "GB"),
        ("France", None, "FR"),
        ("JP", None, "JP"),
        ("Atlantis", "AT", ELSEWHERE),
    ],
)
def test_countries_are_read_as_people_write_them(country, part, expected):
    assert region(country, part) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+49 30 1234", ("DE",)),
        ("+1 212 555 0100", ("US", "CA")),
        ("+353 1 234", ("IE",)),
        ("+81 3 1234", (ELSEWHERE,)),
        ("030 1234", ()),
        ("+", ()),
    ],
)
def test_a_number_with_its_country_code_tells_the_country(number, expected):
    assert of_phone(number) == expected


def test_zones_that_are_another_s_by_now_still_have_their_own_country():
    assert (of_time_zone("Europe/Copenhagen"), of_time_zone("Nowhere")) == (("DK",), ())


def test_countries_and_their_parts_have_names():
    assert [name_of(code) for code in ("DE", "US-CA", ELSEWHERE)] == [
        "Germany",
        "the United States (CA)",
        "another country",
    ]
