"""The table of Google Analytics 4, row by row: source, medium and campaign of a link, and the channel that follows."""

import pytest

from segue.events.enrichment.channels import RULES, Channel, channel

TABLE = [
    ("(direct)", "(none)", "", "Direct"),
    ("(direct)", "(not set)", "", "Direct"),
    ("google", "cpc", "pmax cross-network spring", "Cross-network"),
    ("amazon", "cpc", "", "Paid Shopping"),
    ("partner", "paid", "spring shopping", "Paid Shopping"),
    ("google", "cpc", "e-shop", "Paid Shopping"),
    ("google", "cpc", "", "Paid Search"),
    ("bing.com", "ppc", "", "Paid Search"),
    ("Google", "CPC", "Brand", "Paid Search"),
    ("facebook", "paid_social", "", "Paid Social"),
    ("l.instagram.com", "cpm", "", "Paid Social"),
    ("linkedin", "retargeting", "", "Paid Social"),
    ("youtube", "cpv", "", "Paid Video"),
    ("youtube.com", "cpc", "", "Paid Video"),
    ("news-site", "display", "", "Display"),
    ("news-site", "cpm", "", "Display"),
    ("news-site", "banner", "", "Display"),
    ("news-site", "cpc", "", "Paid Other"),
    ("news-site", "paid-newsletter", "", "Paid Other"),
    ("chatgpt.com", "ai-assistant", "(ai-assistant)", "AI Assistant"),
    ("etsy.com", "referral", "", "Organic Shopping"),
    ("newsletter", "email", "shop the look", "Organic Shopping"),
    ("newsletter", "email", "workshop", "Email"),
    ("t.co", "referral", "", "Organic Social"),
    ("our-page", "social-media", "", "Organic Social"),
    ("m.youtube.com", "referral", "", "Organic Video"),
    ("player", "shortvideo", "", "Organic Video"),
    ("google.co.uk", "referral", "", "Organic Search"),
    ("some-engine", "organic", "", "Organic Search"),
    ("blog.example.org", "referral", "", "Referral"),
    ("partner", "link", "", "Referral"),
    ("spring-news", "e-mail", "", "Email"),
    ("e_mail", "(not set)", "", "Email"),
    ("partner", "affiliate", "", "Affiliates"),
    ("podcast", "audio", "", "Audio"),
    ("sms", "(not set)", "", "SMS"),
    ("service", "sms", "", "SMS"),
    ("app", "web_push", "", "Mobile Push Notifications"),
    ("app", "mobile", "", "Mobile Push Notifications"),
    ("app", "notification-1", "", "Mobile Push Notifications"),
    ("firebase", "(not set)", "", "Mobile Push Notifications"),
    ("flyer", "qr", "", "Unassigned"),
    ("mail.google.com", "(not set)", "", "Unassigned"),
]


@pytest.mark.parametrize(("source", "medium", "campaign", "expected"), TABLE)
def test_a_link_leads_to_its_channel(source, medium, campaign, expected):
    assert channel(source, medium, campaign) == expected


def test_the_table_reaches_every_channel():
    assert {expected for *_, expected in TABLE} == {each.value for each in Channel}


def test_every_channel_but_the_last_has_one_rule():
    assert [each for each, _ in RULES] == list(Channel)[:-1]


@pytest.mark.parametrize(
    "host", ["aws.amazon.com", "docs.google.com", "notfacebook.com", "facebook.com.evil.example", "x.line"]
)
def test_a_host_that_only_looks_like_a_known_site_is_a_referral(host):
    assert channel(host, "referral") == "Referral"
