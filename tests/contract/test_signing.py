"""What signs the links: at least one key, newest first."""

import json

import boto3
import pytest

from segue.aws.signing import SecretSigningKeys
from segue.memory.signing import MemorySigningKeys


def secret(said: object) -> SecretSigningKeys:
    client = boto3.client("secretsmanager")
    client.create_secret(Name="signing", SecretString=json.dumps(said))
    return SecretSigningKeys(client, "signing")


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ({"keys": ["new", "old"]}, ("new", "old")),
        ({"keys": [], "seed": "first"}, ("first",)),
        ({"keys": ["new"], "seed": "first"}, ("new", "first")),
    ],
)
def test_keys_come_newest_first_and_the_seed_last(aws, said, keys):
    assert secret(said).keys() == keys


@pytest.mark.parametrize("said", [{"keys": []}, {}, {"keys": [""]}, {"keys": [1]}])
def test_no_key_is_an_error(aws, said):
    with pytest.raises(ValueError, match="signing secret"):
        secret(said).keys()


def test_in_memory_there_is_one():
    assert MemorySigningKeys().keys()
