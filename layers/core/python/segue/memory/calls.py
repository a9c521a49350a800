"""`Calls` and `Caller` in memory: nobody is called, or who is says what `answers` holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from segue.journeys.calls import Called, HttpRequest, Unavailable


@dataclass(slots=True)
class MemoryCalls:
    """By person, in the order in which they were made."""

    made: dict[str, dict[str, Called]] = field(default_factory=dict)

    def get(self, profile_id: str, key: str) -> Called | None:
        return self.made.get(profile_id, {}).get(key)

    def keep(self, profile_id: str, called: Called) -> None:
        self.made.setdefault(profile_id, {})[called.key] = called


@dataclass(slots=True)
class MemoryCaller:
    """`answers` by URL: a status, or none for silence."""

    answers: Mapping[str, int | None] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    asked: list[HttpRequest] = field(default_factory=list)
    dry: bool = False

    def call(self, request: HttpRequest) -> int | None:
        if self.dry:
            return None
        self.asked.append(request)
        status = self.answers.get(request.url, 200)
        if status is None or status >= 500:  # noqa: PLR2004 - HTTP
            raise Unavailable(status)
        return status

    def secret(self, name: str) -> str:
        return "a-secret" if self.dry else self.secrets[name]
