"""The class of a device, from the client's own words, the hints, the headers and the user agent."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.events.enrichment.device import Device, device_class
from segue.events.enrichment.visitor import NOBODY, Visitor

AGENTS = [
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1", "mobile"),
    ("Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36", "mobile"),
    ("Mozilla/5.0 (Android 13; Mobile; rv:120.0) Gecko/120.0 Firefox/120.0", "mobile"),
    ("Mozilla/5.0 (Linux; Android 9; CUBOT X18) AppleWebKit/537.36 Chrome/90.0 Mobile Safari/537.36", "mobile"),
    ("Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 Chrome/120.0 Safari/537.36", "tablet"),
    ("Mozilla/5.0 (iPad; CPU OS 12_0 like Mac OS X) Version/12.0 Mobile/15A372 Safari/604.1", "tablet"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.0 Safari/605.1.15", "desktop"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36", "desktop"),
    ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36", "desktop"),
    ("Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) AppleWebKit/537.36 Version/6.0 TV Safari/537.36", "tv"),
    ("Mozilla/5.0 (Linux; Android 9; AFTT Build/PS7) AppleWebKit/537.36 Silk/100 Safari/537.36", "tv"),
    ("AppleWatch6,1/9.0", "wearable"),
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot"),
    ("Mozilla/5.0 (Linux; Android 6.0.1) Chrome/120.0 Mobile Safari/537.36 (compatible; Googlebot/2.1)", "bot"),
    ("Mozilla/5.0 AppleWebKit/537.36 (compatible; GPTBot/1.2)", "bot"),
    ("facebookexternalhit/1.1", "bot"),
    ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120.0", "bot"),
    ("curl/8.4.0", "server"),
    ("python-requests/2.31", "server"),
    ("", None),
    ("something else", None),
]


@pytest.mark.parametrize(("agent", "expected"), AGENTS)
def test_a_user_agent_has_a_class(agent, expected):
    assert device_class({"userAgent": agent}, NOBODY) == expected


@pytest.mark.parametrize(("agent", "expected"), AGENTS)
def test_the_header_is_as_good_as_the_context(agent, expected):
    assert device_class({}, Visitor(user_agent=agent)) == expected


MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1.15"


@pytest.mark.parametrize(
    ("context", "visitor", "expected"),
    [
        ({"device": {"type": "ios"}, "os": {"name": "iOS"}}, NOBODY, "mobile"),
        ({"device": {"type": "ios", "model": "iPad13,1"}}, NOBODY, "tablet"),
        ({"device": {"type": "Android"}, "userAgent": MAC}, NOBODY, "mobile"),
        ({"device": {"type": "tvOS"}}, NOBODY, "tv"),
        ({"device": {"type": "server"}}, NOBODY, "server"),
        ({"os": {"name": "watchOS"}}, NOBODY, "wearable"),
        ({"os": {"name": "Mac OS X"}}, NOBODY, "desktop"),
        ({"userAgentData": {"mobile": True, "platform": "Android"}}, NOBODY, "mobile"),
        ({"userAgentData": {"mobile": False, "platform": "Android"}}, NOBODY, "tablet"),
        ({"userAgentData": {"mobile": False, "platform": "Windows"}}, NOBODY, "desktop"),
        ({}, Visitor(device="tablet", mobile_hint=True), "tablet"),
        ({"userAgent": MAC}, Visitor(device="tv"), "tv"),
        ({}, Visitor(mobile_hint=True, user_agent=MAC), "mobile"),
        ({"device": {"type": "ios"}, "userAgent": "Googlebot/2.1"}, Visitor(device="desktop"), "bot"),
        ({"library": {"name": "analytics-python"}}, NOBODY, None),
        ({"device": "phone", "os": 3, "userAgent": ["x"], "userAgentData": {"mobile": "yes"}}, NOBODY, None),
    ],
)
def test_what_tells_more_surely_goes_first(context, visitor, expected):
    assert device_class(context, visitor) == expected


VALUES: Any = (
    st.none()
    | st.booleans()
    | st.text()
    | st.dictionaries(st.sampled_from(["type", "model", "name", "mobile"]), st.text())
)


@given(st.fixed_dictionaries(dict.fromkeys(("device", "os", "userAgent", "userAgentData"), VALUES)))
def test_whatever_a_client_writes_there_is_a_class_or_none(context):
    assert device_class(context, NOBODY) in (None, *Device)
