"""The countries there are, by ISO 3166-1, and where the time zones are: from the tables of the locked `tzdata`."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from segue.profiles.us_states import STATES, state, zones_of_state

#: A country that was said, but is none that we know: ISO 3166 keeps the code free. No row of any table names it.
ELSEWHERE = "ZZ"

_CALLED_HERE = {"US": "the United States", "GB": "the United Kingdom", ELSEWHERE: "another country"}

_PART = re.compile(r"[A-Z0-9]{1,3}")

#: As people and devices write them, beside the two letters and the name of the table.
_ALSO: Mapping[str, str] = {
    "USA": "US", "UNITED STATES OF AMERICA": "US", "U.S.": "US", "U.S.A.": "US", "AMERICA": "US",
    "CAN": "CA", "UK": "GB", "GBR": "GB", "UNITED KINGDOM": "GB", "GREAT BRITAIN": "GB", "ENGLAND": "GB",
    "SCOTLAND": "GB", "WALES": "GB", "NORTHERN IRELAND": "GB", "CHE": "CH", "SCHWEIZ": "CH", "SUISSE": "CH",
    "SVIZZERA": "CH", "EL": "GR", "AUT": "AT", "BEL": "BE", "BGR": "BG", "HRV": "HR", "CYP": "CY", "CZE": "CZ",
    "CZECHIA": "CZ", "DNK": "DK", "EST": "EE", "FIN": "FI", "FRA": "FR", "DEU": "DE", "DEUTSCHLAND": "DE", "GRC": "GR",
    "HUN": "HU", "IRL": "IE", "ITA": "IT", "ITALIA": "IT", "LVA": "LV", "LTU": "LT", "LUX": "LU", "MLT": "MT",
    "NLD": "NL", "THE NETHERLANDS": "NL", "POL": "PL", "PRT": "PT", "ROU": "RO", "SVK": "SK", "SVN": "SI", "ESP": "ES",
    "ESPAÑA": "ES", "SWE": "SE", "ISL": "IS", "LIE": "LI", "NOR": "NO",
}  # fmt: skip

#: ITU-T E.164. +1 is shared; who is called by another code is elsewhere.
_CALLED: Mapping[str, tuple[str, ...]] = {
    "1": ("US", "CA"), "30": ("GR",), "31": ("NL",), "32": ("BE",), "33": ("FR",), "34": ("ES",), "350": ("GI",),
    "351": ("PT",), "352": ("LU",), "353": ("IE",), "354": ("IS",), "356": ("MT",), "357": ("CY",), "358": ("FI",),
    "359": ("BG",), "36": ("HU",), "370": ("LT",), "371": ("LV",), "372": ("EE",), "385": ("HR",), "386": ("SI",),
    "39": ("IT",), "40": ("RO",), "41": ("CH",), "420": ("CZ",), "421": ("SK",), "423": ("LI",), "43": ("AT",),
    "44": ("GB",), "45": ("DK",), "46": ("SE",), "47": ("NO",), "48": ("PL",), "49": ("DE",),
}  # fmt: skip


def country(written: str) -> str:
    """The two letters of what somebody wrote, or `ELSEWHERE`."""
    text = written.strip().upper()
    if text in _ALSO:
        return _ALSO[text]
    return text if text in _names() else _by_name().get(text, ELSEWHERE)


def is_country(code: str) -> bool:
    """Whether ISO 3166 gives these two letters to one."""
    return code in _names()


def region(country_written: str, part_written: str | None = None) -> str:
    """`DE`, or `US-CA` when the part is written by its ISO 3166-2 code; a state of the US also by its name."""
    code = country(country_written)
    part = (part_written or "").strip().upper().removeprefix(f"{code}-")
    part = (state(part) or part) if code == "US" else part
    return f"{code}-{part}" if code != ELSEWHERE and _PART.fullmatch(part) else code


def name_of(code: str) -> str:
    """In English, of a country or a part of one."""
    land, _, part = code.partition("-")
    named = _CALLED_HERE.get(land) or _names().get(land, land)
    return f"{named} ({part})" if part else named


def of_phone(number: str) -> tuple[str, ...]:
    """Where a number written as `+49…` may be; none if it is written otherwise."""
    digits = "".join(char for char in number if char.isdigit())
    if not number.strip().startswith("+") or not digits:
        return ()
    return next((_CALLED[digits[:size]] for size in (1, 2, 3) if digits[:size] in _CALLED), (ELSEWHERE,))


def of_time_zone(zone: str) -> tuple[str, ...]:
    """The countries in which a zone is the time; none for one that is of no country, such as `UTC`."""
    return _of_zones().get(zone, ())


def time_zones_of(place: str) -> tuple[str, ...]:
    """The zones that are the time somewhere in a country, or in a state of the US; of other parts, in their country.

    None for what is no country.
    """
    country_of, _, part = place.partition("-")
    if country_of != "US":
        return _by_country().get(country_of, ())
    states = (part,) if part in STATES else tuple(STATES)
    return tuple(dict.fromkeys(zone for each in states for zone in zones_of_state(each)))


@cache
def _by_country() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for codes, _, zone, *_ in _rows("zone1970.tab"):
        for code in codes.split(","):
            found.setdefault(code, []).append(zone)
    return {code: tuple(zones) for code, zones in found.items()}


@cache
def _names() -> Mapping[str, str]:
    return {code: named for code, named, *_ in _rows("iso3166.tab")}


@cache
def _by_name() -> Mapping[str, str]:
    return {named.upper(): code for code, named in _names().items()}


@cache
def _of_zones() -> Mapping[str, tuple[str, ...]]:
    """`zone1970.tab` knows all countries of a zone, `zone.tab` has the zones that are another's by now."""
    single = {zone: (code,) for code, _, zone, *_ in _rows("zone.tab")}
    return single | {zone: tuple(codes.split(",")) for codes, _, zone, *_ in _rows("zone1970.tab")}


def _rows(table: str) -> Iterator[list[str]]:
    text = files("tzdata").joinpath("zoneinfo", table).read_text(encoding="utf-8")
    return (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
