"""How somebody came to the page on which an event happened: the campaign of its link, and the channel source.

What is written by hand goes first: `context.campaign`, else the page's `utm_…`. Then what an advertiser's system or a
site has put on the link (a click id), then the page that it stood on (the referrer). Nothing of that is a direct visit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from segue.events.enrichment.channels import channel
from segue.events.enrichment.sites import Kind, site

_MOST_CHARACTERS = 200
#: Of a host, in DNS; `site` looks at it once for each of its dots.
_MOST_HOST_CHARACTERS = 253

#: Segment's name of it in `context.campaign`, by the parameter of a link.
_UTM: Mapping[str, str] = {
    "utm_campaign": "name",
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_term": "term",
    "utm_content": "content",
}

#: Source and medium that a click id stands for. Those of the advertising systems are put on paid links only; but
#: Facebook and Instagram mark every link that leaves them. Which of Google's networks it was, only the advertising
#: account knows: Google Analytics calls it google / cpc, unless it is linked to that.
_CLICK_IDS: Mapping[str, tuple[str, str]] = {
    "gclid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "msclkid": ("bing", "cpc"),
    "yclid": ("yandex", "cpc"),
    "ttclid": ("tiktok", "cpc"),
    "twclid": ("twitter", "cpc"),
    "li_fat_id": ("linkedin", "cpc"),
    "sccid": ("snapchat", "cpc"),
    "fbclid": ("facebook", "referral"),
    "igshid": ("instagram", "referral"),
}

_DIRECT = ("(direct)", "(none)")


@dataclass(frozen=True, slots=True)
class Arrival:
    """`campaign` has Segment's names. `channel_source` has `channel`, `source`, `medium` and perhaps `campaign`."""

    campaign: Mapping[str, str]
    channel_source: Mapping[str, str]


def arrival(context: Mapping[str, Any], page: Any) -> Arrival | None:
    """`None` when nothing is told, or when somebody went from one page of the site to another."""
    page = page if isinstance(page, dict) else {}
    campaign = _said(context.get("campaign"))
    if not campaign and not page:
        return None
    url, query = _split(page)
    campaign = campaign or {name: query[utm][:_MOST_CHARACTERS] for utm, name in _UTM.items() if query.get(utm)}
    way = _way(campaign, query, url, page.get("referrer"))
    if way is None:
        return None
    source, medium, name = way
    known = {
        "channel": str(channel(source, medium, name)),
        "source": source,
        "medium": medium,
        "campaign": name,
    }
    return Arrival(campaign, {word: value for word, value in known.items() if value})


def _way(
    campaign: Mapping[str, str], query: Mapping[str, str], host: str, referrer: Any
) -> tuple[str, str, str] | None:
    """Source, medium and the campaign's name."""
    name = campaign.get("name", "")
    if campaign.get("source") or campaign.get("medium"):
        return (campaign.get("source", "(not set)"), campaign.get("medium", "(not set)"), name)
    if clicked := next((way for id_, way in _CLICK_IDS.items() if query.get(id_)), None):
        return (*clicked, name)
    if not isinstance(referrer, str):
        return ("(not set)", "(not set)", name) if name else None
    came_from = _host(referrer)
    if came_from and not _is_own(came_from, host):
        return _referred(came_from, name)
    if name:
        return ("(not set)", "(not set)", name)
    return None if came_from else (*_DIRECT, "")


def _referred(host: str, name: str) -> tuple[str, str, str]:
    match site(host):
        case (Kind.SEARCH, source):
            return (source, "organic", name)
        case (Kind.ASSISTANT, source):
            return (source, "ai-assistant", name or "(ai-assistant)")
        case _:
            return (host[:_MOST_CHARACTERS], "referral", name)


def _is_own(referrer: str, host: str) -> bool:
    """Two hosts of which one is within the other; sisters (`shop.` and `blog.`) are not told from strangers."""
    return bool(host) and (referrer == host or referrer.endswith(f".{host}") or host.endswith(f".{referrer}"))


def _said(campaign: Any) -> dict[str, str]:
    if not isinstance(campaign, dict):
        return {}
    known = {name: campaign.get(name) for name in _UTM.values()}
    return {name: value[:_MOST_CHARACTERS] for name, value in known.items() if isinstance(value, str) and value}


def _split(page: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The page's host, and its query. Of a parameter that stands there twice the first counts."""
    url, search = page.get("url"), page.get("search")
    host, query = "", search.lstrip("?") if isinstance(search, str) else ""
    if isinstance(url, str):
        host = _host(url)
        query = url.partition("?")[2] or query
    pairs = parse_qsl(query.partition("#")[0], errors="ignore") if query else []
    return host, {name.lower(): value for name, value in reversed(pairs)}


def _host(url: str) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host[:_MOST_HOST_CHARACTERS].removeprefix("www.")
