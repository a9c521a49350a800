"""`Registry` on DynamoDB: partition `JOURNEY#<name>`, rows `VERSION#<version>` and `STATE`."""

from pydantic import TypeAdapter
from pynamodb.exceptions import PutError

from segue.aws.table import Row
from segue.journeys.ports import Kept

_STATE, _PAUSED = "STATE", "paused"
_KEPT: TypeAdapter[Kept] = TypeAdapter(Kept)


class DynamoRegistry:
    """What was kept once is remembered while the function is warm: a version never changes."""

    def __init__(self, rows: type[Row]) -> None:
        self._rows = rows
        self._known: dict[tuple[str, str], Kept] = {}

    def keep(self, kept: Kept) -> None:
        journey = kept.journey
        if (journey.name, journey.version) in self._known:
            return
        row = self._rows(_partition(journey.name), _version(journey.version), doc=_KEPT.dump_json(kept).decode())
        try:
            row.save(condition=self._rows.pk.does_not_exist())
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
        self._known[journey.name, journey.version] = kept

    def version(self, journey: str, version: str) -> Kept | None:
        key = (journey, version)
        if key not in self._known:
            row = self._read(journey, _version(version))
            if row is None or row.doc is None:
                return None
            self._known[key] = _KEPT.validate_json(row.doc)
        return self._known[key]

    def pause(self, journey: str) -> None:
        self._rows(_partition(journey), _STATE, state=_PAUSED).save()

    def unpause(self, journey: str) -> None:
        self._rows(_partition(journey), _STATE).delete()

    def paused(self, journey: str) -> bool:
        row = self._read(journey, _STATE)
        return row is not None and row.state == _PAUSED

    def _read(self, journey: str, sort: str) -> Row | None:
        try:
            return self._rows.get(_partition(journey), sort, consistent_read=True)
        except self._rows.DoesNotExist:
            return None


def _partition(journey: str) -> str:
    return f"JOURNEY#{journey}"


def _version(version: str) -> str:
    return f"VERSION#{version}"
