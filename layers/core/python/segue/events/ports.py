"""What events need kept, and where they go."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from segue.events.enrichment.catalog import Product
from segue.events.event import Event
from segue.events.keys import WriteKey
from segue.events.rejected import Rejected

if TYPE_CHECKING:
    from segue.events.imports import Progress


class Busy(Exception):
    """The bus takes no more for now; some of what was given may have been taken. `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"try again after {retry_after} s")
        self.retry_after = retry_after


class WriteKeys(Protocol):
    """Who may send events."""

    def find(self, key: str) -> WriteKey | None: ...


class EventBus(Protocol):
    """The way on for events. Giving one twice is harmless: its id tells."""

    def publish(self, events: Iterable[Event], rejected: Iterable[Rejected] = ()) -> None:
        """Raise `Busy` when the bus is throttled."""


class Overwritten(Exception):
    """Another file was uploaded under the name: it is imported for itself."""


class Broken(Exception):
    """The file cannot be read from here on; the text says why."""


class Imports(Protocol):
    """The files that are to be imported."""

    def read(self, key: str, etag: str, offset: int) -> Iterator[bytes]:
        """The unpacked content from a byte on, in pieces. Raise `Overwritten`, or `Broken`.

        A file that was summed up is `Overwritten` too: there is nothing more to do for it.
        """

    def go_on(self, so_far: "Progress") -> None:
        """See to it that the next portion is worked on."""

    def sum_up(self, end: "Progress") -> None:
        """Keep what became of a file, and delete it: it is about people. Once more is no harm."""


class Rejections(Protocol):
    """Rejected events, kept for 30 days."""

    def keep(self, rejected: Iterable[Rejected]) -> None:
        """Keeping one twice is keeping it once."""

    def on(self, day: date, since: datetime | None = None) -> Iterator[Rejected]:
        """Those received on that day (UTC), in the order of receipt; from a moment on."""

    def forget(self, rejected: Iterable[Rejected]) -> None: ...


class Catalog(Protocol):
    """The products. An answer may be some minutes old."""

    def products(self, ids: Collection[str]) -> Mapping[str, Product]:
        """Those that there are, by id."""

    def keep(self, products: Iterable[Product]) -> None:
        """A product that is there already becomes as this one says; others stay."""
