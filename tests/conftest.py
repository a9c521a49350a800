"""Tables on moto with the shape that the infrastructure gives them; one of each per test."""

from collections.abc import Iterator
from functools import cache

import boto3
import pytest
from botocore.loaders import JSONFileLoader
from moto import mock_aws

from segue.aws.table import Row, rows

# Each test's mock begins a session of its own, which would read the models of the services from the disk again.
JSONFileLoader.load_file = staticmethod(cache(JSONFileLoader().load_file))  # type: ignore[assignment]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield
        rows.cache_clear()


def make_table(table: str) -> type[Row]:
    keys = [("pk", "HASH"), ("sk", "RANGE")]
    indexes = {
        "due": [("due_bucket", "HASH"), ("due", "RANGE")],
        "ended": [("ended_bucket", "HASH"), ("ended", "RANGE")],
    }
    attributes = [*keys, *(each for index in indexes.values() for each in index)]
    boto3.client("dynamodb").create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _ in attributes],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
        GlobalSecondaryIndexes=[
            {
                "IndexName": name,
                "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in index],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for name, index in indexes.items()
        ],
    )
    return rows(table)


@pytest.fixture
def profiles_rows(aws: None) -> type[Row]:
    return make_table("Profiles")


@pytest.fixture
def registry_rows(aws: None) -> type[Row]:
    return make_table("Registry")
