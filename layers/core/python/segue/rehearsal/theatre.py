"""The workspace as a rehearsal deploys it: all journeys in one stack, and yet each example with its own journey alone.

A person's trait names the journey that they rehearse; each journey's entry asks for it, and the plan knows it. Nothing
else is changed.
"""

import shutil
from pathlib import Path
from typing import Any

import yaml

from segue.workspace.kinds import EXAMPLES

#: The trait, and what it says of a person for whom every journey is open.
TRAIT, EVERY = "rehearses", "every journey"


def build(workspace: Path, into: Path) -> Path:
    """A copy of the workspace's folder whose journeys admit nobody but who rehearses them."""
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(workspace, into)
    (into / "events" / "rehearsal.yaml").write_text(yaml.safe_dump({"traits": {TRAIT: "string"}}))
    for file in (into / "journeys").glob("*.yaml"):
        if not file.name.endswith(EXAMPLES):
            file.write_text(yaml.safe_dump(_guarded(yaml.safe_load(file.read_text())), sort_keys=False))
    return into


def _guarded(journey: dict[str, Any]) -> dict[str, Any]:
    entry = journey["entry"]
    guard = f'profile.traits.{TRAIT} in ["{journey["journey"]}", "{EVERY}"]'
    when = f"{guard} && ({entry['when']})" if "when" in entry else guard
    return {**journey, "entry": {**entry, "when": when}}
