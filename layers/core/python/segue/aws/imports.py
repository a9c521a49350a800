"""`Imports` in a bucket: files under `incoming/`, what became of each under `summaries/`, the next portion by SQS."""

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from segue.events.imports import Progress
from segue.events.ports import Broken, Overwritten

INCOMING, SUMMARIES = "incoming/", "summaries/"

#: A packed file is unpacked from its beginning for each portion, which takes a quarter of a minute by then.
MOST_UNPACKED_BYTES = 2 * 1024**3
_PIECE_BYTES = 1024 * 1024

#: The file is another one by now, or gone.
_ANOTHER = ("NoSuchKey", "PreconditionFailed", "412")

_PROGRESS: TypeAdapter[Progress] = TypeAdapter(Progress)


class S3Imports:
    def __init__(self, s3: Any, bucket: str, sqs: Any, queue_url: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._sqs = sqs
        self._queue_url = queue_url

    def read(self, key: str, etag: str, offset: int) -> Iterator[bytes]:
        if key.endswith(".gz"):
            yield from _unpacked(self._stream(key, etag, 0), offset)
        else:
            yield from self._stream(key, etag, offset)

    def go_on(self, so_far: Progress) -> None:
        self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=write_progress(so_far))

    def sum_up(self, end: Progress) -> None:
        body = _PROGRESS.dump_json(end, indent=1)
        self._s3.put_object(Bucket=self._bucket, Key=summary_key(end.key), Body=body, ContentType="application/json")
        try:
            self._s3.delete_object(Bucket=self._bucket, Key=end.key, IfMatch=f'"{end.etag}"')
        except ClientError as error:
            if error.response["Error"]["Code"] not in _ANOTHER:
                raise

    def _stream(self, key: str, etag: str, offset: int) -> Iterator[bytes]:
        asked = {"Bucket": self._bucket, "Key": key, "IfMatch": f'"{etag}"'}
        try:
            answer = self._s3.get_object(**asked, **({"Range": f"bytes={offset}-"} if offset else {}))
        except ClientError as error:
            match error.response["Error"]["Code"]:
                case "InvalidRange":  # nothing is left
                    return
                case "PreconditionFailed" | "412":
                    raise Overwritten(key) from error
                case "NoSuchKey" if self._is_summed_up(key):
                    raise Overwritten(key) from error
                case _:
                    raise
        with answer["Body"] as body:
            while piece := body.read(_PIECE_BYTES):
                yield piece

    def _is_summed_up(self, key: str) -> bool:
        found = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=summary_key(key), MaxKeys=1)
        return bool(found.get("Contents"))


def write_progress(so_far: Progress) -> str:
    return json.dumps({"import": _PROGRESS.dump_python(so_far, mode="json", exclude_defaults=True)})


def read_progress(written: Mapping[str, Any]) -> Progress:
    """What stands under `import` in a message of ours."""
    return _PROGRESS.validate_python(written)


def begun_by(s3_event: Mapping[str, Any]) -> Progress:
    """The import of the object that S3 tells us of."""
    uploaded = s3_event["detail"]["object"]
    return _PROGRESS.validate_python(
        {"key": uploaded["key"], "etag": uploaded["etag"], "uploaded_at": s3_event["time"]}
    )


def summary_key(key: str) -> str:
    return f"{SUMMARIES}{key.removeprefix(INCOMING)}.json"


def _unpacked(packed: Iterator[bytes], offset: int) -> Iterator[bytes]:
    """Members one after another, as `cat a.gz b.gz` makes them, are one file."""
    inflate, to_skip, total, begun = zlib.decompressobj(wbits=31), offset, 0, False
    for piece in packed:
        waiting = piece
        while waiting:
            begun = True
            try:
                unpacked = inflate.decompress(waiting, _PIECE_BYTES)
            except zlib.error:
                raise Broken("the gzip data is broken: pack the file again") from None
            total += len(unpacked)
            if total > MOST_UNPACKED_BYTES:
                raise Broken("it unpacks to more than 2 GB: split it, or upload it unpacked")
            if len(unpacked) > to_skip:
                yield unpacked[to_skip:]
            to_skip = max(0, to_skip - len(unpacked))
            waiting = inflate.unconsumed_tail
            if inflate.eof:
                waiting, inflate, begun = inflate.unused_data, zlib.decompressobj(wbits=31), False
    if begun:
        raise Broken("the gzip data is cut off: upload the file again")
