"""Why a person is not written to any more on a channel: messages came back, or they complained."""

from segue.profiles.profile import Part

BOUNCED, COMPLAINED = "Email Bounced", "Email Marked as Spam"

_WORDS = {BOUNCED: "an e-mail bounced", COMPLAINED: "they marked an e-mail as spam"}


def why_suppressed(part: Part, channel: str) -> str:
    """Of which it was, as far as the counts of events tell: a bounce that passes has a count too."""
    since = part.suppressions[channel]
    within = {name: seen for name in _WORDS if (seen := part.events.get(name)) and seen.first <= since <= seen.last}
    exact = [name for name, seen in within.items() if seen.first == since] or list(within)
    return _WORDS[exact[0]] if len(exact) == 1 else "an e-mail bounced, or they marked one as spam"
