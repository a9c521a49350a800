"""What a function reads of the workspace that it was deployed with: the whole, or one part of it.

Reading the whole would cost most functions their cold start. Imports stand where they are used, as in `wiring`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segue.decisions.policy import Policy
    from segue.events.enrichment.addresses import IpAddresses
    from segue.events.identity import Identity
    from segue.events.plan import TrackingPlan
    from segue.events.sources import Source
    from segue.journeys.connectors import Connectors
    from segue.messages.template import Template
    from segue.profiles.counting import Tell
    from segue.profiles.rules import Rules
    from segue.workspace.bundle import Workspace

# ruff: noqa: PLC0415 - see the module's docstring


class Bundled:
    """`path`: of the bundle, looked for along Python's path where it is relative."""

    def __init__(self, path: str) -> None:
        self._path = path

    @cached_property
    def workspace(self) -> Workspace:
        from segue.workspace.bundle import Workspace

        return Workspace.from_bundle(_along_python_path(self._path))

    @cached_property
    def plan(self) -> TrackingPlan:
        """The tracking plan alone: reading the whole workspace would cost `ingest` its cold start."""
        from segue.events.plan import TrackingPlan

        return TrackingPlan.model_validate(self._bundle["plan"])

    @cached_property
    def identity(self) -> Identity:
        """How people are known, alone: see `plan`. A bundle without it means the defaults."""
        from segue.events.identity import Identity

        return Identity.model_validate(self._bundle.get("identity", {}))

    @cached_property
    def ip_addresses(self) -> IpAddresses:
        """The choice alone, for `ingest`: see `plan`."""
        choice: IpAddresses = self._bundle.get("ip_addresses", "drop")
        return choice

    @cached_property
    def policy(self) -> Policy:
        """The policy alone, for `decide`: see `plan`."""
        from segue.decisions.policy import Policy

        return Policy.model_validate(self._bundle["policy"])

    @cached_property
    def connectors(self) -> Connectors:
        """Alone, for `connect`: see `plan`."""
        from segue.journeys.connectors import Connectors

        return Connectors.model_validate(self._bundle.get("connectors", {}))

    @cached_property
    def brand(self) -> Mapping[str, str]:
        """As texts see it, alone: see `plan`."""
        brand: Mapping[str, str] = self._bundle["brand"]
        return brand

    def rules(self, tell: Tell) -> Rules:
        """The definitions of traits and segments alone: see `plan`."""
        from segue.profiles.computed import Segments, Traits
        from segue.profiles.rules import Rules

        bundle = self._bundle
        traits, segments = bundle.get("traits", {}), bundle.get("segments", {})
        return Rules(Traits.model_validate(traits), Segments.model_validate(segments), tell)

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """The cloud sources alone, by name: see `plan`."""
        from segue.events.sources import Source

        read = [Source.model_validate(each) for each in self._bundle.get("sources", ())]
        return {source.source: source for source in read}

    @cached_property
    def deployed_templates(self) -> Mapping[str, Template]:
        """As deployed, alone, by name: see `plan`."""
        from segue.messages.template import Template

        read = [Template.model_validate(each) for each in self._bundle.get("templates", ())]
        return {template.name: template for template in read}

    @cached_property
    def _bundle(self) -> Any:
        return json.loads(_along_python_path(self._path).read_bytes())


def _along_python_path(name: str) -> Path:
    """A layer is unpacked at /opt on AWS and elsewhere in the emulator, but is on Python's path in both."""
    return next((path for folder in sys.path if (path := Path(folder) / name).is_file()), Path(name))
