"""Runs the real CDK command line, as anybody would, and tells its steps to whoever watches."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from segue.local.project import Project

Watch = Callable[[str], None]


class CdkFailed(Exception):
    """The command line ended with an error; the message ends with what it said last."""


@dataclass(frozen=True, slots=True)
class Cdk:
    """`credentials` are the environment in which it finds AWS: the emulator's, or empty to use the caller's own."""

    project: Project
    credentials: Mapping[str, str]
    watch: Watch

    def bootstrap(self, account: str, region: str) -> None:
        self._run("bootstrap", f"aws://{account}/{region}", "--output", str(self.project.state / "cdk-bootstrap.out"))

    def synth(self, environment: str, context: Mapping[str, str]) -> None:
        """Into the project's assembly folder. No AWS is asked."""
        self._run("synth", "--quiet", f"{environment}/*", "--output", str(self.project.assembly), *_context(context))

    def deploy_assembly(self, environment: str) -> None:
        """What `synth` made. Nothing to confirm: it is the emulator."""
        to = ["--app", str(self.project.assembly), "--outputs-file", str(self.project.outputs)]
        self._run("deploy", f"{environment}/*", *to, "--require-approval", "never", "--concurrency", "2")

    def _run(self, *arguments: str) -> None:
        command = [str(self.project.cdk), *arguments, "--no-notices", "--ci"]
        extra = {"CDK_VALIDATION": "false", "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1", **self.credentials}
        self.project.state.mkdir(exist_ok=True, parents=True)
        said: list[str] = []
        log = self.project.state / f"cdk-{arguments[0]}.log"
        with (
            log.open("w") as kept,
            subprocess.Popen(
                command,
                cwd=self.project.root,
                env=self.project.environment(extra),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            ) as process,
        ):
            for line in process.stdout or ():
                kept.write(line)
                said.append(line.rstrip())
                self.watch(line.strip())
        if process.returncode != 0:
            reasons = "\n".join([line for line in said if "_FAILED" in line][:3] or said[-15:])
            raise CdkFailed(f"cdk {arguments[0]} failed. All of it is in {log}. What it said:\n{reasons}")


def deploy_to_aws(project: Project, environment: str, options: Sequence[str]) -> int:
    """Into a real account, with the caller's own credentials, terminal and confirmations. Gives the exit code."""
    command = [str(project.cdk), "deploy", f"{environment}/*", *options]
    path = project.environment({})["PATH"]
    return subprocess.run(command, cwd=project.root, env={**os.environ, "PATH": path}, check=False).returncode


def _context(values: Mapping[str, str]) -> list[str]:
    return [part for name, value in values.items() for part in ("-c", f"{name}={value}")]
