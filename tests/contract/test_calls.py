"""What every keeper of calls promises; and the way out, to a real server."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest

from segue.aws.connecting import DynamoCalls, HttpCaller
from segue.journeys.calls import Called, Calls, HttpRequest, Unavailable
from segue.memory.calls import MemoryCalls
from tests.builders import NOON

CALLED = Called(key="thanks-1.1-connector.crm", connector="crm", at=NOON, outcome="done", status=201, said={"n": 3})


@pytest.fixture(params=["memory", "aws"])
def calls(request: pytest.FixtureRequest) -> Calls:
    return MemoryCalls() if request.param == "memory" else DynamoCalls(request.getfixturevalue("profiles_rows"))


def test_what_was_called_is_found_again(calls: Calls) -> None:
    assert calls.get("u-ada", CALLED.key) is None

    calls.keep("u-ada", CALLED)

    assert calls.get("u-ada", CALLED.key) == CALLED
    assert calls.get("u-bob", CALLED.key) is None


class Server(ThreadingHTTPServer):
    """Answers with the status that the path names, and writes down what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked: list[tuple[str, dict[str, str], Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answering(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers), json.loads(said)))
        status = int(self.path.strip("/"))
        self.send_response(status)
        self.send_header("Location", "/200")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def a_request(url: str) -> HttpRequest:
    return HttpRequest(url=url, method="POST", headers={"X-Said": "yes"}, body='{"a": "ä"}', key="k")


@pytest.fixture
def caller(aws: None) -> HttpCaller:
    client = boto3.client("secretsmanager")
    client.create_secret(Name="connectors", SecretString='{"crm": "s3cret"}')
    return HttpCaller(client, "connectors", dry=False)


@pytest.mark.parametrize("status", [200, 201, 204, 302, 400, 404])
def test_the_status_is_the_answer(caller: HttpCaller, server: Server, status: int) -> None:
    assert caller.call(a_request(f"{server.url}/{status}")) == status

    ((path, headers, body),) = server.asked
    assert (path, headers["X-Said"], body) == (f"/{status}", "yes", {"a": "ä"})


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_may_be_another_answer_later_is_none(caller: HttpCaller, server: Server, status: int) -> None:
    with pytest.raises(Unavailable) as caught:
        caller.call(a_request(f"{server.url}/{status}"))

    assert caught.value.status == status


def test_nobody_there_is_no_answer(caller: HttpCaller, server: Server) -> None:
    server.shutdown()
    server.server_close()

    with pytest.raises(Unavailable) as caught:
        caller.call(a_request(f"{server.url}/200"))
    assert caught.value.status is None


def test_secrets_are_found_by_name(caller: HttpCaller) -> None:
    assert caller.secret("crm") == "s3cret"
    with pytest.raises(LookupError):
        caller.secret("slack")


def test_where_nobody_is_called_nothing_is_asked(aws: None, server: Server) -> None:
    caller = HttpCaller(boto3.client("secretsmanager"), "missing", dry=True)

    assert caller.secret("crm")
    assert caller.call(a_request(f"{server.url}/500")) is None
    assert server.asked == []
