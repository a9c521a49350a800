"""Where things stand in a checkout, and the tools that it brings, so that no command depends on the caller's shell."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TOOLS = ".segue"


class Missing(Exception):
    """Something is not installed, or we are in the wrong folder; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Project:
    """A checkout of Segue. `state` is where one local stack keeps its files; another folder is another stack.

    `SEGUE_STATE` names it, seen from the root; `.segue` if it does not. Nothing in it is ever committed.
    """

    root: Path
    state_folder: str = TOOLS

    @classmethod
    def find(cls, start: Path | None = None) -> "Project":
        """The nearest folder upwards that has `cdk.json` beside `app.py`."""
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / "cdk.json").is_file() and (folder / "app.py").is_file():
                return cls(folder, os.environ.get("SEGUE_STATE", TOOLS))
        raise Missing(f"{start} is not inside a Segue project: no folder upwards has a cdk.json and an app.py")

    @property
    def state(self) -> Path:
        return self.root / self.state_folder

    @property
    def assembly(self) -> Path:
        """What `cdk synth` made of the local environment."""
        return self.state / "cdk.out"

    @property
    def outputs(self) -> Path:
        return self.state / "outputs.json"

    @property
    def emulator(self) -> Path:
        return _installed(self.root / TOOLS / "emulator" / "bin" / "ministack")

    @property
    def cdk(self) -> Path:
        return _installed(self.root / "node_modules" / ".bin" / "cdk")

    def environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        """For a tool that we start: our own Python and Node first on the path, and nothing of the caller's AWS."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {**ours, "PATH": f"{self.root / '.venv' / 'bin'}:{ours.get('PATH', '')}", **extra}


def _installed(tool: Path) -> Path:
    if not tool.exists():
        raise Missing(f"{tool} is not there. Run: make setup")
    return tool
