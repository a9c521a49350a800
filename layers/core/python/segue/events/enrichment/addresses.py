"""What becomes of the IP address that a client may put into `context.ip`. Segue itself never notes one."""

from collections.abc import Mapping
from typing import Any, Literal

IpAddresses = Literal["drop", "truncate", "keep"]

#: How many bits stay: as Google Analytics has cut them, the last of four numbers, and the last 80 bits of 128
#: (https://support.google.com/analytics/answer/2763052).
_KEPT_BITS = {4: 24, 6: 48}


def governed(context: Mapping[str, Any], choice: IpAddresses) -> Mapping[str, Any]:
    """The context as it may be kept."""
    if "ip" not in context or choice == "keep":
        return context
    rest = {name: value for name, value in context.items() if name != "ip"}
    cut = _truncated(context["ip"]) if choice == "truncate" else None
    return {**rest, "ip": cut} if cut else rest


def _truncated(written: Any) -> str | None:
    """What is no address is dropped: nobody knows what it is."""
    from ipaddress import ip_address, ip_network  # noqa: PLC0415 - for the few who choose so

    try:
        address = ip_address(written if isinstance(written, str) else "")
    except ValueError:
        return None
    return str(ip_network((address.packed, _KEPT_BITS[address.version]), strict=False).network_address)
