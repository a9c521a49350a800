"""People looked up, given out and erased by the command line, on moto."""

import json
from datetime import timedelta

import boto3
import pytest
from typer.testing import CliRunner, Result

from segue.aws.profiles import DynamoProfiles
from segue.cli.main import app
from segue.cli.screen import out
from segue.profiles.absorb import absorb
from segue.profiles.identity import user_profile_id
from tests.builders import NOON, an_event


@pytest.fixture
def stack(profiles_rows, registry_rows, monkeypatch):
    """Ada, of whom two events are known."""
    boto3.client("secretsmanager").create_secret(Name="signing", SecretString='{"keys": ["k"]}')
    told = {
        "ProfilesTable": "Profiles",
        "RegistryTable": "Registry",
        "ErasuresQueueUrl": boto3.client("sqs").create_queue(QueueName="erasures")["QueueUrl"],
        "ExportsBucket": "exports",
        "MachinesArn": "arn:aws:states:eu-central-1:123456789012:stateMachine:segue-test-",
        "SigningSecret": "signing",
    }
    monkeypatch.setattr("segue.cli.people.outputs_of", lambda _environment: told)
    monkeypatch.setattr("segue.cli.people._wait", lambda begun, _wiring: out.print(begun.receipt_id))
    ada = [an_event("Identified", user_id="ada", anonymous_id="v", traits={"city": "London"})]
    ada.append(an_event(at=NOON + timedelta(hours=1), user_id="ada", properties={"total": 7}))
    absorb(ada, profiles=DynamoProfiles(profiles_rows), notice=lambda _profile, _event: ())
    return DynamoProfiles(profiles_rows)


def run(*words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--environment", "dev"])


@pytest.mark.parametrize("person", ["ada", "v", user_profile_id("ada")])
def test_a_person_is_shown_by_any_identifier(stack, person):
    told = run("profile", person)

    assert told.exit_code == 0
    assert "London" in told.output


def test_a_profile_is_written_for_programs(stack):
    assert json.loads(run("profile", "ada", "--json").output)["traits"] == {"city": "London"}


def test_a_timeline_tells_the_latest_first_and_can_be_narrowed(stack):
    whole, narrowed = run("timeline", "ada").output, run("timeline", "ada", "--name", "Identified").output

    assert whole.index("Order Completed") < whole.index("Identified")
    assert "Order Completed" not in narrowed


def test_an_export_is_one_document(stack):
    document = json.loads(run("export", "ada").output)

    assert [event["name"] for event in document["events"]] == ["Identified", "Order Completed"]


def test_nobody_is_erased_without_a_yes(stack):
    told = run("erase", "ada")

    assert told.exit_code == 2
    assert not stack.head(user_profile_id("ada")).profile.value.erased


def test_whoever_is_erased_is_blocked_and_found_no_more(stack):
    told, again = run("erase", "v", "--yes", "--reason", "a letter"), run("profile", "ada")

    receipt_id = stack.head(user_profile_id("ada")).profile.value.erased
    assert (told.exit_code, again.exit_code) == (0, 1)
    assert receipt_id in told.output
    assert receipt_id in again.output


def test_somebody_who_is_not_known_is_said_so(stack):
    told = run("export", "nobody")

    assert told.exit_code == 1
    assert "Nobody is known as 'nobody'" in told.output
