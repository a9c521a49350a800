"""People looked up, given out and erased by the command line, on moto."""

import getpass
import json
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from typer.testing import CliRunner, Result

from segue.aws.profiles import DynamoProfiles
from segue.cli.main import app
from segue.cli.screen import out
from segue.events.identifier import Identifier
from segue.events.identity import Identity
from segue.events.recognise import recognise
from segue.profiles.absorb import absorb
from segue.profiles.identity import user_profile_id
from segue.profiles.rules import Rules
from segue.workspace.load import load_definitions
from tests.builders import NOON, an_event

EMAIL = "ada@example.com"


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
    monkeypatch.setattr("segue.cli.why.outputs_of", lambda _environment: told)
    ada = [recognised("Identified", user_id="ada", anonymous_id="v", traits={"city": "London", "email": EMAIL})]
    ada[0] = replace(ada[0], identifiers=(*ada[0].who, Identifier("loyalty_id", "4711")))
    ada.append(an_event(at=NOON + timedelta(hours=1), user_id="ada", properties={"total": 7}))
    rules = Rules(*load_definitions("workspace"))
    absorb(ada, profiles=DynamoProfiles(profiles_rows), notice=lambda _profile, _event: (), rules=rules)
    return DynamoProfiles(profiles_rows)


def recognised(*given, **said):
    return recognise(an_event(*given, **said), Identity()).event


def run(*words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--environment", "dev"])


@pytest.mark.parametrize("person", ["ada", " ada", "v", user_profile_id("ada"), "ADA@Example.com"])
def test_a_person_is_shown_by_any_identifier(stack, person):
    told = run("profile", person)

    assert told.exit_code == 0
    assert "London" in told.output


def test_a_profile_is_written_for_programs(stack):
    assert json.loads(run("profile", "ada", "--json").output)["traits"] == {"city": "London", "email": EMAIL}


def test_what_the_workspace_at_hand_computes_is_shown_too(stack):
    shown = json.loads(run("profile", "ada", "--json").output)

    assert shown["computed"]["orders"] == 1
    assert "orders" in run("profile", "ada").output


@pytest.mark.parametrize("command", ["profile", "timeline", "export", "why"])
def test_a_namespace_of_ones_own_is_looked_into_when_it_is_named(stack, command):
    told, guessed = run(command, "4711", "--namespace", "loyalty_id"), run(command, "4711")

    assert told.exit_code == 0
    assert guessed.exit_code == 1
    assert "--namespace" in guessed.output


def test_a_namespace_that_nobody_has_named_is_said(stack):
    told = run("profile", "ada", "--namespace", "userid")

    assert told.exit_code == 1
    assert "Nobody is known as 'ada': identity.yaml names no such namespace; did you mean 'user_id'?" in told.output


def test_why_finds_whoever_a_profile_is_shown_of(stack):
    for person in ("ada", "v", EMAIL, user_profile_id("ada")):
        told = run("why", person)

        assert told.exit_code == 0
        assert "Nobody has wanted to send them anything" in told.output


def test_a_name_that_fits_two_people_erases_neither_and_says_who_they_are(stack):
    absorb([an_event(user_id="v")], profiles=stack, notice=lambda _profile, _event: ())

    told, shown = run("erase", "v", "--yes"), run("profile", "v")

    assert told.exit_code == 1
    for namespace, profile_id in (("user_id", user_profile_id("v")), ("anonymous_id", user_profile_id("ada"))):
        assert f"--namespace {namespace:<13} {profile_id}" in told.output
        assert not stack.head(profile_id).profile.value.erased
    assert "fits 2 people" in shown.output

    assert run("erase", "v", "--yes", "--namespace", "anonymous_id").exit_code == 0
    assert stack.head(user_profile_id("ada")).profile.value.erased
    assert not stack.head(user_profile_id("v")).profile.value.erased


def test_a_timeline_tells_the_latest_first_and_can_be_narrowed(stack):
    whole, narrowed = run("timeline", "ada").output, run("timeline", "ada", "--name", "Identified").output

    assert whole.index("Order Completed") < whole.index("Identified")
    assert "Order Completed" not in narrowed


def test_an_export_is_one_document(stack):
    document = json.loads(run("export", "ada").output)

    theirs = [event["name"] for event in document["events"] if event["source"] != "segue"]
    assert theirs == ["Identified", "Order Completed"]


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


@pytest.mark.parametrize(
    ("words", "did"),
    [
        (["profile", "v"], "profile read"),
        (["profile", "v", "--json"], "profile read"),
        (["timeline", "v"], "timeline read"),
        (["export", "v"], "profile exported"),
        (["erase", "v"], "profile read"),
    ],
)
def test_who_looked_at_whom_is_kept(stack, registry_rows, words, did):
    run(*words)

    assert trail(registry_rows) == [(f"segue ({getpass.getuser()})", did, user_profile_id("ada"))]


def test_who_erased_whom_is_kept_by_the_receipt_before_anything_is_done(stack, registry_rows, monkeypatch):
    monkeypatch.setattr("segue.aws.wiring.Wiring.errands", None)  # so it breaks off before anybody is blocked
    run("erase", "v", "--yes")
    monkeypatch.undo()

    assert not stack.head(user_profile_id("ada")).profile.value.erased
    ((who, did, receipt_id),) = trail(registry_rows)
    assert (who, did, receipt_id[:2]) == (f"segue ({getpass.getuser()})", "erasure asked", "r-")


def trail(registry_rows) -> list[tuple[str, str, str]]:
    noted = [json.loads(row.doc) for row in registry_rows.scan() if row.pk.startswith("AUDIT#")]
    return [(said["who"], said["did"], said["to"]) for said in noted]


def test_somebody_who_is_not_known_is_said_so(stack):
    told = run("export", "nobody")

    assert told.exit_code == 1
    assert "Nobody is known as 'nobody'" in told.output
