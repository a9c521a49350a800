"""The JSON Schema of each kind of file, so that an editor completes and checks it while it is written."""

import re
from collections.abc import Mapping
from typing import Any

from segue.examples import Examples
from segue.source_examples import SourceExamples
from segue.workspace.kinds import KINDS, FileKind

#: Of each kind that a person writes, the worked examples included.
WRITTEN: Mapping[str, FileKind] = {
    **KINDS,
    "examples": FileKind("journeys/*.examples.yaml", "Worked examples of a journey", Examples),
    "source-examples": FileKind("sources/*.examples.yaml", "Worked examples of a cloud source", SourceExamples),
}


def schema(kind: FileKind) -> dict[str, Any]:
    made = _as_written(kind.model.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": kind.title}


def _as_written(part: Any) -> Any:
    """Without defaults in a form that nobody may write: pydantic shows a duration of ours as ISO 8601 has it."""
    if isinstance(part, list):
        return [_as_written(each) for each in part]
    if not isinstance(part, dict):
        return part
    default, pattern = part.get("default"), part.get("pattern")
    odd = isinstance(default, str) and isinstance(pattern, str) and not re.search(pattern, default)
    return {word: _as_written(each) for word, each in part.items() if not (odd and word == "default")}
