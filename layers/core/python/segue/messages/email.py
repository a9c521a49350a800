"""An e-mail as a description of a request: what SES is asked to send, with one-click unsubscribe (RFC 8058). Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_BLOCKS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol"})
_UNSEEN = frozenset({"style", "script", "head", "title"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """`unsubscribe_url` takes a POST without login. `tags` come back with bounces and clicks."""

    sender: str
    recipient: str
    subject: str
    html: str
    text: str
    unsubscribe_url: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


def ses_request(email: Email, configuration_set: str = "") -> dict[str, Any]:
    """The arguments of SES v2 `SendEmail`."""
    simple: dict[str, Any] = {
        "Subject": {"Data": email.subject, "Charset": "UTF-8"},
        "Body": {
            "Html": {"Data": email.html, "Charset": "UTF-8"},
            "Text": {"Data": email.text, "Charset": "UTF-8"},
        },
    }
    if email.unsubscribe_url:
        simple["Headers"] = [
            {"Name": "List-Unsubscribe", "Value": f"<{email.unsubscribe_url}>"},
            {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
        ]
    request: dict[str, Any] = {
        "FromEmailAddress": email.sender,
        "Destination": {"ToAddresses": [email.recipient]},
        "Content": {"Simple": simple},
        "EmailTags": [{"Name": name, "Value": _tag(value)} for name, value in email.tags.items()],
    }
    if configuration_set:
        request["ConfigurationSetName"] = configuration_set
    return request


def one_line(text: str) -> str:
    """A header's value cannot begin another header."""
    return " ".join(text.split())


def text_of(html: str) -> str:
    """The words of an HTML page, a line per block, links with their addresses."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _tag(value: str) -> str:
    """SES allows letters, digits, dashes and underscores, up to 256."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", value)[:256]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0
        self._link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "a":
            self._link = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "a" and self._link:
            self.parts.append(f" ({self._link})")
            self._link = ""

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(" ".join(data.split("\n")))
