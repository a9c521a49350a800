"""What a function must know of its surroundings: infra calls `to_env`, the function `from_env`; a name stands once."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

_PREFIX = "SEGUE_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every field is a string, because an environment variable is. Empty: not this function's business.

    `clock` is written as `segue.clock.Clock` says. `machines_arn` is the common prefix of the state machines' ARNs,
    completed by a journey's name. `calls` is "dry" where connectors call nobody.
    `workspace_path`, where it is relative, is looked for along Python's path.
    """

    environment: str
    clock: str = "system"
    workspace_path: str = "workspace.json"
    profiles_table: str = ""
    registry_table: str = ""
    bus: str = ""
    timers_queue: str = ""
    signals_queue: str = ""
    requests_queue: str = ""
    deliveries_queue: str = ""
    sources_queue: str = ""
    imports_bucket: str = ""
    erasures_queue: str = ""
    exports_bucket: str = ""
    machines_arn: str = ""
    write_keys_secret: str = ""
    signing_secret: str = ""
    connectors_secret: str = ""
    calls: str = ""
    public_url: str = ""
    from_address: str = ""
    configuration_set: str = ""

    def to_env(self) -> dict[str, str]:
        named = {f"{_PREFIX}{field.name.upper()}": str(getattr(self, field.name)) for field in fields(self)}
        return {name: value for name, value in named.items() if value}

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        known = {field.name: env[name] for field in fields(cls) if (name := f"{_PREFIX}{field.name.upper()}") in env}
        if "environment" not in known:
            message = f"{_PREFIX}ENVIRONMENT is not set: the function was not deployed by Segue's infrastructure"
            raise KeyError(message)
        return cls(**known)
