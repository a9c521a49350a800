"""JSON that others wrote is read as the standard has it, and whatever is wrong with it is one error, in words."""

import json
from typing import Any, NoReturn


class NotJson(ValueError):
    """What it is instead, as what follows "is"."""


def parsed(text: str | bytes) -> Any:
    """Raise `NotJson`, and nothing else, whatever stands there."""
    try:
        return json.loads(text, parse_constant=_refused)
    except json.JSONDecodeError as error:
        raise NotJson(f"not JSON ({error.msg} at character {error.pos})") from None
    except RecursionError:
        raise NotJson("nested too deeply") from None
    except UnicodeDecodeError:
        raise NotJson("not JSON in UTF-8") from None
    except ValueError:  # a number of thousands of digits, or what only JavaScript takes for one
        raise NotJson("not JSON that can be read: it holds what is no number") from None


def _refused(constant: str) -> NoReturn:
    raise ValueError(constant)
