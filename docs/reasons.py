"""Makes reasons.md: for each reason what becomes of the message, and what can be done."""  # noqa: INP001 - docs/ is no package

from collections.abc import Mapping

from segue.decisions.reasons import HOLD_BACK, Reason

_HEAD = """# Reasons

Every decision has one reason, and so has every message that did not go out. The codes are one closed set and stable:
they stand in the logs, in the metric `Decisions`, in what the bus is told, and in `segue why`. (This page is made of
`segue/decisions/reasons.py` by `make docs`.)

What **waits** has a moment at which it is decided again, and goes by itself when everything allows it; it is dropped
only when the message expires before that moment. Then its reason is `expired`, and not what held it back: so closed
hours, quiet hours and full caps all end in `expired` when a message does not live long enough, and the trace in
`segue why` shows which of them it was. It is dropped at once, with the reason itself, where no waiting would ever help:
a cap with `when_full: stop`, a law that never allows it, a pause without an end.

What was **dropped** was never handed to a channel, and nobody was reached. What **failed** had been let go, and did not
go out, or not for certain.

| code | what it means | what becomes of the message | what you can do |
|---|---|---|---|
"""

#: Of a message that was decided `send`.
_FAILS = frozenset({Reason.RENDER_FAILED, Reason.CHANNEL_REFUSED, Reason.OUTCOME_UNKNOWN})

_REMEDIES: Mapping[Reason, str] = {
    Reason.ALLOWED: "nothing",
    Reason.OUTSIDE_WINDOW: "nothing; or a wider `window` for the channel, or another channel or fallback",
    Reason.JURISDICTION: "nothing; [the page of laws](jurisdictions.md) says which there are, and how one is left out",
    Reason.QUIET_HOURS: "nothing: they are the person's own",
    Reason.HOLIDAY: "nothing; or fewer days under `closed`",
    Reason.PREFERRED_HOURS: "nothing; of a message that would expire by then the wish is passed over",
    Reason.CHANNEL_CAP: "fewer messages, a higher `cap` of the channel, or a higher `priority` for what matters",
    Reason.TOTAL_CAP: "fewer messages, a higher `total`, or a higher `priority` for what matters",
    Reason.TOPIC_CAP: "fewer messages on the topic, or a higher cap for it",
    Reason.COOL_DOWN: "nothing; or a shorter `cool_down`",
    Reason.SLOWED: "nothing; or a higher `priority`, or less of a distance under `slow`",
    Reason.MORE_URGENT: "nothing; or a higher `priority` for this one",
    Reason.CHANNEL_BUSY: "nothing; if it goes on, see the alarm `TurnedAway` in [operations](operations.md#alarms)",
    Reason.PROFILE_PAUSED: "nothing; or see `pauses` in policy.yaml",
    Reason.DO_NOT_DISTURB: "nothing: it is the person's own wish",
    Reason.RUN_ENDED: "nothing: the journey has done its work, or was left",
    Reason.CANCELLED: "ask for it anew, if it is wanted after all",
    Reason.MAX_TOUCHES: "a higher `max_touches` in the journey",
    Reason.JOURNEY_PAUSED: "`segue unpause`; what was dropped meanwhile does not come back",
    Reason.EXPIRED: "see in `segue why` what stood in the way; a longer `expires_after` lets it wait for that",
    Reason.SUPPRESSED: "another channel, or a new address from the person",
    Reason.NO_CONSENT: "ask the person; [consent](consent.md) tells what counts as one",
    Reason.UNSUBSCRIBED: "nothing: it is the person's own wish",
    Reason.UNREACHABLE: "another channel, or an event that says the address",
    Reason.NO_VISIT: "a fallback, such as the inbox",
    Reason.UNKNOWN_TIME_ZONE: "send the time zone with events, or choose another `unknown_time_zone`",
    Reason.UNKNOWN_PROFILE: "send an `identify` call first, or check the spelling",
    Reason.RENDER_FAILED: "give the template a `default` for what the person lacks; `segue why` shows which value",
    Reason.CHANNEL_REFUSED: "see in `segue why` what the channel said",
    Reason.OUTCOME_UNKNOWN: "nothing; a category that would rather come twice than never says `repeat: true`",
}


def reasons() -> str:
    rows = (
        f"| `{reason.value}` | {reason.meaning} | {_becomes(reason)} | {_REMEDIES[reason]} |\n" for reason in Reason
    )
    return _HEAD + "".join(rows)


def _becomes(reason: Reason) -> str:
    if reason is Reason.ALLOWED:
        return "sent"
    if reason in _FAILS:
        return "failed"
    return "waits" if reason in HOLD_BACK else "dropped"
