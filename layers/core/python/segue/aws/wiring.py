"""The composition root: each port on AWS, made when it is first asked for and kept while the function is warm."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from segue.aws.settings import Settings
from segue.clock import Clock


class Wiring:
    """A function asks only for what its role may use; nothing else is made, since making a client costs cold start."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def clock(self) -> Clock:
        return Clock.parse(self.settings.clock)


def wire(env: Mapping[str, str]) -> Wiring:
    return Wiring(Settings.from_env(env))


def _client(service: str) -> Any:
    import boto3  # noqa: PLC0415 - importing it costs cold start, and not every function needs it

    return boto3.client(service)
