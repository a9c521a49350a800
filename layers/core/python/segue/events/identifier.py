"""One of the names that a person goes by: a user id, an anonymous id, an e-mail address, a device and more."""

from typing import NamedTuple

USER, ANONYMOUS = "user_id", "anonymous_id"


class Identifier(NamedTuple):
    """`value` is normalised as its namespace asks; what is hashed there (an e-mail address) is hashed here already."""

    namespace: str
    value: str

    def __str__(self) -> str:
        return f"{self.namespace}:{self.value}"
