"""A YAML file, and the place at which each part of it stands, so that a mistake can show it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from segue.problem import Kind, Problem


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

#: Mistakes that are about a key; others are about its value.
_OF_THE_KEY = frozenset({Kind.UNKNOWN_WORD, Kind.REPEATED, Kind.UNKNOWN_PLACE})


@dataclass(frozen=True, slots=True)
class Mistake:
    """A problem, with the place that a person has to go to: line and column, from 1.

    `quote` is that line, and `width` how much of it is meant. Without a quote there is none to show, such as of a
    file that is missing.
    """

    file: str
    line: int
    message: str
    hint: str = ""
    column: int = 1
    kind: Kind = Kind.WRONG_VALUE
    quote: str = ""
    width: int = 1

    @property
    def heading(self) -> str:
        word = "warning" if self.kind.is_warning else "error"
        return f"{self.file}:{self.line}:{self.column}: {word} {self.kind}: {self.message}"

    @property
    def picture(self) -> tuple[str, ...]:
        """The line with what is meant underlined, and the hint."""
        margin = " " * max(len(str(self.line)), 4)
        hint = (f"{margin}  = {self.hint}",) if self.hint else ()
        if not self.quote:
            return hint
        blank = " " * len(self.quote[: self.column - 1].expandtabs(4))
        line = f"{self.line:>{len(margin)}} | {self.quote.expandtabs(4)}"
        return (line, f"{margin} | {blank}{'^' * self.width}", *hint)

    def __str__(self) -> str:
        return "\n".join((self.heading, *self.picture))


class WorkspaceError(Exception):
    """A workspace that can't be used, with everything that was found, in the order of files and places.

    Its text names the files as `segue lint` does: by their way from where somebody is.
    """

    def __init__(self, mistakes: Iterable[Mistake], folder: Path) -> None:
        self.mistakes = in_order(mistakes)
        here = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
        told = [str(replace(each, file=str(here / each.file))) for each in self.mistakes]
        super().__init__("\n".join([f"{counted(self.mistakes)} in the workspace", *told]))


def in_order(mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
    """Each once."""
    return tuple(sorted(set(mistakes), key=lambda each: (each.file, each.line, each.column, each.kind, each.message)))


def counted(mistakes: Iterable[Mistake]) -> str:
    """`3 errors and 1 warning`."""
    told = list(mistakes)
    warnings = sum(mistake.kind.is_warning for mistake in told)
    counts = ((len(told) - warnings, "error"), (warnings, "warning"))
    return (
        " and ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count) or "no mistakes"
    )


@dataclass(frozen=True, slots=True)
class Document:
    """One file as plain values. `node` keeps the positions; both are `None` when the YAML itself is broken."""

    file: str
    value: Any
    node: yaml.Node | None
    mistakes: tuple[Mistake, ...] = ()
    text: str = ""

    def mistake(self, problem: Problem) -> Mistake:
        start, end = self._span(problem)
        return _at(self.file, self.text, start, end, problem)

    def has(self, place: tuple[str | int, ...]) -> bool:
        """Whether the file says something there."""
        return self._follow(place)[0] == len(place)

    def _span(self, problem: Problem) -> tuple[int, int]:
        """From where to where in the text: the words that are meant, the value, or the deepest key that there is."""
        depth, key, node = self._follow(problem.place)
        if node is None:
            return 0, 1
        first, last = node.start_mark.index, node.end_mark.index
        if depth == len(problem.place):
            about = re.escape(problem.about)
            if about and (found := re.compile(rf"(?<!\w){about}(?!\w)").search(self.text, first, last)):
                return found.span()
            plain = isinstance(node, yaml.ScalarNode) and node.style not in ("|", ">") and last > first
            if (plain and problem.kind not in _OF_THE_KEY) or key is None:
                return first, last
        return (key.start_mark.index, key.end_mark.index) if key is not None else (first, first + 1)

    def _follow(self, place: tuple[str | int, ...]) -> tuple[int, yaml.Node | None, yaml.Node | None]:
        """How many steps of the way there are in the file; the key and the value at which it ends."""
        key, node = None, self.node
        for depth, step in enumerate(place):
            found = _child(node, step)
            if found is None:
                return depth, key, node
            key, node = found
        return len(place), key, node


def read(path: Path, root: Path) -> Document:
    """Never raises for what the file says: broken YAML and repeated keys become mistakes of the document."""
    file = str(path.relative_to(root))
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        mistake = Mistake(file, 1, f"not UTF-8: {error.reason}", "save the file as UTF-8", kind=Kind.NOT_UTF8)
        return Document(file, None, None, (mistake,))
    try:
        node = yaml.compose(text, Loader=_Loader)
        value = yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of SafeLoader
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark.index if error.problem_mark else 0
        problem = Problem(place=(), message=f"not YAML: {error.problem}", hint=_yaml_hint(error), kind=Kind.NOT_YAML)
        return Document(file, None, None, (_at(file, text, at, at + 1, problem),))
    except yaml.reader.ReaderError as error:
        problem = Problem(
            place=(), message=f"not YAML: {error.reason}", hint="take the character out", kind=Kind.NOT_YAML
        )
        return Document(file, None, None, (_at(file, text, error.position, error.position + 1, problem),))
    return Document(file, value, node, tuple(_repeated(file, text, node)), text)


def _yaml_hint(error: yaml.MarkedYAMLError) -> str:
    if error.problem and "mapping values are not allowed" in error.problem:
        return "put a text that holds a colon in quotes, or check the indentation"
    if error.problem and "'\\t'" in error.problem:
        return "indent with spaces, not with tabs"
    if error.context_mark:
        return f"what begins on line {error.context_mark.line + 1} is not ended, or the indentation is off"
    return "check the indentation, brackets and quotes"


def _at(file: str, text: str, start: int, end: int, problem: Problem) -> Mistake:
    start = min(start, len(text))
    begins = text.rfind("\n", 0, start) + 1
    quote = text[begins:].partition("\n")[0].rstrip("\r")
    width = max(1, min(end - start, len(quote) - (start - begins)))
    return Mistake(
        file,
        text.count("\n", 0, start) + 1,
        problem.message,
        problem.hint,
        column=start - begins + 1,
        kind=problem.kind,
        quote=quote,
        width=width,
    )


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
    """The key, which an item of a list has not, and the value."""
    match node, step:
        case yaml.MappingNode(), str():
            return next(((key, value) for key, value in node.value if key.value == step), None)
        case yaml.SequenceNode(), int() if step < len(node.value):
            return None, node.value[step]
        case _:
            return None


def _repeated(file: str, text: str, root: yaml.Node | None) -> Iterator[Mistake]:
    """Each node once: an anchor may stand in many places, even in itself."""
    waiting, known = [root], set()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in known:
            continue
        known.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
        if isinstance(node, yaml.MappingNode):
            waiting.extend(value for _, value in node.value)
            yield from _twice(file, text, [key for key, _ in node.value])


def _twice(file: str, text: str, keys: list[yaml.Node]) -> Iterator[Mistake]:
    seen: dict[str, int] = {}
    for key in keys:
        if not isinstance(key, yaml.ScalarNode):
            continue
        if key.value in seen:
            message, hint = f"{key.value!r} stands here twice", f"it is on line {seen[key.value]} already"
            problem = Problem(place=(), message=message, hint=hint, kind=Kind.REPEATED)
            yield _at(file, text, key.start_mark.index, key.end_mark.index, problem)
        seen.setdefault(key.value, key.start_mark.line + 1)
