"""What a template reads and a message would lack, found before it is asked for: the run of a journey, a property."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from liquid import Undefined
from liquid.exceptions import UndefinedError

from segue.messages.render import RenderError, render
from segue.messages.template import Template


def lacking(template: Template, channel: str, properties: Mapping[str, Any], now: datetime) -> str | None:
    """Rendered without a run, for somebody of whom nothing is said; `None` when that needs nothing that is not given.

    The text names the field that is to be mended, and quotes the template alone.
    """
    words = template.words(channel)
    given = {name: value for name, value in properties.items() if value is not None}
    seen = {
        "profile": Undefined("profile"),
        "brand": Undefined("brand"),
        "unsubscribe_url": "",
        "now": now,
        "message": {"properties": given},
    }
    try:
        if words:
            render(words, seen)
    except RenderError as error:
        cause = error.__cause__
        if not isinstance(cause, UndefinedError):
            return None
        where = f"the words of {template.name!r} for {channel}"
        if "'run' is undefined" in str(error):
            return f"template: {where} read `run`, which only a message of a journey has ({error})"
        return f"properties: {where} read what was not given ({error}); give it, or a default in the template"
    return None
