"""Write keys are found, in memory and in Secrets Manager; rotation takes no downtime."""

import json
import traceback
from typing import Any

import boto3
import pytest
from pydantic import ValidationError

from segue.aws.write_keys import SecretWriteKeys
from segue.events.keys import WriteKey, WrittenKeys
from segue.events.ports import WriteKeys
from segue.memory.write_keys import MemoryWriteKeys

OLD, NEW = "the-old-key-1", "the-new-key-2"
SHOP = WriteKey(name="shop", kind="server")


def written(*keys: str) -> str:
    return json.dumps({"keys": [{"name": "shop", "kind": "server", "key": key} for key in keys]})


class Ticking:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def secrets(aws: None) -> Any:
    client = boto3.client("secretsmanager")
    client.create_secret(Name="keys", SecretString=written(OLD))
    return client


@pytest.fixture(params=["memory", "aws"])
def keys(request: pytest.FixtureRequest, clock: Ticking) -> WriteKeys:
    if request.param == "memory":
        return MemoryWriteKeys(WrittenKeys.model_validate_json(written(OLD)))
    return SecretWriteKeys(request.getfixturevalue("secrets"), "keys", clock)


def test_a_key_is_found_by_itself_only(keys):
    assert keys.find(OLD) == SHOP
    assert keys.find(NEW) is None
    assert keys.find("") is None
    assert keys.find("\ud800") is None


def test_a_new_key_works_within_seconds_and_an_old_one_no_longer_than_a_minute(secrets, clock):
    keys = SecretWriteKeys(secrets, "keys", clock)
    assert keys.find(OLD) == SHOP

    secrets.put_secret_value(SecretId="keys", SecretString=written(NEW))
    clock.seconds += 6

    assert keys.find(NEW) == SHOP
    clock.seconds += 61
    assert keys.find(OLD) is None


def test_unknown_keys_do_not_hammer_the_secret(secrets, clock):
    keys = SecretWriteKeys(secrets, "keys", clock)
    assert keys.find(OLD) == SHOP
    secrets.put_secret_value(SecretId="keys", SecretString=written(NEW))

    assert keys.find(NEW) is None


def test_the_last_known_keys_hold_while_the_secret_cannot_be_read(secrets, clock):
    keys = SecretWriteKeys(secrets, "keys", clock)
    assert keys.find(OLD) == SHOP

    secrets.put_secret_value(SecretId="keys", SecretString="{broken")
    clock.seconds += 120

    assert keys.find(OLD) == SHOP


@pytest.mark.parametrize(
    ("secret", "told"),
    [
        ('{"keys": [{"name": "shop", "key": "tiny-1"}]}', "keys.0.key: Value should have at least 8 items"),
        ('{"keys": [{"name": "shop", "kind": "tiny-1", "key": 5}]}', "keys.0.kind: Input should be 'server'"),
        ('{"keys": [{"nam": "shop", "key": "tiny-1-and-long"}]}', "keys.0.name: Field required"),
        ('{"tiny-1": {"name": "shop"}}', "at the top: Extra inputs are not permitted"),
        ('{"keys": ["tiny-1"]}', "keys.0: Input should be an object"),
        ('{"keys": [{"key": "tiny-1"', "at the top: Invalid JSON"),
        ("tiny-1", "at the top: Invalid JSON"),
        (
            '{"keys": [{"name": "w", "key": "long-enough", "identity_secret": "tiny-1"}]}',
            "identity_secret.0: Value should",
        ),
        ('{"keys": [{"name": "segue", "key": "tiny-1-and-long"}]}', "'segue' is the source of other events already"),
        ('{"keys": [{"name": "import", "key": "tiny-1-and-long"}]}', "give this key another name"),
        (
            '{"keys": [{"name": "w", "key": "KEY", "identity_secret": ["KEY"]}]}'.replace("KEY", "tiny-1-" * 5),
            "identity_secret is the key itself",
        ),
    ],
)
def test_a_first_secret_that_cannot_be_read_raises_what_is_wrong_and_no_key(secrets, clock, secret, told):
    secrets.put_secret_value(SecretId="keys", SecretString=secret)

    with pytest.raises(ValueError, match="the secret of write keys cannot be read") as raised:
        SecretWriteKeys(secrets, "keys", clock).find(OLD)

    shown = "".join(traceback.format_exception(raised.value))
    assert told in shown
    assert "tiny-1" not in shown


def test_a_key_brings_the_secrets_that_vouch_for_its_people_and_shows_none(secrets, clock):
    one, other = "1" * 32, "2" * 32
    web = {"name": "web", "kind": "browser", "key": "browser-key-1", "identity_secret": [one, other]}
    secrets.put_secret_value(SecretId="keys", SecretString=json.dumps({"keys": [web]}))

    key = SecretWriteKeys(secrets, "keys", clock).find("browser-key-1")

    assert key
    assert key.identity_secrets == (one.encode(), other.encode())
    assert key.trust(required=True).public
    assert one not in repr(key)
    assert one not in repr(WrittenKeys.model_validate({"keys": [web]}))


def test_no_model_of_the_keys_shows_one_in_its_own_error():
    with pytest.raises(ValidationError) as raised:
        WrittenKeys.model_validate_json('{"keys": [{"name": "shop", "key": "tiny-1"}]}')

    assert "tiny-1" not in str(raised.value)


def test_neither_the_secret_nor_an_error_shows_a_key():
    assert OLD not in repr(WrittenKeys.model_validate_json(written(OLD)))
    assert OLD not in repr(MemoryWriteKeys(WrittenKeys.model_validate_json(written(OLD))).__dict__)
