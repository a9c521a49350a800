"""Why a decision was what it was: one closed set, stable, carried to metrics, logs, domain events, API and console."""

from enum import unique

from segue.worded import Worded


@unique
class Reason(Worded):
    """The value is the code; `meaning` is the sentence for a marketer."""

    # send
    ALLOWED = "allowed", "Every check passed."
    # defer
    OUTSIDE_WINDOW = "outside_window", "It is outside the hours in which this channel may be used where the person is."
    JURISDICTION = "jurisdiction", "The law where the person is does not allow it at this hour, or so often."
    QUIET_HOURS = "quiet_hours", "The person has set quiet hours."
    HOLIDAY = "holiday", "It is a public holiday where the person is, or a closed day of the policy."
    PREFERRED_HOURS = "preferred_hours", "The person prefers other hours, which come before the message expires."
    CHANNEL_CAP = "channel_cap", "The person has had as many messages on this channel as the policy allows for now."
    TOTAL_CAP = "total_cap", "The person has had as many messages over all channels as the policy allows for now."
    TOPIC_CAP = "topic_cap", "The person has had as many messages about this as the policy allows for now."
    COOL_DOWN = "cool_down", "The last message to the person was too short a while ago."
    SLOWED = "slowed", "A cap is nearly full: what is left of it is spread out, and less urgent messages wait longest."
    MORE_URGENT = "more_urgent", "The room that is left is kept for a more urgent message to the same person."
    CHANNEL_BUSY = "channel_busy", "The channel took no more just then; the message is tried again soon."
    # defer, or drop while no end is known
    PROFILE_PAUSED = (
        "profile_paused",
        "Something has happened to the person, after which the policy leaves them in peace.",
    )
    DO_NOT_DISTURB = "do_not_disturb", "The person has asked not to be disturbed."
    # drop
    RUN_ENDED = "run_ended", "The journey's run is over: the goal was reached, or the person left."
    CANCELLED = "cancelled", "Whoever asked for the message, or the person it was for, no longer wants it."
    MAX_TOUCHES = "max_touches", "The journey's run has sent as many messages as the journey allows."
    JOURNEY_PAUSED = "journey_paused", "The journey is paused."
    EXPIRED = "expired", "No permissible moment is left before the message expires."
    SUPPRESSED = "suppressed", "The address bounced, or the person complained."
    NO_CONSENT = "no_consent", "The person has not consented to this purpose."
    UNSUBSCRIBED = "unsubscribed", "The person unsubscribed from this channel or topic, or never subscribed to it."
    UNREACHABLE = "unreachable", "There is no address for this channel."
    NO_VISIT = "no_visit", "The channel is for people who are there, and the person is not."
    UNKNOWN_TIME_ZONE = "unknown_time_zone", "The person's time zone is unknown, and the policy says to drop."
    UNKNOWN_PROFILE = "unknown_profile", "There is no such person."
    # what became of a message that was decided `send`
    RENDER_FAILED = "render_failed", "The template could not be rendered for this person."
    CHANNEL_REFUSED = "channel_refused", "The channel refused the message for good."
    OUTCOME_UNKNOWN = (
        "outcome_unknown",
        "The channel's answer was lost: the message may have gone out, and is not sent again, lest it come twice.",
    )


#: Hold many people back until one and the same moment, such as an opening; others until a moment of each one's own.
SHARED = frozenset(
    {Reason.OUTSIDE_WINDOW, Reason.JURISDICTION, Reason.QUIET_HOURS, Reason.HOLIDAY, Reason.PREFERRED_HOURS}
)

#: Hold a request back, most of the time, and end it only where no waiting would help.
HOLD_BACK = SHARED | {
    *(Reason.CHANNEL_CAP, Reason.TOTAL_CAP, Reason.TOPIC_CAP, Reason.COOL_DOWN, Reason.SLOWED, Reason.MORE_URGENT),
    *(Reason.CHANNEL_BUSY, Reason.PROFILE_PAUSED, Reason.DO_NOT_DISTURB),
}
