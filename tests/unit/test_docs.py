"""What README and docs/ say is so: examples are valid, commands and options exist, links lead somewhere."""

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
import typer
import yaml
from typer.testing import CliRunner

from docs.categories import WORKSPACE, categories
from docs.generate import CONSENT, JURISDICTIONS, LINT, REASONS, channels, consent, jurisdictions, lint
from docs.reasons import reasons
from segue.cli.main import app
from segue.decisions.policy import Category, Policy
from segue.events.enrichment.catalog import CatalogRules
from segue.events.identity import Identity
from segue.events.keys import WrittenKeys
from segue.events.plan import TrackingPlan
from segue.events.sources import Source
from segue.events.spec import Reception
from segue.events.spec import read as read_call
from segue.examples import Examples
from segue.journeys.connectors import Connectors
from segue.journeys.definition import Journey
from segue.messages.template import Template
from segue.messages.wish import Wish
from segue.profiles.computed import Segments, Traits
from segue.replay.mapping import FileMapping
from segue.source_examples import SourceExamples, run_source_example
from segue.workspace.laws import Jurisdictions
from segue.workspace.load import Settings, load
from segue.workspace.source import read

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "bench" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
MODELS = {
    "events/*.yaml": TrackingPlan,
    "identity.yaml": Identity,
    "policy.yaml": Policy,
    "jurisdictions.yaml": Jurisdictions,
    "catalog.yaml": CatalogRules,
    "traits.yaml": Traits,
    "segments.yaml": Segments,
    "connectors.yaml": Connectors,
    "journeys/*.yaml": Journey,
    "journeys/*.examples.yaml": Examples,
    "templates/*.yaml": Template,
    "sources/*.yaml": Source,
    "sources/*.examples.yaml": SourceExamples,
}

RECEPTION = Reception(
    source="docs", received_at=datetime(2026, 3, 10, tzinfo=UTC), plan=TrackingPlan(), digest="", new_id=lambda: "new"
)
COMMANDS = typer.main.get_group(app).commands


def blocks(page: Path, language: str) -> Iterator[tuple[str, str]]:
    """The heading above each fenced block of the language, and its text."""
    heading, inside, lines = "", None, []
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            if inside == language:
                yield heading, "\n".join(lines)
            inside, lines = (None, []) if inside is not None else (line[3:].strip(), [])
        elif inside is not None:
            lines.append(line)
        elif line.startswith("#"):
            heading = line.lstrip("# ")


def prose(page: Path) -> str:
    return re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def code(page: Path) -> Iterator[str]:
    """Every line that a reader may type: of shell blocks, without comments, and between backticks."""
    for language in ("", "sh"):
        for _, text in blocks(page, language):
            yield from (line.partition(" #")[0] for line in text.splitlines())
    yield from re.findall(r"`([^`\n]+)`", prose(page))


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_journey_of_the_readme_is_the_one_in_the_workspace():
    ((_, shown),) = blocks(ROOT / "README.md", "yaml")

    kept = yaml.safe_load((ROOT / "workspace" / "journeys" / "win-back.yaml").read_text())

    assert yaml.safe_load(shown) == kept
    assert Journey.model_validate(kept).name == "win-back"


def test_every_example_of_the_workspace_reference_is_valid_as_what_its_heading_says():
    models = {**MODELS, "workspace.yaml": Settings}
    shown = list(blocks(ROOT / "docs" / "workspace.md", "yaml"))

    assert {heading for heading, _ in shown} == set(models)
    for heading, text in shown:
        models[heading].model_validate(yaml.safe_load(text))


def test_the_mapping_for_a_replay_is_valid(tmp_path):
    ((_, shown),) = blocks(ROOT / "docs" / "local.md", "yaml")
    file = tmp_path / "mapping.yaml"
    file.write_text(shown)

    mapping = FileMapping.load(file)

    assert len(mapping.calls) == 1


def test_the_sources_shown_are_those_of_the_workspace_and_hold_their_examples():
    workspace = load(ROOT / "workspace")
    for heading, shown in blocks(ROOT / "docs" / "sources.md", "yaml"):
        source = Source.model_validate(yaml.safe_load(shown))
        kept = workspace.sources_by_name[source.source]
        assert source.pattern == kept.pattern, heading
        assert all(mapping in kept.mapping for mapping in source.mapping), heading
        examples = read(ROOT / "workspace" / "sources" / f"{source.source}.examples.yaml", ROOT / "workspace")
        for example in SourceExamples.model_validate(examples.value).root:
            assert list(run_source_example(workspace, kept, example)) == [], example.name


def test_the_source_of_the_workspace_reference_holds_its_example(tmp_path):
    shown = dict(blocks(ROOT / "docs" / "workspace.md", "yaml"))
    (tmp_path / "crm.examples.yaml").write_text(shown["sources/*.examples.yaml"])
    source = Source.model_validate(yaml.safe_load(shown["sources/*.yaml"]))
    examples = SourceExamples.model_validate(read(tmp_path / "crm.examples.yaml", tmp_path).value).root

    wrong = [line for each in examples for line in run_source_example(load(ROOT / "workspace"), source, each)]

    assert wrong == []


def test_the_file_of_calls_that_is_shown_can_be_imported():
    ((_, shown),) = blocks(ROOT / "docs" / "sources.md", "json")

    calls = [json.loads(line) for line in shown.splitlines()]

    assert all(read_call(call, 0, RECEPTION).type == call["type"] for call in calls)


def test_the_secrets_are_written_as_they_are_read():
    write_keys, connectors, signing = (json.loads(text) for _, text in blocks(ROOT / "docs" / "operations.md", "json"))

    assert len(WrittenKeys.model_validate(write_keys).by_digest()) == 2
    assert all(isinstance(secret, str) for secret in connectors.values())
    assert all(isinstance(key, str) for key in [*signing["keys"], signing["seed"]])


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_examples_in_python_can_be_read(page):
    for _, text in blocks(page, "python"):
        ast.parse(text)


class Door(BaseHTTPRequestHandler):
    """Answers as the API does, and keeps what was asked."""

    asked: ClassVar[list[tuple[str, dict[str, str], dict]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, {name.lower(): said for name, said in self.headers.items()}, body))
        self.send_response(202)
        self.end_headers()
        self.wfile.write(b'{"state": "accepted"}')

    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""


def test_the_example_of_a_signed_call_asks_for_a_message(monkeypatch, capsys):
    ((_, example),) = blocks(ROOT / "docs" / "api.md", "python")
    door = HTTPServer(("127.0.0.1", 0), Door)
    Thread(target=door.handle_request, daemon=True).start()
    given = {
        "SEGUE_API": f"http://127.0.0.1:{door.server_port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_REGION": "eu-west-1",
    }
    for name, value in (given | {"AWS_SECRET_ACCESS_KEY": "test"}).items():
        monkeypatch.setenv(name, value)

    exec(compile(example, "docs/api.md", "exec"), {})
    door.server_close()

    ((path, headers, body),) = Door.asked
    assert (path, headers["idempotency-key"]) == ("/v1/messages", "order-7")
    assert re.match(
        r"AWS4-HMAC-SHA256 Credential=test/\d{8}/eu-west-1/execute-api/aws4_request", headers["authorization"]
    )
    assert Wish.model_validate(body).template in load(ROOT / "workspace").templates_by_name
    assert "accepted" in capsys.readouterr().out


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_and_option_that_a_page_names_exists(page):
    for line in code(page):
        for typed in re.findall(r"(?<![\w./-])(?:\.venv/bin/)?segue ([a-z][\w-]*.*)", line):
            name, *words = typed.split()
            assert name in COMMANDS, f"segue {typed}"
            command = COMMANDS[name]
            while words and (within := getattr(command, "commands", None)):
                name, *words = words
                assert name in within, f"segue {typed}"
                command = within[name]
            known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
            words = words[: words.index("--")] if "--" in words else words
            named = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
            assert named <= known, f"segue {typed}"


def test_every_command_is_in_the_readme_and_has_a_help():
    readme = (ROOT / "README.md").read_text()

    for name in COMMANDS:
        helped = CliRunner().invoke(app, [name, "--help"])
        assert helped.exit_code == 0
        assert f"`segue {name}" in readme, name


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_make_target_and_module_that_a_page_names_exists(page):
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in code(page):
        if found := re.fullmatch(r"make ([a-z0-9]+)", line.strip()):
            assert found[1] in targets, line
        if found := re.search(r"python -m ((?:bench|docs|examples)\.\w+)", line):
            assert find_spec(found[1]), line


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_inside_the_repository_leads_somewhere(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_the_folders_that_the_readme_names_are_there():
    (map_,) = (text for heading, text in blocks(ROOT / "README.md", "") if heading == "Where things are")
    top = ROOT
    for line in map_.splitlines():
        names = re.findall(r"(\S+)(?:  ?)", f"{line.partition('   ')[0].strip()} ")
        for name in names:
            found = (ROOT if not line.startswith(" ") else top) / name
            assert found.exists(), line
            top = found if not line.startswith(" ") else top


def test_the_table_of_reasons_is_that_of_the_code():
    assert REASONS.read_text(encoding="utf-8") == reasons(), "make docs"


def test_the_table_of_categories_is_that_of_the_code_and_has_every_word():
    page = WORKSPACE.read_text(encoding="utf-8")

    assert page == categories(page), "make docs"
    assert all(f"| `{word}` |" in page for word in Category.model_fields)


def test_the_table_of_laws_is_that_of_the_rows():
    page = JURISDICTIONS.read_text(encoding="utf-8")

    assert page == jurisdictions(page), "make docs"


def test_the_table_of_regimes_is_that_of_the_code():
    page = CONSENT.read_text(encoding="utf-8")

    assert page == consent(page), "make docs"


def test_the_table_of_channels_is_that_of_the_code() -> None:
    page = WORKSPACE.read_text(encoding="utf-8")

    assert page == channels(page), "make docs"


def test_every_piece_of_policy_on_the_page_on_consent_is_valid():
    shown = [yaml.safe_load(text) for _, text in blocks(CONSENT, "yaml")]

    assert len(shown) == 4
    for piece in shown:
        Policy.model_validate(piece)


def test_the_table_of_mistakes_is_that_of_the_code():
    assert LINT.read_text(encoding="utf-8") == lint(), "make docs"


def test_every_alarm_is_explained():
    sources = "".join(file.read_text() for file in (ROOT / "infra").glob("*.py"))
    raised = re.findall(r"\.alarm\(\s*\w+,\s*f?\"([^\"]+)\"", sources)

    explained = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)

    assert sorted(explained) == sorted({re.sub(r"{.*}", "", name) for name in raised})
