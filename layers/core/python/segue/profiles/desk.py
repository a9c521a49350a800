"""The documents that some events change, side by side: read when first needed, written together at the end."""

from collections.abc import Callable
from typing import Generic, TypeVar

from segue.events.event import Event
from segue.profiles.head import Versioned
from segue.profiles.ledger import Ledger
from segue.profiles.ports import Change, Entry, Profiles
from segue.profiles.profile import Profile
from segue.profiles.runs import Runs
from segue.profiles.signals import Enter

T = TypeVar("T")

#: What was on a desk at some moment: the documents to be put, and how many entries in how many rows.
Mark = tuple[dict[str, Profile], dict[str, Ledger], dict[str, Runs], dict[str, Profile], int, int]


class Drawer(Generic[T]):
    """The documents of one kind, by profile id, as they are to be."""

    def __init__(self, read: Callable[[str], Versioned[T]]) -> None:
        self._read = read
        self._found: dict[str, Versioned[T]] = {}
        self._put: dict[str, T] = {}

    def __getitem__(self, profile_id: str) -> T:
        return self._put[profile_id] if profile_id in self._put else self._look(profile_id).value

    def __setitem__(self, profile_id: str, document: T) -> None:
        self._look(profile_id)
        self._put[profile_id] = document

    def found(self, profile_id: str) -> T:
        """As it was read, whatever it is to be."""
        return self._look(profile_id).value

    def __len__(self) -> int:
        return len(self._put)

    def is_new(self, profile_id: str) -> bool:
        """Whether nobody has ever written it."""
        return self._look(profile_id).version == 0

    def mark(self) -> dict[str, T]:
        """What is to be put by now."""
        return dict(self._put)

    def back_to(self, mark: dict[str, T]) -> None:
        self._put = mark

    def changed(self) -> dict[str, Versioned[T]]:
        """What is to be written, at the version that it was read."""
        return {key: Versioned(document, self._found[key].version) for key, document in self._put.items()}

    def known(self) -> dict[str, T]:
        """Everything read, as it is to be."""
        return {key: found.value for key, found in self._found.items()} | self._put

    def _look(self, profile_id: str) -> Versioned[T]:
        if profile_id not in self._found:
            self._found[profile_id] = self._read(profile_id)
        return self._found[profile_id]


class Desk:
    def __init__(self, profiles: Profiles) -> None:
        self.profiles: Drawer[Profile] = Drawer(profiles.profile)
        self.ledgers = Drawer(profiles.ledger)
        self.runs = Drawer(profiles.runs)
        #: The people as they were looked at last.
        self.before: dict[str, Profile] = {}
        self._entries: list[Entry] = []
        self._rows = 0

    def enter(self, event: Event, raises: tuple[Enter, ...], brought: tuple[Entry, ...] = ()) -> None:
        entry = Entry(event=event, raises=raises, brought=brought)
        self._entries.append(entry)
        self._rows += entry.size

    def mark(self) -> Mark:
        """To come `back_to`, should what follows not fit into the change."""
        put = self.profiles.mark(), self.ledgers.mark(), self.runs.mark()
        return (*put, dict(self.before), len(self._entries), self._rows)

    def back_to(self, mark: Mark) -> None:
        profiles, ledgers, runs, self.before, entries, self._rows = mark
        self.profiles.back_to(profiles)
        self.ledgers.back_to(ledgers)
        self.runs.back_to(runs)
        del self._entries[entries:]

    @property
    def brought(self) -> list[Event]:
        """What is told because of the events."""
        return [told.event for entry in self._entries for told in entry.brought]

    @property
    def size(self) -> int:
        """As `Change.size`, without making it."""
        return self._rows + len(self.profiles) + len(self.ledgers) + len(self.runs)

    @property
    def events(self) -> int:
        return len(self._entries)

    def change(self, told: tuple[Entry, ...] = ()) -> Change:
        """`told`: what is to be told though no event came."""
        return Change(
            entries=(*self._entries, *told),
            profiles=self.profiles.changed(),
            ledgers=self.ledgers.changed(),
            runs=self.runs.changed(),
            wakes={
                profile_id: document.value.wake
                for profile_id, document in self.profiles.changed().items()
                if document.value.wake != self.profiles.found(profile_id).wake
            },
        )
