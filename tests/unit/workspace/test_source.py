"""A YAML file is read with its places, whatever it says."""

from pathlib import Path

import pytest

from segue.problem import Kind, Problem
from segue.workspace.source import Mistake, read


def written(folder: Path, content: str | bytes) -> Path:
    file = folder / "file.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def shown(folder: Path, text: str, problem: Problem) -> tuple[int, int, str]:
    """The line, the column, and what is underlined."""
    mistake = read(written(folder, text), folder).mistake(problem)
    return mistake.line, mistake.column, mistake.quote[mistake.column - 1 :][: mistake.width]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("a: [", Kind.NOT_YAML),
        ("a: b: c", Kind.NOT_YAML),
        ("a: *nothing", Kind.NOT_YAML),
        ("? [a]\n: b", Kind.NOT_YAML),
        ("a: \x00", Kind.NOT_YAML),
        (b"a: \xff", Kind.NOT_UTF8),
        ("a: 1\na: 2", Kind.REPEATED),
        ("x: [{b: {c: 1, c: 2}}]", Kind.REPEATED),
    ],
)
def test_what_cannot_be_read_is_a_mistake_with_its_kind(tmp_path, content, kind):
    document = read(written(tmp_path, content), tmp_path)

    assert [mistake.kind for mistake in document.mistakes] == [kind]


def test_an_anchor_that_holds_itself_does_not_hang(tmp_path):
    assert read(written(tmp_path, "a: &a [*a, *a]"), tmp_path).mistakes == ()


@pytest.mark.parametrize(
    ("place", "about", "expected"),
    [
        (("a", "b"), "", (1, 8, "one two")),
        (("a", "b"), "two", (1, 12, "two")),
        (("a", "missing"), "", (1, 1, "a")),
        (("list", 1), "", (2, 12, "y")),
        (("text",), "", (3, 1, "text")),
        (("text",), "second", (5, 3, "second")),
        ((), "", (1, 1, "a: {b: one two}")),
    ],
)
def test_what_is_meant_is_underlined(tmp_path, place, about, expected):
    text = "a: {b: one two}\nlist: [x,  y]\ntext: |\n  first\n  second line\n"

    assert shown(tmp_path, text, Problem(place=place, message="", about=about)) == expected


def test_of_an_unknown_word_the_word_is_meant(tmp_path):
    assert shown(tmp_path, "a: {b: 1}", Problem(place=("a", "b"), message="", kind=Kind.UNKNOWN_WORD)) == (1, 5, "b")


def test_a_tab_keeps_the_caret_below_what_it_points_at():
    mistake = Mistake("f", 1, "m", column=2, quote="\tx", width=1)

    line, caret = mistake.picture

    assert line.index("x") == caret.index("^")
