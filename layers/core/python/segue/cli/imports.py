"""`segue import`: a file of events by way of the bucket, for what is too large to be sent call by call."""

import hashlib
import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from segue.cli.place import Where, client, outputs_of
from segue.cli.screen import err, out, plainly

SUFFIXES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
_LOOK_SECONDS = 1.0

File = Annotated[Path, typer.Argument(help="JSON lines (.jsonl, .ndjson), perhaps packed (.gz).", exists=True)]
Wait = Annotated[int, typer.Option(help="How many minutes to wait for the end; 0: only upload.", min=0)]


def import_file(file: File, wait: Wait = 30, environment: Where = "local") -> None:
    """Upload a file of Segment calls, one JSON object a line, and wait until all of it is taken in.

    Each line is a call as [bold]/v1/batch[/] takes it, with its own timestamp. The same file again counts nothing
    twice. What does not fit is kept with its line's number: [bold]segue rejected[/].

    [dim]segue import orders-2025.jsonl.gz[/]
    """
    if not file.name.endswith(SUFFIXES):
        err.print(f"{file.name} is none of {', '.join(SUFFIXES)}: pack or rename it.", markup=False)
        raise typer.Exit(2)
    with plainly():
        from segue.aws.imports import INCOMING, summary_key  # noqa: PLC0415 - botocore and pydantic

        bucket = outputs_of(environment)["ImportsBucket"]
        key = f"{INCOMING}{_digest(file)}/{file.name}"
        s3 = client("s3")
        s3.delete_object(Bucket=bucket, Key=summary_key(key))  # of an earlier import of this file
        s3.upload_file(str(file), bucket, key)
        out.print(f"{file.name} is uploaded.", markup=False)
        if wait and (end := _end(s3, bucket, summary_key(key), 60 * wait)):
            out.print(f"{end['accepted']} events of {end['line']} lines taken in, {end.get('rejected', 0)} rejected.")
        elif wait:
            err.print("It is still being imported; the dashboard shows how far it is.")
            raise typer.Exit(1)


COMMANDS = {"import": import_file}


def _digest(file: Path) -> str:
    """Of the content: another file of the same name does not overwrite this one while it is imported."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()[:16]


def _end(s3: Any, bucket: str, key: str, seconds: float) -> Any:
    """What became of the file; `None` when that is not known in time."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - see above

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            return json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"NoSuchKey", "404", "AccessDenied"}:
                raise
        time.sleep(_LOOK_SECONDS)
    return None
