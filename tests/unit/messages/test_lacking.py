"""Words that need what a message would not have are told of when it is asked for, not when it fails."""

import pytest

from segue.messages.lacking import lacking
from segue.messages.template import EmailWords, InAppWords, Template
from tests.builders import NOON


def a_template(html: str) -> Template:
    return Template(template="hi", email=EmailWords(subject="Hi", html=html), in_app=InAppWords(title="Hi", body="Hi"))


@pytest.mark.parametrize(
    "html",
    [
        "{{ run.entry.properties.order_id }}",
        "{% if profile.traits.vip %}Hail!{% endif %} {{ run.id }}",
        '{{ profile.traits.born | date: "%Y" }} {{ run.id | upcase }}',
    ],
)
def test_without_a_run_words_that_read_it_lack_it(html: str) -> None:
    told = lacking(a_template(html), "email", {}, NOON)

    assert told is not None
    assert told.startswith("template: the words of 'hi' for email read `run`")
    assert lacking(a_template(html), "in_app", {}, NOON) is None


@pytest.mark.parametrize(
    "html",
    [
        "{% if run %}{{ run.id }}{% endif %}",
        '{{ run.id | default: "none" }}',
        '{{ profile.traits.first_name | default: "Hello" }} {{ profile.traits.age | plus: 1 }} {{ brand.name }}',
        "{% for each in profile.segments %}{{ each }}{% endfor %} {{ now | date: '%Y' }} {{ unsubscribe_url }}",
        "{{ message.properties.total }}",
    ],
)
def test_nothing_is_lacking_where_a_default_or_what_is_given_does(html: str) -> None:
    assert lacking(a_template(html), "email", {"total": 5}, NOON) is None


@pytest.mark.parametrize("given", [{}, {"total": None}])
def test_a_property_that_is_read_and_not_given_is_lacking(given: dict[str, object]) -> None:
    told = lacking(a_template("{{ message.properties.total }}"), "email", given, NOON)

    assert told is not None
    assert told.startswith("properties: the words of 'hi' for email read what was not given")
    assert "total" in told
