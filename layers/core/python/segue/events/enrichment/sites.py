"""Sites by kind, under the names and domains by which they appear as a source.

The kinds, and most of the entries, are those of Google's list of source categories, which has some 800 entries and is
linked from https://support.google.com/analytics/answer/9756891. This is the short list of what brings nearly all visits
to a shop in Europe and the Americas. A site that is missing is a referral, or is told by the medium of its link.

Which assistants Google recognises is not published; it names ChatGPT, Gemini and Claude
(https://support.google.com/analytics/answer/9164320, 13 May 2026).
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache


class Kind(StrEnum):
    SEARCH = "search"
    SOCIAL = "social"
    VIDEO = "video"
    SHOPPING = "shopping"
    ASSISTANT = "assistant"


#: By the name that a site has as a source: its other names and its domains. Subdomains belong to a domain.
_SITES: Mapping[Kind, Mapping[str, str]] = {
    Kind.SEARCH: {
        "google": "news.google.com search.google.com cse.google.com com.google.android.googlequicksearchbox",
        "bing": "bing.com",
        "yahoo": "yahoo.com yahoo.co.jp",
        "duckduckgo": "duckduckgo.com",
        "ecosia.org": "",
        "qwant": "qwant.com",
        "brave": "search.brave.com",
        "startpage": "startpage.com",
        "yandex": "ya.ru",
        "baidu": "baidu.com",
        "naver": "naver.com",
        "daum": "daum.net",
        "sogou": "sogou.com",
        "so.com": "360.cn",
        "seznam": "seznam.cz",
        "aol": "aol.com search.aol.co.uk suche.aol.de",
        "ask": "ask.com",
        "msn": "msn.com",
    },
    Kind.SOCIAL: {
        "facebook": "fb facebook.com fb.me messenger messenger.com",
        "instagram": "ig instagram.com",
        "threads": "threads.net threads.com",
        "twitter": "twitter.com x.com t.co com.twitter.android",
        "linkedin": "linkedin.com lnkd.in com.linkedin.android",
        "pinterest": "pinterest.com pin.it",
        "reddit": "reddit.com com.reddit.frontpage",
        "tiktok": "tiktok.com",
        "snapchat": "snapchat.com",
        "whatsapp": "whatsapp.com wa.me",
        "telegram": "t.me telegram.org",
        "tumblr": "tumblr.com",
        "quora": "quora.com",
        "bsky.app": "bluesky",
        "mastodon.social": "mastodon",
        "discord": "discord.com",
        "vk.com": "vkontakte.ru",
        "weibo": "weibo.com",
        "wechat": "wechat.com",
        "line": "line.me",
        "xing": "xing.com",
        "news.ycombinator.com": "",
        "medium.com": "",
        "groups.google.com": "",
    },
    Kind.VIDEO: {
        "youtube": "youtube.com youtu.be",
        "vimeo": "vimeo.com",
        "dailymotion": "dailymotion.com",
        "twitch": "twitch.tv",
        "netflix": "netflix.com",
        "hulu": "hulu.com",
        "disneyplus": "disneyplus.com",
        "ted": "ted.com",
        "wistia": "wistia.com fast.wistia.net",
        "youku": "youku.com",
        "iqiyi": "iqiyi.com iq.com",
    },
    Kind.SHOPPING: {
        "amazon": "",
        "ebay": "",
        "etsy": "etsy.com",
        "walmart": "walmart.com",
        "alibaba": "alibaba.com",
        "mercadolibre": "mercadolibre.com mercadolibre.com.ar mercadolibre.com.mx",
        "shopify": "shopify.com shop.app",
        "shopzilla": "shopzilla.com",
        "google shopping": "shopping.google.com",
        "igshopping": "",
        "shopping.yahoo.com": "",
        "shopping.naver.com": "",
    },
    Kind.ASSISTANT: {
        "chatgpt.com": "chat.openai.com",
        "gemini.google.com": "",
        "claude.ai": "",
        "copilot.microsoft.com": "",
        "perplexity.ai": "perplexity",
        "grok.com": "",
        "chat.deepseek.com": "",
    },
}

#: These have a domain for each country. Other hosts of theirs are something else: a mailbox, a cloud.
_IN_EVERY_COUNTRY = r"(?:www\.|m\.)?(google|amazon|ebay|yandex|pinterest)\.(?:com?\.)?[a-z]{2,3}"

_BY_NAME: Mapping[str, tuple[Kind, str]] = {
    alias: (kind, name)
    for kind, sites in _SITES.items()
    for name, aliases in sites.items()
    for alias in (name, *aliases.split())
}


@lru_cache(maxsize=4096)
def site(source: str) -> tuple[Kind, str] | None:
    """The kind and the name of what is written as a source, or of a referrer's host; in lower case."""
    if found := re.fullmatch(_IN_EVERY_COUNTRY, source):
        return _BY_NAME[found[1]]
    while source not in _BY_NAME and source.count(".") > 1:
        source = source.partition(".")[2]
    return _BY_NAME.get(source)
