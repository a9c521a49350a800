"""What kind of device an event came from, by whatever tells most surely.

A name of a bot, then what the client says of its device, then what the browser and CloudFront say in headers, then the
user agent by the few rules that MDN advises
(https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/Browser_detection_using_the_user_agent), then the operating
system. An iPad's browser calls itself a Mac: it is a desktop here, as it wishes.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from segue.events.enrichment.visitor import Visitor


class Device(StrEnum):
    DESKTOP = "desktop"
    MOBILE = "mobile"
    TABLET = "tablet"
    TV = "tv"
    WEARABLE = "wearable"
    BOT = "bot"
    SERVER = "server"


#: By what `context.device.type` and `context.os.name` say, in lower case. Segment's mobile libraries give the system.
_TYPES: Mapping[str, Device] = {
    **{device.value: device for device in Device},
    **dict.fromkeys(("phone", "smartphone", "handset", "ios", "iphone", "android"), Device.MOBILE),
    **dict.fromkeys(("ipad", "ipados"), Device.TABLET),
    **dict.fromkeys(("smarttv", "smart tv", "tvos", "android tv", "console"), Device.TV),
    **dict.fromkeys(("watch", "watchos", "wear os"), Device.WEARABLE),
    **dict.fromkeys(("computer", "pc", "mac", "macos", "mac os x", "windows", "linux", "chrome os"), Device.DESKTOP),
}

#: A longer user agent is nobody's, and each rule is looked for from each of its characters.
_MOST_AGENT_CHARACTERS = 512

#: The first that is found. They are compiled when first needed, since most of a server's calls need none.
_AGENTS: tuple[tuple[Device, str], ...] = (
    (Device.BOT, r"bot[/;)]|\bbot\b|crawl|spider|slurp|headless|lighthouse|facebookexternalhit|linkpreview"),
    (Device.SERVER, r"^(curl|wget|python|java|ruby|php|go-http-client|axios|node|undici|apache-http)"),
    (
        Device.TV,
        r"smart-?tv|hbbtv|googletv|apple ?tv|bravia|netcast|web0s|aft[a-z]{1,10} build|roku|crkey|playstation|xbox",
    ),
    (Device.WEARABLE, r"watch"),
    (Device.TABLET, r"ipad|tablet|kindle|android(?!.*mobi)"),
    (Device.MOBILE, r"mobi|iphone|ipod|android"),
    (Device.DESKTOP, r"windows nt|macintosh|x11|cros|linux"),
)


def device_class(context: Mapping[str, Any], visitor: Visitor) -> Device | None:
    """`None` where nothing tells, such as with an event of a server's library."""
    agent = context.get("userAgent")
    by_agent = _by_agent(agent if isinstance(agent, str) else visitor.user_agent)
    if by_agent is Device.BOT:
        return by_agent
    return (
        _by_type(context.get("device"))
        or _by_hints(context.get("userAgentData"))
        or (Device(visitor.device) if visitor.device else None)
        or (Device.MOBILE if visitor.mobile_hint else None)
        or by_agent
        or _by_name(context.get("os"), "name")
    )


def _by_type(device: Any) -> Device | None:
    """A tablet of Apple's says `ios` like a phone, but tells its model."""
    found = _by_name(device, "type")
    model = device.get("model") if found is Device.MOBILE else None
    return Device.TABLET if isinstance(model, str) and model.lower().startswith("ipad") else found


def _by_name(said: Any, word: str) -> Device | None:
    name = said.get(word) if isinstance(said, dict) else None
    return _TYPES.get(name.strip().lower()) if isinstance(name, str) else None


def _by_hints(hints: Any) -> Device | None:
    """The client hints (https://wicg.github.io/ua-client-hints/), as Segment's browser library hands them on."""
    if not isinstance(hints, dict) or not isinstance(hints.get("mobile"), bool):
        return None
    if hints["mobile"]:
        return Device.MOBILE
    by_system = _TYPES.get(str(hints.get("platform", "")).lower())
    return Device.TABLET if by_system is Device.MOBILE else by_system


def _by_agent(said: str) -> Device | None:
    agent = said[:_MOST_AGENT_CHARACTERS]
    return next((device for device, rule in _AGENTS if agent and re.search(rule, agent, re.IGNORECASE)), None)
