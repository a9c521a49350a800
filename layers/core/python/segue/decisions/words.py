"""A decision in one sentence, as a marketer would say it."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from segue.decisions.decision import CHOICE, FALLBACK, NEXT_MOMENT, Action, Check, Decision, SendRecord, SendState
from segue.events.zones import zone_named
from segue.profiles.profile import Profile

#: A day of the week is enough until it comes again.
_A_WEEK = timedelta(days=7)

#: As a check writes a moment (`segue.decisions.rule.minute`).
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")

#: The lines that sum up.
_SUMS = frozenset({CHOICE, FALLBACK, NEXT_MOMENT})

#: What it means that a check holds a message back, by its name.
_HELD = {
    "hours": "it is too early or too late",
    "quiet hours": "the person has set quiet hours",
    "preferred hours": "the person prefers other hours",
    "closed days": "it is a closed day",
    "cool-down": "the last message was too short a while ago",
    "do not disturb": "the person does not want to be disturbed",
    "profile pause": "the person is left in peace",
}


def zone_of(profile: Profile) -> tzinfo:
    """The person's own, or UTC when it is not known."""
    stated = profile.whole.time_zone
    return (zone_named(str(stated.value)) if stated else None) or UTC


def sentence(decision: Decision, zone: tzinfo) -> str:
    """What was decided, and everything that stood in the way, with times where the person is."""
    why = localised("; ".join(_in_the_way(decision, zone)), zone)
    match decision.action:
        case Action.SEND:
            chosen = next((check.saw for check in decision.trace if _chooses(check)), "")
            return f"To be sent by {chosen}." if chosen else f"To be sent by {decision.channel}: every check passed."
        case Action.DEFER:
            until = f" to {moment(decision.due, zone)}" if decision.due else ""
            return f"Deferred{until}: {why or _small(decision.reason.meaning)}."
        case Action.DROP if too_late := _too_late(decision):
            return f"Dropped: {localised(too_late.saw, zone)}{f': {why}' if why else ''}."
        case Action.DROP:
            return f"Dropped: {_small(decision.reason.meaning).rstrip('.')}{f' ({why})' if why else ''}."


def told(record: SendRecord, zone: tzinfo) -> str | None:
    """What has become of a message: how it ended, or else the last answer; `None` before the first."""
    decided = record.decisions[-1] if record.decisions else None
    if record.finished_at is None or (decided and decided.action is Action.DROP):
        return sentence(decided, zone) if decided else None
    when = moment(record.finished_at, zone)
    if record.state is SendState.SENT:
        again = ", called twice because the first answer was lost" if record.repeated else ""
        return f"Sent by {record.message.channel} on {when}{again}."
    return f"{record.state.value.capitalize()} on {when}: {ending(record)}."


def ending(record: SendRecord) -> str:
    """Why it ended as it did, with what is known of a failure; a part of a sentence."""
    meaning = _small(record.reason.meaning).rstrip(".") if record.reason else ""
    return f"{meaning} ({record.detail})" if record.detail else meaning


def against(check: Check) -> str:
    """What a check has against a message, as a part of a sentence. What refuses it for good says so by itself."""
    name, saw = check.name, check.saw
    if check.verdict == "fail":
        return saw
    if name in _HELD:
        return f"{_HELD[name]} ({saw})"
    if name.startswith("law: "):
        law, no_more, _ = name.removeprefix("law: ").partition(", how many")
        return f"the law allows {'no more for now' if no_more else 'it at other hours'} ({law}: {saw})"
    cap, slowed, _ = name.replace("cap: ", "cap on ").partition(", slowed")
    if cap.endswith(" cap") or cap.startswith("cap on "):
        return f"the {cap} is {'nearly full' if slowed else 'full'} ({saw})"
    return saw


def localised(text: str, zone: tzinfo) -> str:
    """With the moments that checks write in UTC as the clocks show them where the person is."""
    return _MOMENT.sub(lambda found: f"{moment(_read(found[0]), zone)}", text)


def name_of(check: Check) -> str:
    """With the channel that it is about, where the name does not say so."""
    return check.name if check.channel is None or check.channel in check.name else f"{check.channel}, {check.name}"


def _chooses(check: Check) -> bool:
    return check.verdict == "pass" and check.name in (CHOICE, FALLBACK)


def _too_late(decision: Decision) -> Check | None:
    return next((check for check in decision.trace if check.name == NEXT_MOMENT and check.verdict == "fail"), None)


def _in_the_way(decision: Decision, zone: tzinfo) -> Iterator[str]:
    """Each thing once, by which channels it holds if it is not all of them.

    What is refused for good is told without what holds it for a while besides, and a fallback, for which nothing waits,
    not at all.
    """
    fallbacks = {check.channel for check in decision.trace if check.name == FALLBACK and check.channel}
    checks = [check for check in decision.trace if check.name not in _SUMS and check.channel not in fallbacks]
    found: dict[str, list[str | None]] = {}
    for_good = decision.action is Action.DROP and _too_late(decision) is None
    for check in _stands(checks, for_good=for_good):
        what = check.saw if for_good else against(check)
        found.setdefault(f"{what}{_until(check, decision, zone)}", []).append(check.channel)
    everywhere = {check.channel for check in checks} - {None}
    for what, channels in found.items():
        some = [channel for channel in channels if channel and channel not in what]
        yield what if not some or set(channels) == everywhere else f"by {' and '.join(some)}, {what}"


def _stands(checks: Iterable[Check], *, for_good: bool) -> list[Check]:
    refused = {check.channel for check in checks if check.verdict == "fail"}
    return [
        check
        for check in checks
        if check.verdict == "fail"
        or (
            check.verdict == "wait"
            and refused.isdisjoint((None, check.channel))
            and not (for_good and check.until is not None)
        )
    ]


def _until(check: Check, decision: Decision, zone: tzinfo) -> str:
    """A deferral names the day itself; of a drop, nothing else does."""
    if check.until is None or check.until <= decision.at:
        return ""
    local = check.until.astimezone(zone)
    ahead = local.date() - decision.at.astimezone(zone).date()
    if decision.due and not ahead:
        return f" until {local:%H:%M}"
    return f" until {local:%a %H:%M}" if decision.due and ahead < _A_WEEK else f" until {local:%a %Y-%m-%d %H:%M}"


def _read(moment: str) -> datetime:
    return datetime.fromisoformat(moment.removesuffix(" UTC")).replace(tzinfo=UTC)


def moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M} in {zone}"


def _small(meaning: str) -> str:
    return meaning[0].lower() + meaning[1:]
