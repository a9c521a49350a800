"""What holds for a person who was never asked, by the law of where they are. Data: each row with its source and date.

A row says on what nobody needs to be asked; everything else needs consent first. Where no row is, the last one holds,
which is the strictest there is: nobody has looked that law up. The page docs/consent.md shows this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

#: The purposes that the rows speak of.
PURPOSES = ("marketing", "ads", "analytics")

#: Every channel.
ANY = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """`opt_out`: the purposes that need no consent before, with the channels on which they do not.

    `soft_opt_in`: the channels on which a policy may choose to write to existing customers without having asked them;
    `soft_within`: for how long after the purchase. `since` is when the law came into force.
    """

    name: str
    countries: tuple[str, ...]
    law: str
    source: str
    since: date
    opt_out: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    soft_opt_in: frozenset[str] = frozenset()
    soft_within: timedelta | None = None

    def grants(self, purpose: str, channel: str | None) -> bool:
        """Whether a person who was never asked may be taken as willing; without a channel, on every one."""
        if purpose not in self.opt_out:
            return False
        channels = self.opt_out[purpose]
        return channels is ANY or channel in channels


#: When the rows were looked up, in copies of the laws and what is written on them; `source` is the law itself.
CHECKED = date(2026, 11, 24)

_MAIL = frozenset({"email", "sms"})

_EEA = ("AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU",
        "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "IS", "LI", "NO")  # fmt: skip

REGIMES = (
    Regime(
        name="GDPR opt-in",
        countries=_EEA,
        law="Directive 2002/58/EC, Articles 5(3) and 13; consent as in GDPR, Articles 4(11) and 7",
        source="https://eur-lex.europa.eu/eli/dir/2002/58/oj",
        since=date(2018, 5, 25),
        soft_opt_in=_MAIL,
    ),
    Regime(
        name="UK GDPR and PECR opt-in",
        countries=("GB",),
        law="Privacy and Electronic Communications Regulations 2003, regulations 6 and 22",
        source="https://www.legislation.gov.uk/uksi/2003/2426",
        since=date(2003, 12, 11),
        soft_opt_in=_MAIL,
    ),
    Regime(
        name="Swiss UCA opt-in",
        countries=("CH",),
        law="Unfair Competition Act, Article 3(1)(o); stricter than asked for ads and analytics",
        source="https://www.fedlex.admin.ch/eli/cc/1988/223_223_223/en",
        since=date(2007, 4, 1),
        soft_opt_in=_MAIL,
    ),
    Regime(
        name="CASL opt-in",
        countries=("CA",),
        law="Canada's Anti-Spam Legislation, S.C. 2010, c. 23, sections 6 and 10: every commercial electronic message",
        source="https://laws-lois.justice.gc.ca/eng/acts/E-1.6/",
        since=date(2014, 7, 1),
        soft_opt_in=_MAIL,
        soft_within=timedelta(days=730),
    ),
    Regime(
        name="US opt-out",
        countries=("US",),
        law="CAN-SPAM, 15 U.S.C. 7704 (e-mail); TCPA, 47 CFR 64.1200 (text messages: written consent first); "
        "Cal. Civ. Code 1798.120 (ads: opt-out)",
        source="https://www.law.cornell.edu/uscode/text/15/7704",
        since=date(2004, 1, 1),
        opt_out={
            "marketing": frozenset({"email", "push", "in_app", "inbox", "badge", "silent"}),
            "ads": ANY,
            "analytics": ANY,
        },
    ),
)

STRICTEST = Regime(
    name="opt-in, the strictest",
    countries=(),
    law="None was looked up",
    source="",
    since=CHECKED,
)


def regime_of(region: str) -> Regime:
    """Of a country, or a part of one: `DE`, `US-CA`."""
    return _by_country().get(region.partition("-")[0], STRICTEST)


@cache
def _by_country() -> Mapping[str, Regime]:
    return {country: regime for regime in REGIMES for country in regime.countries}
