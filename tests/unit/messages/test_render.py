"""What a template may say, and what stops it."""

from dataclasses import replace

import pytest

from segue.decisions.policy import Policy
from segue.events.plan import TrackingPlan
from segue.messages.check import problems
from segue.messages.render import RenderError, render, view
from segue.messages.template import EmailWords, InAppWords, Template
from tests.builders import NOON, a_profile, a_run

PLAN = TrackingPlan.model_validate(
    {
        "events": [{"name": "Order Completed", "properties": {"order_id": "string", "total": "number"}}],
        "traits": {"email": "string", "first_name": "string"},
    }
)


def rendered(html: str, **traits) -> str:
    run = a_run()
    run = replace(run, entry=replace(run.entry, properties={"order_id": "A&1", "note": None}))
    words = EmailWords(subject="-", html=html)
    context = view(profile=a_profile(traits=traits), run=run, brand={"name": "Acme"}, now=NOON, unsubscribe_url="u")
    return render(words, context)["html"]


def complaints(html: str, **given) -> list[str]:
    template = Template(template="t", category="transactional", email=EmailWords(subject="-", html=html), **given)
    return [f"{problem.message} ({problem.hint})" for problem in problems(template, PLAN, ["Order Completed"])]


def test_values_are_written_escaped_into_html():
    assert rendered("{{ profile.traits.first_name }} {{ run.entry.properties.order_id }}", first_name="<Ada>") == (
        "&lt;Ada&gt; A&amp;1"
    )


def test_a_subject_is_not_html():
    words = EmailWords(subject="{{ profile.traits.first_name }}", html="-")
    context = view(profile=a_profile(traits={"first_name": "<Ada>"}), run=None, brand={}, now=NOON, unsubscribe_url="u")

    assert render(words, context)["subject"] == "<Ada>"


@pytest.mark.parametrize(
    "html",
    [
        "{{ profile.traits.first_name }}",
        "{{ run.entry.properties.note }}",
        "{{ profile.traits.a.b }}",
        "{{ 'x' | shout }}",
        "{{ 'now' | date: '%Y' }}",
        "{% for i in (1..100000) %}{% endfor %}",
        "{% include 'other' %}",
    ],
)
def test_what_is_missing_or_forbidden_stops_the_rendering(html):
    with pytest.raises(RenderError, match="html: "):
        rendered(html)


@pytest.mark.parametrize(
    "html",
    [
        "{{ profile[profile.traits.email].first }}",
        "{{ profile.traits.email | uniq: profile.traits.email }}",
        "{% include profile.traits.email %}",
        "{{ profile.traits.email | sum }}",
        "{{ profile.traits.email | base64_decode }}",
    ],
)
def test_what_stops_the_rendering_is_told_without_a_value_of_the_person(html):
    with pytest.raises(RenderError) as stopped:
        rendered(html, email="ada@example.com")

    assert "ada" not in str(stopped.value)


def test_a_missing_variable_is_named_as_the_template_names_it():
    with pytest.raises(RenderError, match="html: 'nothing' is undefined"):
        rendered("{{ nothing }}")
    with pytest.raises(RenderError, match=r"profile.traits.first_name is undefined"):
        rendered("{{ profile.traits.first_name }}")


def test_what_a_filter_cannot_do_is_told_with_its_line():
    with pytest.raises(RenderError, match="html: FilterArgumentError in line 2"):
        rendered("<p>\n{{ 'now' | date: '%Y' }}")


def test_a_default_and_an_if_make_a_missing_variable_fine():
    html = "{{ profile.traits.first_name | default: 'you' }}{% if profile.traits.first_name %}!{% endif %}"

    assert rendered(html) == "you"


def test_the_date_is_the_one_given():
    assert rendered("{{ now | date: '%d %B %Y' }}") == "10 March 2026"


@pytest.mark.parametrize(
    "html",
    [
        "{{ profile.traits.first_name }} {{ brand.name }} {{ now | date: '%Y' }} {{ run.entry.properties.total }}",
        "{% assign x = 1 %}{{ x }}{% for item in profile.anonymous_ids %}{{ item }}{% endfor %}",
        "{{ profile.events['Order Completed'].count }} {{ profile.events }}",
    ],
)
def test_what_exists_may_be_named(html):
    assert complaints(html) == []


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        (
            "{{ profile.traits.frist_name }}",
            "the tracking plan knows no trait 'frist_name' (did you mean 'first_name'?)",
        ),
        ("{{ run.entry.properties.totl }}", "'Order Completed' has no property 'totl' (did you mean 'total'?)"),
        ("{{ brnad.name }}", "there is no variable 'brnad.name' (did you mean 'brand.name'?)"),
        ("{{ 1 | plsu: 1 }}", "there is no filter 'plsu' (did you mean 'plus'?)"),
    ],
)
def test_what_does_not_exist_is_named_with_a_hint(html, complaint):
    assert complaints(html) == [complaint]


def test_bad_liquid_is_said_to_be_bad():
    assert complaints("{% if x %}")[0].startswith("not Liquid: ")


def test_marketing_must_offer_a_way_to_unsubscribe():
    template = Template(template="t", email=EmailWords(subject="-", html="<p>Hi</p>"))

    assert [problem.place for problem in problems(template, PLAN)] == [("email", "html")]


def test_so_must_whatever_else_the_policy_lets_people_unsubscribe_from():
    policy = Policy.model_validate({"categories": {"news": {}, "alerts": {"unsubscribe": False}}})
    news, alerts = (
        Template(template="t", category=name, email=EmailWords(subject="-", html="-")) for name in ("news", "alerts")
    )

    assert [problem.place for problem in problems(news, PLAN, policy=policy)] == [("email", "html")]
    assert list(problems(alerts, PLAN, policy=policy)) == []


def test_a_topic_has_a_name_that_fits_into_a_profile():
    fit, long = (Template(template="t", topic="x" * n, inbox=InAppWords(title="-", body="-")) for n in (93, 94))

    assert list(problems(fit, PLAN)) == []
    assert [problem.place for problem in problems(long, PLAN)] == [("topic",)]


def test_a_template_without_words_says_nothing():
    assert [problem.place for problem in problems(Template(template="t"), PLAN)] == [()]
