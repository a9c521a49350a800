"""A YAML file, and the line on which each part of it stands, so that a mistake can name its place."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from segue.problem import Problem


class _Loader(yaml.SafeLoader):
    """YAML 1.2's idea of plain values: `20:00` is a text, not 1200; `no` is a word, not false; dates are texts."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", "-+0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))


@dataclass(frozen=True, slots=True)
class Mistake:
    """A problem, with the file and the line (from 1) that a person has to go to."""

    file: str
    line: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}: {self.message}"
        return f"{text}\n    hint: {self.hint}" if self.hint else text


class WorkspaceError(Exception):
    """A workspace that can't be used, with every mistake that was found, in the order of files and lines."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes), key=lambda mistake: (mistake.file, mistake.line, mistake.message)))
        count = len(self.mistakes)
        heading = f"{count} mistake{'' if count == 1 else 's'} in the workspace"
        super().__init__("\n".join([heading, *map(str, self.mistakes)]))


@dataclass(frozen=True, slots=True)
class Document:
    """One file as plain values. `node` keeps the positions; both are `None` when the YAML itself is broken."""

    file: str
    value: Any
    node: yaml.Node | None
    mistakes: tuple[Mistake, ...] = ()

    def mistake(self, problem: Problem) -> Mistake:
        return Mistake(self.file, self.line(problem.place), problem.message, problem.hint)

    def line(self, place: tuple[str | int, ...]) -> int:
        """The line of the deepest part of `place` that the file has; words that it has not are skipped."""
        node, line = self.node, self.node.start_mark.line + 1 if self.node else 1
        for step in place:
            found = _child(node, step)
            if found:
                line, node = found
        return line


def read(path: Path, root: Path) -> Document:
    """Never raises for what the file says: broken YAML and repeated keys become mistakes of the document."""
    file = str(path.relative_to(root))
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=_Loader)
        value = yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of SafeLoader
    except UnicodeDecodeError as error:
        return Document(file, None, None, (Mistake(file, 1, f"not UTF-8: {error.reason}", "save the file as UTF-8"),))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return Document(file, None, None, (Mistake(file, line, f"not YAML: {error.problem}", "check the indentation"),))
    return Document(file, value, node, tuple(_repeated(node, file)))


def _child(node: yaml.Node | None, step: str | int) -> tuple[int, yaml.Node] | None:
    match node, step:
        case yaml.MappingNode(), str():
            return next(
                ((key.start_mark.line + 1, value) for key, value in node.value if key.value == step),
                None,
            )
        case yaml.SequenceNode(), int() if step < len(node.value):
            item = node.value[step]
            return item.start_mark.line + 1, item
        case _:
            return None


def _repeated(node: yaml.Node | None, file: str) -> Iterator[Mistake]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(item, file)
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                yield Mistake(
                    file, line, f"{key.value!r} stands here twice", f"it is on line {seen[key.value]} already"
                )
            seen.setdefault(key.value, line)
            yield from _repeated(value, file)
