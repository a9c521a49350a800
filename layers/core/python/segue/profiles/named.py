"""A person named from outside: by a namespace and a value, as an operator or another system has them at hand."""

import base64
import hashlib

from segue.events.identifier import ANONYMOUS, USER, Identifier
from segue.profiles.identity import anonymous_profile_id, user_profile_id

EMAIL, PHONE = "email", "phone"

#: Longer than any identifier that ingest lets through.
_MOST_CHARACTERS = 1024


def named(namespace: str, value: str) -> Identifier | None:
    """Normalised as events' own identifiers are; `None` when there can be nobody of that name."""
    value = value.strip()
    if not value or len(value) > _MOST_CHARACTERS or not namespace:
        return None
    if namespace == EMAIL:
        return Identifier(EMAIL, value.lower()) if "@" in value else None
    if namespace == PHONE:
        number = _e164(value)
        return Identifier(PHONE, number) if number else None
    return Identifier(namespace, value)


def place(identifier: Identifier) -> str:
    """The profile id of the partition of an identifier."""
    if identifier.namespace == USER:
        return user_profile_id(identifier.value)
    if identifier.namespace == ANONYMOUS:
        return anonymous_profile_id(identifier.value)
    digest = hashlib.sha256(str(identifier).encode()).digest()
    return f"i-{base64.b32encode(digest).decode().lower()[:26]}"


def _e164(value: str) -> str | None:
    import phonenumbers  # noqa: PLC0415 - whoever folds events need not load the numbering plans of the world

    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
