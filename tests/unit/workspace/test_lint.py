"""`segue lint` as a person sees it: two workspaces with most of what can be wrong, and all that is said of them.

`python -m tests.unit.workspace.test_lint` writes the golden files anew; read them before you commit them.
"""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from segue.cli.main import app
from segue.problem import Kind
from segue.workspace.load import inspect
from segue.workspace.source import counted

HERE = Path(__file__).parent
WORKSPACES = ("broken", "at_odds")


def lint(name: str, *options: str) -> tuple[int, str]:
    told = CliRunner().invoke(app, ["lint", str(HERE / name), *options])
    return told.exit_code, told.output.replace(f"{HERE}/", "")


@pytest.mark.parametrize("name", WORKSPACES)
def test_everything_that_is_wrong_is_told_at_once_as_a_compiler_does(name: str) -> None:
    code, told = lint(name)

    assert code == 1
    assert told == (HERE / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", WORKSPACES)
def test_a_program_is_told_the_same(name: str) -> None:
    _, told = lint(name, "--json")

    mistakes = json.loads(told)
    found = inspect(HERE / name).mistakes

    assert len(mistakes) == len(found)
    assert {mistake["code"] for mistake in mistakes} == {str(mistake.kind) for mistake in found}
    assert all(mistake["file"].startswith(f"{name}/") for mistake in mistakes)
    assert {mistake["severity"] for mistake in mistakes} <= {"error", "warning"}


def test_a_warning_alone_is_no_reason_to_end_badly(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    (tmp_path / "policy.yaml").write_text("")
    (tmp_path / "workspace.yaml").write_text((HERE / "at_odds" / "workspace.yaml").read_text())
    (tmp_path / "events" / "app.yaml").write_text("events:\n  - {name: Song Played, aliases: [Song Played]}\n")

    told = CliRunner().invoke(app, ["lint", str(tmp_path)])

    assert told.exit_code == 0
    assert "app.yaml:2:35: warning W101" in told.output
    assert "1 events" in told.output
    assert "1 warning" in told.output


def test_nearly_every_kind_of_mistake_is_shown() -> None:
    shown = {mistake.kind for name in WORKSPACES for mistake in inspect(HERE / name).mistakes}

    rare = {Kind.NOT_UTF8, Kind.NO_FILE, Kind.UNLIKE, Kind.TOO_LONG, Kind.UNREACHED, Kind.TAKEN_OVER}
    assert set(Kind) - shown - rare == set()


def test_what_was_found_is_counted_in_words() -> None:
    assert counted([]) == "no mistakes"
    assert counted(inspect(HERE / "broken").mistakes).endswith(" errors")


if __name__ == "__main__":
    for workspace in WORKSPACES:
        (HERE / f"{workspace}.txt").write_text(lint(workspace)[1])
