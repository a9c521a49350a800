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

