"""Whether a person consents to a purpose: what they said last decides, else the policy for where they are."""

from datetime import datetime, timedelta
from functools import reduce
from typing import NamedTuple

from segue.decisions.people import Purpose, SoftOptIn
from segue.decisions.policy import Policy
from segue.decisions.regimes import STRICTEST, Regime, regime_of
from segue.profiles.consent import Consent, Consents
from segue.profiles.countries import name_of
from segue.profiles.profile import Part
from segue.profiles.whereabouts import Whereabouts, whereabouts


class Standing(NamedTuple):
    """`saw` is for a marketer: what was said, or what holds without it, and why."""

    granted: bool
    saw: str


def standing(purpose: str, channel: str | None, part: Part, policy: Policy, now: datetime) -> Standing:
    """Without a channel, on every one."""
    return stated(purpose, part, policy) or by_default(purpose, channel, part, policy, now)


def stated(purpose: str, part: Part, policy: Policy) -> Standing | None:
    """What the person, or their browser, said of it: whatever the channel."""
    said = said_of(purpose, part, policy)
    if part.opted_out and policy.purpose(purpose).gpc and not _granted_since(part.opted_out, said):
        return Standing(False, f"{purpose}: opted out by Global Privacy Control on {part.opted_out:%Y-%m-%d}")
    return Standing(said.granted, f"{purpose}: {_told(said.latest)}") if said else None


def said_of(purpose: str, part: Part, policy: Policy) -> Consents | None:
    """Everything remembered, under whatever name it was said: of two at once the more restrictive is the latest."""
    found = [said for name in policy.said_as(purpose) if (said := part.said_of(name))]
    return reduce(Consents.merge, found) if found else None


def by_default(purpose: str, channel: str | None, part: Part, policy: Policy, now: datetime) -> Standing:
    """Of a person who was never asked. Of the places where they may be, the strictest decides."""
    rules = policy.purpose(purpose)
    if rules.default != "by_region" and not rules.regions:
        return Standing(rules.default == "granted", f"{purpose}: never asked, {rules.default} by default")
    there = whereabouts(part)
    refusing = next((place for place in there.regions if not _grants(rules, purpose, channel, place)), None)
    if not there.regions:
        refused = rules.default != "granted" or "denied" in rules.regions.values()
        word = "denied" if refused else "granted"
        return Standing(not refused, f"{purpose}: never asked; region unknown, so {word} as where it is strictest")
    if refusing is None:
        return Standing(True, f"{purpose}: {_in('granted', there.regions[0], rules, there)}; never asked")
    if all(
        _grants(rules, purpose, channel, place) or _softly(rules, place, channel, part, now) for place in there.regions
    ):
        return Standing(True, f"{purpose}: existing customer {_in('', refusing, rules, there)}; never asked")
    return Standing(False, f"{purpose}: {_in('denied', refusing, rules, there)}; never asked")


def _granted_since(signal: datetime, said: Consents | None) -> bool:
    """The person's own later yes to this business goes before the browser's general no, however often that comes.

    Cal. Code Regs. tit. 11, § 7025(c)(3): who consents after the signal may be taken at their word. A yes from before
    the signal is overruled by it, and a consent manager's stamp on an event is not the person's own.
    """
    if said is None or not said.granted:
        return False
    return any(consent.granted and consent.explicit and consent.at > signal for consent in said.history)


def _grants(rules: Purpose, purpose: str, channel: str | None, region: str) -> bool:
    country, _, part = region.partition("-")
    if region in rules.regions:
        return rules.regions[region] == "granted"
    parts = [said for place, said in rules.regions.items() if place.startswith(f"{country}-")]
    if not part and "denied" in parts:
        return False
    if country in rules.regions:
        return rules.regions[country] == "granted"
    return regime_of(region).grants(purpose, channel) if rules.default == "by_region" else rules.default == "granted"


def _softly(rules: Purpose, region: str, channel: str | None, part: Part, now: datetime) -> bool:
    """The exception for existing customers, where the policy has chosen it and the law has it for the channel."""
    regime, choice = regime_of(region), rules.soft_opt_in
    if choice is None or rules.default != "by_region" or _stated(rules, region):
        return False
    bought = part.events.get(choice.event)
    return channel in regime.soft_opt_in and bought is not None and now < bought.last + _longest(choice, regime)


def _longest(choice: SoftOptIn, regime: Regime) -> timedelta:
    return min(choice.within, regime.soft_within) if regime.soft_within else choice.within


def _stated(rules: Purpose, region: str) -> bool:
    """Whether the policy itself says what holds there, rather than the table."""
    country = region.partition("-")[0]
    return any(place.partition("-")[0] == country for place in rules.regions)


def _in(word: str, region: str, rules: Purpose, there: Whereabouts) -> str:
    regime = regime_of(region)
    law = "the policy" if rules.default != "by_region" or _stated(rules, region) else regime.name
    law = "no law looked up" if regime is STRICTEST and law == regime.name else law
    others = (
        f", or {' or '.join(name_of(each) for each in there.regions if each != region)}" if there.regions[1:] else ""
    )
    by = f"{word} by default " if word else ""
    return f"{by}in {name_of(region)}{others} ({law}), known {there.how}"


def _told(said: Consent) -> str:
    if not (said.source or said.text_version or said.page or said.method):
        return f"{said.said} on {said.at.date()}"
    how = [f"text {said.text_version}" if said.text_version else "", said.source, said.page or "", said.method or ""]
    return f"{said.said} on {said.at.date()} ({', '.join(word for word in how if word)})"
