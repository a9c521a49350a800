"""All that happened to a person and was decided about them, read off the table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from segue.aws.profiles import DynamoProfiles
from segue.aws.table import Row, decode, partition, rows
from segue.decisions.decision import SendRecord
from segue.events.event import Event
from segue.profiles.profile import Profile
from segue.profiles.receive import story
from segue.profiles.runs import Run

_EVER = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Lookup:
    """`rows` of the `Profiles` table."""

    rows: type[Row]

    @classmethod
    def on(cls, table: str) -> "Lookup":
        return cls(rows(table))

    @property
    def profiles(self) -> DynamoProfiles:
        return DynamoProfiles(self.rows)

    def records(self, profile: Profile) -> tuple[SendRecord, ...]:
        """The latest request first; also those that were asked for while the person was still anonymous."""
        found = [record for place in profile.places for record in self._in(place)]
        return tuple(sorted(found, key=lambda each: (each.request.requested_at, each.request.send_id), reverse=True))

    def events(self, profile: Profile) -> tuple[Event, ...]:
        """All that happened to them, by time."""
        return tuple(story(self.profiles, profile, _EVER))

    def runs(self, profile: Profile) -> tuple[Run, ...]:
        """Those under way, and those that ended lately."""
        return tuple(self.profiles.runs(profile.profile_id).value.runs.values())

    def _in(self, profile_id: str) -> Iterator[SendRecord]:
        for row in self.rows.query(partition(profile_id), self.rows.sk.startswith("DECISION#")):
            yield decode(SendRecord, row.doc)
