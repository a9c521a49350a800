"""What the headers of a browser's call tell of who made it.

CloudFront's headers are there only if it stands before the API and is told to add them
(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html). Whoever calls the
API directly can write them too: they are worth as much as all else that comes with a browser key. No address is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from segue.events.zones import zone_named

#: By names in lower case.
Headers = Mapping[str, str]

_MOST_CHARACTERS = 100
#: A tablet may be called mobile too, so it comes first.
_VIEWERS = (("smarttv", "tv"), ("tablet", "tablet"), ("mobile", "mobile"), ("desktop", "desktop"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """`location` has Segment's names, the country and the region as the codes of ISO 3166. `device` is a class."""

    location: Mapping[str, Any] = field(default_factory=dict)
    time_zone: str | None = None
    device: str | None = None
    user_agent: str = ""
    mobile_hint: bool | None = None


#: Of whom nothing is told: the call of a server, whose headers speak of the server.
NOBODY = Visitor()


def visitor(headers: Headers) -> Visitor:
    zone = headers.get("cloudfront-viewer-time-zone", "")
    return Visitor(
        location=_location(headers),
        time_zone=zone if zone and zone_named(zone) else None,
        device=next((device for name, device in _VIEWERS if _is(headers, name)), None),
        user_agent=headers.get("user-agent", ""),
        mobile_hint={"?1": True, "?0": False}.get(headers.get("sec-ch-ua-mobile", "")),
    )


def _location(headers: Headers) -> dict[str, Any]:
    said: dict[str, Any] = {
        "country": _text(headers, "country"),
        "region": _text(headers, "country-region"),
        "city": _text(headers, "city"),
        "postal_code": _text(headers, "postal-code"),
        "latitude": _degrees(headers, "latitude", 90),
        "longitude": _degrees(headers, "longitude", 180),
    }
    return {name: value for name, value in said.items() if value is not None}


def _text(headers: Headers, name: str) -> str | None:
    """CloudFront percent-encodes what is not ASCII."""
    return unquote(headers.get(f"cloudfront-viewer-{name}", ""))[:_MOST_CHARACTERS].strip() or None


def _degrees(headers: Headers, name: str, most: int) -> float | None:
    try:
        degrees = float(headers.get(f"cloudfront-viewer-{name}", ""))
    except ValueError:
        return None
    return degrees if -most <= degrees <= most else None


def _is(headers: Headers, name: str) -> bool:
    return headers.get(f"cloudfront-is-{name}-viewer", "").lower() == "true"
