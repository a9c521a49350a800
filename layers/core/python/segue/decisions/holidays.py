"""Public holidays by country and part of one, from the `holidays` library.

The library is imported with the first question, and of its 250 countries only the one that is asked for: 0.2 s of a
cold start instead of 0.5.
"""

import sys
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from types import ModuleType

_COUNTRIES = "holidays.countries"


@lru_cache(maxsize=4096)
def holidays_of(region: str, year: int) -> Mapping[date, str]:
    """Each with its English name where the library has one. Of a part that it does not know, those of the country."""
    country, _, part = region.partition("-")
    known = _library()
    for subdivision in dict.fromkeys((part or None, None)):
        try:
            return dict(known.country_holidays(country, subdiv=subdivision, years=year, language="en_US"))
        except NotImplementedError:
            continue
    return {}


def how_many(regions: tuple[str, ...], day: date) -> int:
    """In how many of them it is a holiday."""
    return sum(day in holidays_of(region, day.year) for region in regions)


@cache
def _library() -> ModuleType:
    import importlib.util  # noqa: PLC0415 - with the library

    if _COUNTRIES not in sys.modules and (spec := importlib.util.find_spec(_COUNTRIES)):
        # A package that is known but was not run: its `__init__` would import all countries.
        sys.modules[_COUNTRIES] = importlib.util.module_from_spec(spec)
    return importlib.import_module("holidays")
