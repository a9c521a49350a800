"""One person's e-mail address or phone number is written in many ways; here each becomes one text."""

import re
import unicodedata

MOST_EMAIL_CHARACTERS = 254

#: Google delivers to one mailbox whatever the dots and whatever stands behind a plus
#: (https://support.google.com/mail/answer/7436150). No other domain is known to, so no other is touched.
_DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
_LOCAL = re.compile(r'[^\s@"(),:;<>\[\]\\\x00-\x1f\x7f]+')
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


def email(said: str) -> str | None:
    """The address in lower case, its domain as DNS knows it; `None` if it is no e-mail address."""
    address = said.strip().lower()
    if not address.isascii():
        address = unicodedata.normalize("NFC", unicodedata.normalize("NFC", said).strip().lower())
    if len(address) > MOST_EMAIL_CHARACTERS:
        return None
    local, _, written = address.rpartition("@")
    domain = _ascii(written)
    if not _LOCAL.fullmatch(local) or domain is None or not _DOMAIN.fullmatch(domain):
        return None
    if domain in _DOTLESS:
        local, domain = local.partition("+")[0].replace(".", ""), _DOTLESS[domain]
    return f"{local}@{domain}" if local else None


def phone(said: str, region: str | None) -> str | None:
    """E.164; `None` if it is no number that exists. `region` is of numbers without a country code, such as `US`."""
    import phonenumbers  # noqa: PLC0415 - its import costs a cold start 80 ms, and few events carry a number

    try:
        number = phonenumbers.parse(said, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def knows_region(region: str) -> bool:
    import phonenumbers  # noqa: PLC0415 - see `phone`

    return region in phonenumbers.SUPPORTED_REGIONS


def _ascii(domain: str) -> str | None:
    """`münchen.de` and `xn--mnchen-3ya.de` are one domain. Without the mapping of IDNA 2003: `ß` is not `ss`."""
    if domain.isascii():
        return domain
    try:
        labels = [
            label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in domain.split(".")
        ]
    except UnicodeError:
        return None
    return ".".join(labels)
