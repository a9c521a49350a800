"""Ports whose calls are cut off, as when a function dies."""

from collections.abc import Callable
from dataclasses import dataclass

from segue.memory.sends import MemorySends


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


@dataclass
class Interrupted:
    """Sends that meet somebody else, or the end of the function, at given calls."""

    within: MemorySends
    interrupt: Callable[[], None]

    def take(self, step) -> None:
        self.interrupt()
        self.within.take(step)

    def __getattr__(self, name: str):
        return getattr(self.within, name)
