import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import layers
from infra.config import GRAVITON, HOST

ARM64 = 0xB7


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(layers, "BUILD", tmp_path)
    return tmp_path


def test_what_was_built_is_not_built_again(build: Path) -> None:
    made: list[Path] = []

    places = [layers.built("thing", [b"a", b"b"], made.append) for _ in range(3)]

    assert len(set(places)) == 1
    assert len(made) == 1


def test_other_inputs_are_another_layer(build: Path) -> None:
    inputs = ([b"a", b"b"], [b"ab", b""], [b"a"], [b"b", b"a"])

    places = [layers.built("thing", made_of, lambda folder: None) for made_of in inputs]

    assert len(set(places)) == len(inputs)


def test_a_build_that_fails_leaves_nothing_behind(build: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("done")
        raise OSError("the network is gone")

    with pytest.raises(OSError, match="network"):
        layers.built("thing", [b"a"], fail)

    assert list(build.iterdir()) == []


def test_two_that_build_the_same_at_once_end_with_one(build: Path) -> None:
    def meanwhile(folder: Path) -> None:
        if not list(build.glob("thing-*")):
            layers.built("thing", [b"a"], lambda other: (other / "file").write_text("first") and None)
        (folder / "file").write_text("second")

    place = layers.built("thing", [b"a"], meanwhile)

    assert (place / "file").read_text() == "first"
    assert [path.name for path in build.iterdir()] == [place.name]


def test_layers_that_were_not_used_for_long_are_forgotten(build: Path) -> None:
    def make(number: int) -> Path:
        return layers.built("thing", [bytes([number])], lambda folder: None)

    first, *others = [make(number) for number in range(layers.KEPT)]
    for age, place in enumerate([first, *reversed(others)]):
        os.utime(place, (1_000_000 - age, 1_000_000 - age))
    make(0)
    make(100)
    make(101)

    left = set(build.iterdir())
    assert first in left
    assert others[0] not in left
    assert others[-1] in left


def test_the_core_layer_changes_with_a_source_file_and_not_with_its_byte_code(
    build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    (source / "segue" / "__pycache__").mkdir(parents=True)
    (source / "segue" / "clock.py").write_text("now = 1\n")
    monkeypatch.setattr(layers, "CORE", source)

    first = layers.core(GRAVITON)
    (source / "segue" / "__pycache__" / "clock.cpython-311.pyc").write_bytes(b"stale")
    same = layers.core(GRAVITON)
    (source / "segue" / "clock.py").write_text("now = 2\n")
    other = layers.core(GRAVITON)

    assert first == same
    assert first != other
    assert [path.name for path in first.rglob("*.py")] == ["clock.py"]
    assert not list(first.rglob("*cpython-311.pyc"))


def test_the_core_layer_does_not_change_with_the_command_line(
    build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    (source / "segue" / "cli").mkdir(parents=True)
    (source / "segue" / "clock.py").write_text("now = 1\n")
    (source / "segue" / "cli" / "main.py").write_text("")
    monkeypatch.setattr(layers, "CORE", source)

    first = layers.core(GRAVITON)
    (source / "segue" / "cli" / "main.py").write_text("changed = 1\n")
    (source / "segue" / "simulate.py").write_text("")

    assert layers.core(GRAVITON) == first
    assert [path.name for path in first.rglob("*.py")] == ["clock.py"]


def test_nothing_in_functions_or_their_layer_imports_what_the_layer_leaves_out() -> None:
    layer = layers.core(HOST) / "python"
    left_out = {f"segue.{part.removesuffix('.py').replace('/', '.')}" for part in layers.OF_THE_DESK}

    imported = {
        (path.name, name)
        for folder in (layer, layers.ROOT / "functions")
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _modules(node)
    }

    assert ("handler.py", "segue.aws.wiring") in imported
    assert {each for each in imported if not left_out.isdisjoint(beginnings(each[1]))} == set()


def beginnings(module: str) -> set[str]:
    steps = module.split(".")
    return {".".join(steps[:count]) for count in (2, 3)}


def _modules(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module="segue", names=names):
            return [f"segue.{alias.name}" for alias in names]
        case ast.ImportFrom(module=str(module)):
            return [module]
        case _:
            return []


def test_functions_run_on_the_layers_alone() -> None:
    """Without the virtual environment; botocore is the runtime's own."""
    check = """
import sys
sys.path[:0] = [{vendor!r}, {core!r}]
import aws_lambda_powertools, itsdangerous, pydantic
from segue.events.conditions import Condition
assert Condition.parse("1 < 2")
for absent in ("botocore", "typer", "rich", "prompt_toolkit", "liquid", "babel"):
    try:
        __import__(absent)
    except ImportError:
        continue
    raise SystemExit(absent + " is in the layer")
sys.path[:0] = [{templates!r}]
import segue.messages.render
"""
    made = {"vendor": layers.vendor, "core": layers.core, "templates": layers.templates}
    folders = {name: str(make(HOST) / "python") for name, make in made.items()}

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", check.format(**folders)], check=False, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr


def test_layers_for_this_python_hold_byte_code() -> None:
    assert list(layers.core(HOST).glob("python/segue/__pycache__/clock.*.pyc"))


def test_wheels_for_aws_are_of_its_python_and_processor() -> None:
    native = list(layers.vendor(GRAVITON).rglob("*.so"))

    assert any("cpython-314" in path.name for path in native)
    assert {int.from_bytes(path.read_bytes()[18:20], "little") for path in native} == {ARM64}
