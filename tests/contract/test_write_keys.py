"""Write keys are found, in memory and in Secrets Manager; rotation takes no downtime."""

import json
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


def test_a_first_secret_that_cannot_be_read_raises(secrets, clock):
    secrets.put_secret_value(SecretId="keys", SecretString='{"keys": [{"name": "shop", "key": "short"}]}')

    with pytest.raises(ValidationError):
        SecretWriteKeys(secrets, "keys", clock).find(OLD)


def test_neither_the_secret_nor_an_error_shows_a_key():
    assert OLD not in repr(WrittenKeys.model_validate_json(written(OLD)))
    assert OLD not in repr(MemoryWriteKeys(WrittenKeys.model_validate_json(written(OLD))).__dict__)
