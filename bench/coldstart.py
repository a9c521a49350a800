"""A function's cold start against that of an empty handler that makes one boto3 client: CPU time of fresh processes.

Run: python -m bench.coldstart. Ends with 1 when a hot-path function takes more than 1.5 times as much.

From the start of Python until the function could make its first call: its handler is imported, its ports, their clients
and what it needs of the workspace are made. CPU time, measured in turns, holds on a machine that others use too; on AWS
there come, for both alike, what Lambda itself needs and loading the code. All is byte code already, as in the layers.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from segue.aws.settings import Settings
from segue.workspace.load import load

BUDGET = 1.5
ROUNDS = 15
EMPTY = "import boto3; boto3.client('dynamodb')"
_CONNECTED = "wired.profiles._rows._get_connection().connection.client"
FUNCTIONS = {
    "ingest": "wired.plan, wired.identity, wired.bus, wired.write_keys",
    "profile": f"handler.ports(), {_CONNECTED}",
    "decide": f"handler.desk(), {_CONNECTED}",
    "deliver": f"handler.post, wired.profiles, wired.templates, wired.mailer, wired.signing_keys, {_CONNECTED}",
}


def cpu_ms(script: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", f"{script}; import os; os._exit(0)"], check=True)  # no tidying up at the end
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def prepare(folder: str) -> None:
    bundle = Path(folder) / "workspace.json"
    bundle.write_text(json.dumps(json.loads(load("workspace").to_bundle())))
    queue = "https://sqs.eu-central-1.amazonaws.com/123456789012/q"
    settings = Settings(
        environment="bench",
        workspace_path=str(bundle),
        profiles_table="Profiles",
        registry_table="Registry",
        bus="bus",
        signals_queue=queue,
        requests_queue=queue,
        deliveries_queue=queue,
        machines_arn="arn:aws:states:eu-central-1:123456789012:stateMachine:",
        write_keys_secret="keys",
        signing_secret="signing",
    )
    os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-central-1"}
    os.environ |= {"PYTHONPYCACHEPREFIX": folder, "PYDANTIC_DISABLE_PLUGINS": "__all__"}  # as infra/function.py sets it
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ |= settings.to_env()


def main() -> bool:
    scripts = {"empty handler": EMPTY} | {
        name: f"import functions.{name}.handler as handler; wired = handler.wiring(); {made}"
        for name, made in FUNCTIONS.items()
    }
    taken: dict[str, list[float]] = {name: [] for name in scripts}
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        for number in range(ROUNDS + 1):
            for name, script in scripts.items():
                ms = cpu_ms(script)
                if number:  # the first round makes the byte code
                    taken[name].append(ms)
    print(f"{'':16}{'CPU ms':>8}{'from':>7}{'to':>7}{'ratio':>8}")
    empty, fine = statistics.median(taken["empty handler"]), True
    for name, each in taken.items():
        ratio = statistics.median(each) / empty
        over = ratio > BUDGET
        fine &= not over
        told = f"{statistics.median(each):8.0f}{min(each):7.0f}{max(each):7.0f}{ratio:8.2f}"
        print(f"{name:16}{told}{'  OVER BUDGET' if over else ''}")
    return fine


if __name__ == "__main__":
    sys.exit(not main())
