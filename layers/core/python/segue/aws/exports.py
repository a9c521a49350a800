"""`Exports` in a bucket: `<profile id>/<name>.json`, encrypted, gone after a day."""

from typing import IO, Any

#: As long as an address of an export can be used.
OPEN_SECONDS = 900


class S3Exports:
    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, place: str, name: str, document: IO[bytes]) -> str:
        """An address from which it can be fetched without credentials, for `OPEN_SECONDS`."""
        where = {"Bucket": self._bucket, "Key": f"{place}/{name}.json"}
        self._client.put_object(**where, Body=document, ContentType="application/json")
        return str(self._client.generate_presigned_url("get_object", Params=where, ExpiresIn=OPEN_SECONDS))

    def forget(self, place: str) -> int:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=f"{place}/")
        keys = [{"Key": each["Key"]} for page in pages for each in page.get("Contents", ())]
        for start in range(0, len(keys), 1000):
            self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": keys[start : start + 1000]})
        return len(keys)
