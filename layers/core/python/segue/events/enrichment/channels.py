"""By which channel somebody came, as Google Analytics 4 groups channels by default.

The channels, their names and their order are those of https://support.google.com/analytics/answer/9756891 ("manual
traffic": what links say, not what an advertising account knows), as of November 2026; `AI Assistant` came in May 2026
(https://support.google.com/analytics/answer/9164320). Google gives no place for it; no other rule but those on sources
could hold for it. Upper and lower case are the same.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from segue.events.enrichment.sites import Kind, site


class Channel(StrEnum):
    DIRECT = "Direct"
    CROSS_NETWORK = "Cross-network"
    PAID_SHOPPING = "Paid Shopping"
    PAID_SEARCH = "Paid Search"
    PAID_SOCIAL = "Paid Social"
    PAID_VIDEO = "Paid Video"
    DISPLAY = "Display"
    PAID_OTHER = "Paid Other"
    AI_ASSISTANT = "AI Assistant"
    ORGANIC_SHOPPING = "Organic Shopping"
    ORGANIC_SOCIAL = "Organic Social"
    ORGANIC_VIDEO = "Organic Video"
    ORGANIC_SEARCH = "Organic Search"
    REFERRAL = "Referral"
    EMAIL = "Email"
    AFFILIATES = "Affiliates"
    AUDIO = "Audio"
    SMS = "SMS"
    MOBILE_PUSH = "Mobile Push Notifications"
    UNASSIGNED = "Unassigned"


@dataclass(frozen=True, slots=True)
class Way:
    """Source, medium and campaign, in lower case. Nothing said is an empty text."""

    source: str
    medium: str
    campaign: str = ""

    def from_a(self, kind: Kind) -> bool:
        found = site(self.source)
        return found is not None and found[0] is kind

    @property
    def is_paid(self) -> bool:
        """As the expression `^(.*cp.*|ppc|retargeting|paid.*)$`."""
        return "cp" in self.medium or self.medium in ("ppc", "retargeting") or self.medium.startswith("paid")

    @property
    def names_shopping(self) -> bool:
        """As the expression `^(.*(([^a-df-z]|^)shop|shopping).*)$`: a shop, an e-shop, but no workshop."""
        return re.search(r"([^a-df-z]|^)shop|shopping", self.campaign) is not None


_DISPLAY = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
_SOCIAL = frozenset({"social", "social-network", "social-media", "sm", "social network", "social media"})
_EMAIL = frozenset({"email", "e-mail", "e_mail", "e mail"})

#: The first one that holds.
RULES: tuple[tuple[Channel, Callable[[Way], bool]], ...] = (
    (Channel.DIRECT, lambda way: way.source == "(direct)" and way.medium in ("(not set)", "(none)")),
    (Channel.CROSS_NETWORK, lambda way: "cross-network" in way.campaign),
    (Channel.PAID_SHOPPING, lambda way: way.is_paid and (way.from_a(Kind.SHOPPING) or way.names_shopping)),
    (Channel.PAID_SEARCH, lambda way: way.is_paid and way.from_a(Kind.SEARCH)),
    (Channel.PAID_SOCIAL, lambda way: way.is_paid and way.from_a(Kind.SOCIAL)),
    (Channel.PAID_VIDEO, lambda way: way.is_paid and way.from_a(Kind.VIDEO)),
    (Channel.DISPLAY, lambda way: way.medium in _DISPLAY),
    (Channel.PAID_OTHER, lambda way: way.is_paid),
    (Channel.AI_ASSISTANT, lambda way: way.medium == "ai-assistant"),
    (Channel.ORGANIC_SHOPPING, lambda way: way.from_a(Kind.SHOPPING) or way.names_shopping),
    (Channel.ORGANIC_SOCIAL, lambda way: way.from_a(Kind.SOCIAL) or way.medium in _SOCIAL),
    (Channel.ORGANIC_VIDEO, lambda way: way.from_a(Kind.VIDEO) or "video" in way.medium),
    (Channel.ORGANIC_SEARCH, lambda way: way.from_a(Kind.SEARCH) or way.medium == "organic"),
    (Channel.REFERRAL, lambda way: way.medium in ("referral", "app", "link")),
    (Channel.EMAIL, lambda way: way.source in _EMAIL or way.medium in _EMAIL),
    (Channel.AFFILIATES, lambda way: way.medium == "affiliate"),
    (Channel.AUDIO, lambda way: way.medium == "audio"),
    (Channel.SMS, lambda way: "sms" in (way.source, way.medium)),
    (
        Channel.MOBILE_PUSH,
        lambda way: (
            way.medium.endswith("push")
            or "mobile" in way.medium
            or "notification" in way.medium
            or way.source == "firebase"
        ),
    ),
)


def channel(source: str, medium: str, campaign: str = "") -> Channel:
    way = Way(source.strip().lower(), medium.strip().lower(), campaign.strip().lower())
    return next((channel for channel, holds in RULES if holds(way)), Channel.UNASSIGNED)
