"""How somebody came: from what the client says of the campaign, the page and the page before it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.events.enrichment.arrival import arrival
from segue.events.enrichment.channels import Channel

SHOP = "https://www.shop.example.com/records"


def came(page: Any = None, **context: Any) -> tuple[str, str, str, str] | None:
    """Channel, source, medium and campaign; nothing is an empty text."""
    found = arrival({"page": page, **context}, page)
    return found and tuple(found.channel_source.get(word, "") for word in ("channel", "source", "medium", "campaign"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?utm_source=news&utm_medium=email&utm_campaign=spring", ("Email", "news", "email", "spring")),
        ("?UTM_Source=Google&utm_medium=CPC", ("Paid Search", "Google", "CPC", "")),
        ("?utm_source=a&utm_source=b&utm_medium=link", ("Referral", "a", "link", "")),
        ("?utm_source=facebook", ("Organic Social", "facebook", "(not set)", "")),
        ("?utm_campaign=spring", ("Unassigned", "(not set)", "(not set)", "spring")),
        ("?gclid=1", ("Paid Search", "google", "cpc", "")),
        ("?wbraid=1&utm_campaign=spring+shopping", ("Paid Shopping", "google", "cpc", "spring shopping")),
        ("?gclid=1&utm_source=youtube&utm_medium=cpc", ("Paid Video", "youtube", "cpc", "")),
        ("?msclkid=1", ("Paid Search", "bing", "cpc", "")),
        ("?ttclid=1", ("Paid Social", "tiktok", "cpc", "")),
        ("?ScCid=1", ("Paid Social", "snapchat", "cpc", "")),
        ("?fbclid=1", ("Organic Social", "facebook", "referral", "")),
        ("?utm_source=sms#part", ("SMS", "sms", "(not set)", "")),
        ("?utm_source=&gclid=", ("Direct", "(direct)", "(none)", "")),
        ("", ("Direct", "(direct)", "(none)", "")),
    ],
)
def test_a_link_says_where_it_was(query, expected):
    assert came({"url": f"{SHOP}{query}", "referrer": ""}) == expected


@pytest.mark.parametrize(
    ("referrer", "expected"),
    [
        ("https://www.google.de/", ("Organic Search", "google", "organic", "")),
        ("https://search.yahoo.com/search?p=x", ("Organic Search", "yahoo", "organic", "")),
        ("android-app://com.google.android.googlequicksearchbox/", ("Organic Search", "google", "organic", "")),
        ("https://l.facebook.com/", ("Organic Social", "l.facebook.com", "referral", "")),
        ("https://www.youtube.com/watch", ("Organic Video", "youtube.com", "referral", "")),
        ("https://chatgpt.com/", ("AI Assistant", "chatgpt.com", "ai-assistant", "(ai-assistant)")),
        ("https://blog.example.org/a", ("Referral", "blog.example.org", "referral", "")),
        ("https://mail.google.com/", ("Referral", "mail.google.com", "referral", "")),
        ("https://shop.example.com/cart", None),
        ("https://example.com/", None),
        ("https://pay.shop.example.com/", None),
        ("https://blog.example.com/", ("Referral", "blog.example.com", "referral", "")),
        ("https://[broken", ("Direct", "(direct)", "(none)", "")),
    ],
)
def test_a_referrer_says_where_somebody_was(referrer, expected):
    assert came({"url": SHOP, "referrer": referrer}) == expected


def test_what_the_client_says_of_the_campaign_goes_first():
    page = {"url": f"{SHOP}?utm_source=other&utm_medium=cpc&gclid=1", "referrer": "https://www.google.com"}

    assert came(page, campaign={"source": "news", "medium": "email", "name": "spring"})[:2] == ("Email", "news")


def test_a_campaign_needs_no_page():
    assert came(campaign={"source": "sms", "name": "spring"}) == ("SMS", "sms", "(not set)", "spring")


def test_the_search_of_a_page_stands_in_for_its_address():
    assert came({"search": "?gclid=1", "path": "/records"})[0] == "Paid Search"


def test_a_link_gives_its_campaign_in_segments_words():
    url = f"{SHOP}?utm_source=a&utm_medium=b&utm_campaign=c&utm_term=d&utm_content=e"

    found = arrival({}, {"url": url})

    assert found.campaign == {"source": "a", "medium": "b", "name": "c", "term": "d", "content": "e"}


@pytest.mark.parametrize("page", [None, {}, {"url": SHOP}, {"path": "/records", "title": "Records"}, "page", 3])
def test_who_tells_nothing_of_the_way_has_come_no_way(page):
    assert came(page) is None


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda each: st.lists(each, max_size=2))
URLS = st.text() | st.text().map(lambda text: f"https://{text}") | st.text().map(lambda text: f"{SHOP}?{text}")


@given(
    page=JSON
    | st.fixed_dictionaries({}, optional={"url": URLS | JSON, "search": URLS | JSON, "referrer": URLS | JSON}),
    campaign=JSON | st.dictionaries(st.sampled_from(["name", "source", "medium", "x"]), URLS | JSON),
)
def test_whatever_a_client_writes_there_is_a_known_channel_or_none(page, campaign):
    found = arrival({"campaign": campaign}, page)

    assert found is None or found.channel_source["channel"] in list(Channel)
