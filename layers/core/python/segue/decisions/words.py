"""A decision in one sentence, as a marketer would say it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from segue.decisions.decision import CHOICE, FALLBACK, NEXT_MOMENT, Action, Check, Decision, SendRecord, SendState
from segue.events.zones import zone_named
from segue.profiles.profile import Profile

#: A day of the week is enough until it comes again.
_A_WEEK = timedelta(days=7)


def zone_of(profile: Profile) -> tzinfo:
    """The person's own, or UTC when it is not known."""
    stated = profile.whole.time_zone
    return (zone_named(str(stated.value)) if stated else None) or UTC


def sentence(decision: Decision, zone: tzinfo) -> str:
    """What was decided, and everything that stood in the way, with times where the person is."""
    why = "; ".join(_in_the_way(decision, zone))
    match decision.action:
        case Action.SEND:
            chosen = next((check.saw for check in decision.trace if _chooses(check)), "")
            return f"To be sent by {chosen}." if chosen else f"To be sent by {decision.channel}: every check passed."
        case Action.DEFER:
            until = f" to {_moment(decision.due, zone)}" if decision.due else ""
            return f"Deferred{until}: {why or _small(decision.reason.meaning)}."
        case Action.DROP:
            return f"Dropped: {_small(decision.reason.meaning).rstrip('.')}{f' ({why})' if why else ''}."


def told(record: SendRecord, zone: tzinfo) -> str | None:
    """What has become of a message: how it ended, or else the last answer; `None` before the first."""
    decided = record.decisions[-1] if record.decisions else None
    if record.finished_at is None or (decided and decided.action is Action.DROP):
        return sentence(decided, zone) if decided else None
    moment = _moment(record.finished_at, zone)
    if record.state is SendState.SENT:
        again = ", called twice because the first answer was lost" if record.repeated else ""
        return f"Sent by {record.message.channel} on {moment}{again}."
    return f"{record.state.value.capitalize()} on {moment}: {_small(ending(record))}."


def ending(record: SendRecord) -> str:
    """Why it ended as it did, with what is known of a failure; without a full stop."""
    meaning = record.reason.meaning.rstrip(".") if record.reason else ""
    return f"{meaning} ({record.detail})" if record.detail else meaning


def _chooses(check: Check) -> bool:
    return check.verdict == "pass" and check.name in (CHOICE, FALLBACK)


def _in_the_way(decision: Decision, zone: tzinfo) -> Iterator[str]:
    """What is refused for good is told without what holds it for a while besides."""
    trace = [check for check in decision.trace if check.name != CHOICE]
    refused = {check.channel for check in trace if check.verdict == "fail" and check.name != NEXT_MOMENT}
    for check in trace:
        if check.verdict == "fail" or (check.verdict == "wait" and refused.isdisjoint((None, check.channel))):
            yield f"{name_of(check)}: {check.saw}{_until(check, decision.at, zone)}"


def name_of(check: Check) -> str:
    """With the channel that it is about, where the name does not say so."""
    return check.name if check.channel is None or check.channel in check.name else f"{check.channel}, {check.name}"


def _until(check: Check, now: datetime, zone: tzinfo) -> str:
    if check.until is None:
        return ""
    local = check.until.astimezone(zone)
    ahead = local.date() - now.astimezone(zone).date()
    if not ahead:
        return f", free from {local:%H:%M}"
    return f", free from {local:%a %H:%M}" if ahead < _A_WEEK else f", free from {local:%a %Y-%m-%d %H:%M}"


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M} in {zone}"


def _small(meaning: str) -> str:
    return meaning[0].lower() + meaning[1:]
