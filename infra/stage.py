"""One environment: what it keeps, and what works on it."""

from functools import cache
from pathlib import Path

from aws_cdk import Environment as Place
from aws_cdk import Stage, Tags
from constructs import Construct

from infra.app import App
from infra.config import Environment
from infra.data import Data
from segue.workspace.bundle import Workspace
from segue.workspace.load import load


@cache
def _workspace(folder: Path) -> Workspace:
    """Read once for all environments. A workspace with mistakes is not deployed: all of them are raised."""
    return load(folder)


class Segue(Stage):
    def __init__(self, scope: Construct, id_: str, *, config: Environment) -> None:
        super().__init__(scope, id_, env=Place(account=config.account or None, region=config.region or None))
        data = Data(self, "Data", config=config)
        App(self, "App", config=config, data=data, workspace=_workspace(config.workspace_folder))
        Tags.of(self).add("segue:environment", config.name)
