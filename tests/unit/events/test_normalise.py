"""However an address or a number is written, one person's becomes one text."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.events.normalise import email, phone

PHONES = Path(__file__).parents[3].parent / "shared/data/time_phone_holidays/phones.jsonl.gz"


@pytest.mark.parametrize(
    "written",
    ["ada@example.com", "ADA@Example.COM", " ada@example.com\n", "\u00a0Ada@example.com"],
)
def test_case_and_blanks_around_an_address_do_not_matter(written):
    assert email(written) == "ada@example.com"


@pytest.mark.parametrize(
    "written", ["ada.lovelace@gmail.com", "AdaLovelace+shop@gmail.com", "a.d.a.lovelace+x+y@googlemail.com"]
)
def test_what_google_delivers_to_one_mailbox_is_one_address(written):
    assert email(written) == "adalovelace@gmail.com"


def test_no_other_domain_is_taken_to_ignore_dots_or_tags():
    assert email("ada.lovelace+shop@example.com") == "ada.lovelace+shop@example.com"
    assert email("ada.l@gmail.com.example.com") == "ada.l@gmail.com.example.com"


def test_one_text_in_two_forms_of_unicode_is_one_address():
    assert email("jose\u0301@example.com") == email("JOS\u00c9@example.com") == "jos\u00e9@example.com"


def test_a_domain_and_its_form_in_dns_are_one():
    assert email("ada@München.de") == email("ada@xn--mnchen-3ya.DE") == "ada@xn--mnchen-3ya.de"
    assert email("ada@straße.de") != email("ada@strasse.de")


@pytest.mark.parametrize(
    "written",
    ["", "ada", "ada@", "@example.com", "ada@example", "a b@example.com", "a@b@example.com", "ada@-x.com", "ada@x..com",
     "ada@" + "x" * 64 + ".com", "a" * 255 + "@example.com", "+tag@gmail.com", "...@gmail.com", "a\x00b@example.com",
     "null", "Ada <ada@example.com>", "ada@example.com, eve@example.com"],
)  # fmt: skip
def test_what_is_no_address_is_none(written):
    assert email(written) is None


addresses = st.emails() | st.builds(
    "{}@{}.{}".format, st.text(min_size=1, max_size=8), st.text(min_size=1, max_size=8), st.sampled_from(["com", "de"])
)


@given(addresses | st.text())
def test_an_address_that_is_normalised_stays_as_it_is(written):
    once = email(written)

    assert once is None or email(once) == once


@given(st.text(st.characters(categories=["Nd", "Zs"], include_characters="+-()/.ext"), max_size=20))
def test_a_number_that_is_normalised_stays_as_it_is(written):
    once = phone(written, "US")

    assert once is None or phone(once, None) == phone(once, "DE") == once


def test_a_number_without_a_country_code_is_of_the_region():
    assert phone("(212) 555-2368", "US") == phone("+1 212 555 2368", None) == "+12125552368"
    assert phone("(212) 555-2368", None) is None


@pytest.mark.parametrize("written", ["", "5", "+1", "+999 123", "anonymous", "+1 555 555 55555"])
def test_what_is_no_number_is_none(written):
    assert phone(written, "US") is None


@pytest.mark.skipif(not PHONES.exists(), reason="the recorded numbers are not here")
def test_all_recorded_numbers_are_told_valid_or_not_and_written_alike():
    numbers = [json.loads(line) for line in gzip.decompress(PHONES.read_bytes()).splitlines()]

    for number in numbers:
        if "e164" in number:
            forms = [number[form] for form in ("e164", "national", "international", "rfc3966")]
            assert {phone(form, number["region"]) for form in forms} == {number["e164"]}, number
        else:
            assert (phone(number["input"], number["region"]) is not None) == number["valid"], number

    assert len(numbers) == 2692
