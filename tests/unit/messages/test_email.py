"""What SES is asked to send."""

from segue.messages.email import Email, one_line, ses_request, text_of

EMAIL = Email(
    sender="Acme <hi@acme.example>",
    recipient="ada@example.com",
    subject="Hello",
    html="<p>Hi</p>",
    text="Hi",
    unsubscribe_url="https://acme.example/u/t",
    tags={"send_id": "run-1.2-send"},
)


def test_the_request_offers_to_unsubscribe_with_one_click():
    simple = ses_request(EMAIL)["Content"]["Simple"]

    assert simple["Headers"] == [
        {"Name": "List-Unsubscribe", "Value": "<https://acme.example/u/t>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]


def test_tags_hold_only_what_ses_allows():
    assert ses_request(EMAIL)["EmailTags"] == [{"Name": "send_id", "Value": "run-1_2-send"}]


def test_a_configuration_set_is_named_if_there_is_one():
    assert "ConfigurationSetName" not in ses_request(EMAIL)
    assert ses_request(EMAIL, "set")["ConfigurationSetName"] == "set"


def test_a_subject_cannot_begin_another_header():
    assert one_line("Hi\r\nBcc: all@example.com") == "Hi Bcc: all@example.com"


def test_the_text_has_the_words_and_the_addresses_of_the_html():
    html = '<style>p{}</style><h1>Hi  Ada</h1><p>Read <a href="https://x.example">this</a> &amp; that.</p>\n<p>Bye</p>'

    assert text_of(html) == "Hi Ada\n\nRead this (https://x.example) & that.\n\nBye"
