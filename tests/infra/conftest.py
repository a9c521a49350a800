"""The real app.py, synthesized once without an account: what the tests read is what would be deployed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ("local", "dev", "staging", "production")
IN_AWS = ("dev", "staging", "production")
FUNCTIONS = (
    *("ingest", "source", "profile", "journey", "step", "connect", "decide", "release", "deliver", "subscriber"),
    *("api", "erase"),
)
ACCELERATED = "1997-01-06T00:00:00+00:00@2026-11-22T14:00:00+00:00*1800"


@dataclass(frozen=True)
class Resource:
    id: str
    type: str
    properties: dict[str, Any]
    whole: dict[str, Any]


@dataclass(frozen=True)
class Template:
    body: dict[str, Any]

    def all(self, kind: str) -> list[Resource]:
        return [each for each in self if each.type == kind]

    def one(self, kind: str, within: str) -> Resource:
        """The only one of a kind whose id has these letters."""
        (found,) = [each for each in self.all(kind) if within in each.id]
        return found

    def __iter__(self) -> Iterator[Resource]:
        for id_, body in self.body["Resources"].items():
            yield Resource(id_, body["Type"], body.get("Properties", {}), body)

    def __getitem__(self, id_: str) -> Resource:
        return next(each for each in self if each.id == id_)

    def functions(self) -> dict[str, Resource]:
        """By their names, which the construct's path ends with."""
        return {
            each.properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"].split("-", 1)[1]: each
            for each in self.all("AWS::Lambda::Function")
        }

    def statements(self, role_id: str) -> list[dict[str, Any]]:
        return [
            statement
            for policy in self.all("AWS::IAM::Policy")
            if {"Ref": role_id} in policy.properties["Roles"]
            for statement in policy.properties["PolicyDocument"]["Statement"]
        ]

    def actions(self, role_id: str) -> set[str]:
        return {action for each in self.statements(role_id) for action in listed(each["Action"])}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@dataclass(frozen=True)
class Assembly:
    folder: Path

    def template(self, environment: str, stack: str) -> Template:
        inside = self.folder / f"assembly-{environment}"
        manifest = json.loads((inside / "manifest.json").read_text())
        for artifact in manifest["artifacts"].values():
            if artifact["type"] == "aws:cloudformation:stack" and artifact["displayName"] == f"{environment}/{stack}":
                return Template(json.loads((inside / artifact["properties"]["templateFile"]).read_text()))
        raise KeyError(stack)

    def app(self, environment: str) -> Template:
        return self.template(environment, "App")

    def data(self, environment: str) -> Template:
        return self.template(environment, "Data")


def synthesize(folder: Path, context: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """As the CDK command line runs it, but without an account, credentials, or CloudFormation's own slow validation."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    env |= {
        "CDK_OUTDIR": str(folder),
        "CDK_CONTEXT_JSON": json.dumps({**json.loads((ROOT / "cdk.json").read_text())["context"], **context}),
        "CDK_VALIDATION": "false",
        "PATH": f"{Path(sys.executable).parent}:{env.get('PATH', '')}",
    }
    return subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=env, check=False, capture_output=True, text=True)


def assembly_of(folder: Path, context: Mapping[str, str]) -> Assembly:
    done = synthesize(folder, context)
    assert done.returncode == 0, done.stdout + done.stderr
    return Assembly(folder)


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """All four environments. That it is there at all says that cdk-nag has no finding: one would fail the synthesis."""
    return assembly_of(tmp_path_factory.mktemp("assembly"), {})


@pytest.fixture(scope="session")
def accelerated(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The local app with the values that `segue up` gives."""
    context = {"environment": "local", "clock": ACCELERATED, "public_url": "http://localhost:4566/x/"}
    return assembly_of(tmp_path_factory.mktemp("accelerated"), context).app("local")
