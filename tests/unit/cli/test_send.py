"""Messages asked for and previewed by the command line, on moto, with the workspace at hand."""

import json
from datetime import UTC, datetime

import boto3
import pytest
from typer.testing import CliRunner, Result

from segue.aws.lookup import Lookup
from segue.aws.profiles import DynamoProfiles
from segue.cli.main import app
from segue.clock import Clock
from segue.profiles.absorb import absorb
from segue.profiles.identity import user_profile_id
from tests.builders import NOON, an_event


@pytest.fixture
def stack(profiles_rows, registry_rows, monkeypatch) -> str:
    """Ada, who may be written to; it is noon. The URL of the queue of requests."""
    boto3.client("secretsmanager").create_secret(Name="signing", SecretString='{"keys": ["k"]}')
    url = boto3.client("sqs").create_queue(QueueName="requests")["QueueUrl"]
    told = {
        "ProfilesTable": "Profiles",
        "RegistryTable": "Registry",
        "RequestsQueueUrl": url,
        "SigningSecret": "signing",
        "MachinesArn": "arn:aws:states:eu-central-1:123456789012:stateMachine:segue-test-",
    }
    clock = Clock(start=NOON, anchor=datetime(2999, 1, 1, tzinfo=UTC))
    for module in ("send", "why"):
        monkeypatch.setattr(f"segue.cli.{module}.outputs_of", lambda _environment: told)
    monkeypatch.setattr("segue.cli.send.clock_of", lambda _environment: clock)
    said = {"traits": {"email": "ada@example.com"}, "context": {"timezone": "Europe/Berlin"}}
    ada = [
        an_event("Identified", user_id="ada", **said),
        an_event("Consent Given", user_id="ada", properties={"purpose": "marketing"}),
    ]
    absorb(ada, profiles=DynamoProfiles(profiles_rows), notice=lambda _profile, _event: ())
    return url


def run(*words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--environment", "dev"])


def queued(url: str) -> list[dict]:
    found = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(each["Body"])["request"] for each in found]


def test_a_message_is_asked_for_and_told_of_by_why(stack):
    told = run("send", "we-miss-you", "--to", "ada", "--channel", "email", "--set", "code=SPRING")

    (request,) = queued(stack)
    assert told.exit_code == 0, told.output
    assert (request["profile_id"], request["template"]) == (user_profile_id("ada"), "we-miss-you")
    assert request["send_id"] in told.output
    why = run("why", "ada").output
    assert "by the API" in why
    assert "accepted, not decided yet" in why


def test_the_same_key_is_the_same_message(stack):
    first, again = (run("send", "we-miss-you", "--to", "ada", "--key", "k") for _ in range(2))

    assert "was asked for before" in again.output
    assert first.output.split()[0] == again.output.split()[0]
    other = run("send", "we-miss-you", "--to", "ada", "--key", "k", "--category", "transactional")
    assert (other.exit_code, "used before" in other.output) == (2, True)


@pytest.mark.parametrize("key", ["", " ", "x" * 256])
def test_a_key_that_is_none_is_refused(stack, key):
    told = run("send", "we-miss-you", "--to", "ada", "--key", key)

    assert (told.exit_code, queued(stack)) == (2, [])


def test_when_tells_the_answer_with_its_checks_and_asks_for_nothing(stack):
    told = run("when", "we-miss-you", "ada", "--channel", "email")

    assert told.exit_code == 0, told.output
    assert "To be sent by email: every check passed." in told.output
    assert "consent" in told.output
    assert queued(stack) == []


@pytest.mark.parametrize("command", [("send", "we-mis-you", "--to", "ada"), ("when", "we-mis-you", "ada")])
def test_a_template_that_there_is_not_is_said_with_what_may_be_meant(stack, command):
    told = run(*command)

    assert told.exit_code in (1, 2)
    assert "did you mean 'we-miss-you'?" in told.output


@pytest.mark.parametrize("given", ["foo", "=7", " =7"])
@pytest.mark.parametrize("command", [("send", "we-miss-you", "--to", "ada"), ("when", "we-miss-you", "ada")])
def test_a_property_without_a_name_or_a_value_is_refused(stack, command, given):
    told = run(*command, "--set", given)

    assert (told.exit_code, queued(stack)) == (2, [])
    assert "write NAME=VALUE" in " ".join(told.output.split())


def test_a_property_may_be_empty_if_that_is_said(stack, profiles_rows):
    run("send", "we-miss-you", "--to", "ada", "--set", "code=")

    (asked,) = Lookup(profiles_rows).records(DynamoProfiles(profiles_rows).profile(user_profile_id("ada")).value)
    assert asked.request.properties == {"code": ""}


def test_what_a_step_says_can_be_said_of_a_single_message(stack):
    run(
        *("send", "we-miss-you", "--to", "ada", "--channel", "email", "--no-fallback"),
        *("--topic", "offers", "--priority", "0", "--expires-after", "2h"),
    )

    (request,) = queued(stack)
    assert (request["topic"], request["priority"]) == ("offers", 0)
    assert request["expires_at"] == "2026-03-10T15:00:00Z"
    assert "fallbacks" not in request or not request["fallbacks"]


def test_send_names_the_command_that_tells_what_becomes_of_it(stack):
    told = run("send", "we-miss-you", "--to", "ada")

    (request,) = queued(stack)
    assert f"{request['send_id']} is accepted." in told.output
    assert f"segue why {request['send_id']} --environment dev" in told.output


def test_a_key_of_another_message_is_refused_in_the_words_of_the_command_line(stack):
    run("send", "we-miss-you", "--to", "ada", "--key", "k")

    told = run("send", "we-miss-you", "--to", "ada", "--key", "k", "--category", "transactional")

    assert "This key was used before, for another message" in told.output
    assert "body" not in told.output


def test_when_says_of_whom_of_what_and_of_which_moment_it_speaks(stack):
    told = run("when", "we-miss-you", "ada", "--channel", "email").output

    assert "time zone   Europe/Berlin" in told
    assert "we-miss-you, if it were asked for on Tue 2026-03-10 14:00 in Europe/Berlin" in told


def test_when_asks_what_a_step_would_get(stack):
    night = ("--at", "2026-03-10 23:30")

    waits = run("when", "we-miss-you", "ada", "--channel", "email", "--no-fallback", *night).output
    offset = run("when", "we-miss-you", "ada", "--channel", "email", "--at", "2026-03-10T23:30:00+01:00").output
    least = run("when", "we-miss-you", "ada", "--channel", "email", "--topic", "offers", "--priority", "7").output

    assert "Deferred to Wed 2026-03-11 09:00 in Europe/Berlin" in waits
    assert "asked for on Tue 2026-03-10 23:30 in Europe/Berlin" in offset
    assert "priority 7" in least
    assert "email/offers" in least


def test_a_moment_that_is_none_is_refused_with_what_to_write(stack):
    told = run("when", "we-miss-you", "ada", "--at", "tomorrow")

    assert told.exit_code == 2
    assert '"2026-03-10 22:30"' in " ".join(told.output.split())


def test_why_tells_of_one_message_by_its_id(stack):
    for key in ("1", "2"):
        run("send", "we-miss-you", "--to", "ada", "--key", key)
    first, second = (request["send_id"] for request in queued(stack))

    told = run("why", first)

    assert told.exit_code == 0, told.output
    assert first in told.output
    assert second not in told.output
    assert "time zone   Europe/Berlin" in told.output


@pytest.mark.parametrize("nobodys", ["m-onf3xv5nzuvvxxxxxxxxxxxxxx", "thanks-onf3xv5nzuvvxxxxxxxxxxxxxx.1-send"])
def test_of_a_message_that_there_is_not_that_is_told(stack, nobodys):
    told = run("why", nobodys)

    assert told.exit_code == 1
    assert f"There is no message '{nobodys}'" in told.output
