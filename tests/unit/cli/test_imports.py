"""`segue import` uploads a file and says what became of it, on moto."""

import json
from pathlib import Path

import boto3
import pytest
from click.testing import Result
from typer.testing import CliRunner

from segue.cli import imports
from segue.cli.main import app

PLACE = {"LocationConstraint": "eu-central-1"}


@pytest.fixture
def bucket(aws: None, monkeypatch: pytest.MonkeyPatch) -> str:
    boto3.client("s3").create_bucket(Bucket="imports", CreateBucketConfiguration=PLACE)
    monkeypatch.setattr(imports, "outputs_of", lambda _environment: {"ImportsBucket": "imports"})
    monkeypatch.setattr(imports, "_LOOK_SECONDS", 0.01)
    return "imports"


def run(file: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["import", str(file), "--environment", "dev", *more])


def keys(bucket: str) -> list[str]:
    return [each["Key"] for each in boto3.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_a_file_is_uploaded_under_its_content_and_its_name(bucket: str, tmp_path: Path) -> None:
    (tmp_path / "orders.jsonl").write_text("{}")

    assert run(tmp_path / "orders.jsonl", "--wait", "0").exit_code == 0
    assert run(tmp_path / "orders.jsonl", "--wait", "0").exit_code == 0
    (tmp_path / "orders.jsonl").write_text("{} ")
    assert run(tmp_path / "orders.jsonl", "--wait", "0").exit_code == 0

    assert len(keys(bucket)) == 2
    assert all(key.startswith("incoming/") and key.endswith("/orders.jsonl") for key in keys(bucket))


def test_the_end_is_told_in_numbers(bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "orders.jsonl").write_text("{}")
    summary = {"line": 5, "accepted": 3, "rejected": 2, "done": True}

    def take_in(_seconds: float) -> None:
        name = keys(bucket)[0].removeprefix("incoming/")
        boto3.client("s3").put_object(Bucket=bucket, Key=f"summaries/{name}.json", Body=json.dumps(summary).encode())

    monkeypatch.setattr(imports.time, "sleep", take_in)

    assert "3 events of 5 lines taken in, 2 rejected" in run(tmp_path / "orders.jsonl").output


def test_a_file_of_another_kind_is_not_uploaded(bucket: str, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("a,b")

    told = run(tmp_path / "orders.csv")

    assert (told.exit_code, keys(bucket)) == (2, [])
    assert "none of .jsonl" in told.output
