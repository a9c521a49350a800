"""The published Segment clients deliver unchanged, and so does what a browser sends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
from segment.analytics.client import Client

from segue.local.stack import WRITE_KEYS
from tests.e2e.conftest import Local, eventually

NODE = Path(__file__).parent / "node" / "send.mjs"


def seen(local: Local, person: str, name: str, often: int) -> None:
    def count() -> bool:
        profile = local.find(person)
        counted = profile.whole.events.get(name) if profile else None
        return counted is not None and counted.count == often

    eventually(count)


def test_the_python_client_delivers(local: Local) -> None:
    failed: list[Exception] = []
    client = Client(
        local.deployed.write_key, host=local.deployed.api, on_error=lambda error, _: failed.append(error), max_retries=1
    )
    client.identify("py-ada", {"email": "py-ada@example.com"})
    for number in range(12):
        client.track("py-ada", "Product Added", {"product_id": f"p-{number}", "price": 1.5})
    client.shutdown()

    assert failed == []
    seen(local, "py-ada", "Product Added", 12)
    profile = local.find("py-ada")
    assert profile is not None
    assert profile.traits() == {"email": "py-ada@example.com"}


def test_the_node_client_delivers(local: Local) -> None:
    host = local.running.url
    path = f"{local.deployed.api.removeprefix(host)}/v1/batch"
    node = Path(sys.executable).with_name("node")
    command = [str(node), str(NODE), host, path, local.deployed.write_key, "node-ada", "12"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env={**os.environ})

    assert (done.returncode, done.stderr) == (0, "")
    seen(local, "node-ada", "Product Added", 12)


def test_a_browser_asks_first_and_then_sends_text(local: Local) -> None:
    """analytics.js posts `text/plain` with the write key in the body, to be spared the preflight; fetch asks first."""
    origin = "https://shop.example.com"
    asked = httpx.options(
        f"{local.deployed.api}/v1/t",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    )
    call = {
        "writeKey": WRITE_KEYS["browser"],
        "anonymousId": "browser-1",
        "event": "Product Added",
        "properties": {"product_id": "p-1"},
        "context": {"timezone": "Europe/Berlin"},
        "messageId": "ajs-next-1",
    }
    answer = httpx.post(
        f"{local.deployed.api}/v1/t",
        content=json.dumps(call),
        headers={"Content-Type": "text/plain", "Origin": origin},
    )

    assert asked.is_success
    assert asked.headers["access-control-allow-origin"] in {"*", origin}
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    seen(local, "browser-1", "Product Added", 1)
