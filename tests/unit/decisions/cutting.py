"""Ports whose calls are cut off, as when a function dies."""

from collections.abc import Callable
from dataclasses import dataclass


class Killed(Exception):
    pass


@dataclass
class Fragile:
    """Calls that are cut off before or after they had their effect."""

    within: object
    interrupt: Callable[[], None]

    def __getattr__(self, name: str):
        def call(*given) -> object:
            self.interrupt()
            answered = getattr(self.within, name)(*given)
            self.interrupt()
            return answered

        return call
