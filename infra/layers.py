"""The Lambda layers, built without Docker, and only when what they are made of has changed (kept in build/).

`vendor` holds the locked third-party wheels for the target's Python and platform, `templates` those that only
messages need, `core` the package, `workspace` the checked workspace as one JSON document. Where this machine has the
target's Python they also hold byte code, which spares each cold start the compiling; it is not bound to the source's
times, since unpacking changes them.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from uv import find_uv_bin

from infra.config import ROOT, Target

BUILD = ROOT / "build"
CORE = ROOT / "layers" / "core" / "python"

KEPT = 4

# The Lambda runtime has botocore; the others are the command line that `common-expression-language` brings along.
NOT_SHIPPED = ("botocore", "prompt-toolkit", "pygments", "rich", "typer")

# The command line, and what only it runs: the local stack, the simulator and its memory, rehearsals and replays; and
# all that reads a workspace's files, since functions have the bundle.
OF_THE_DESK = (
    *("cli", "examples.py", "local", "memory", "planning", "rehearsal", "replay", "simulate.py", "source_examples.py"),
    *(
        f"workspace/{name}.py"
        for name in (
            "base_plans",
            "catalog",
            "forms",
            "kinds",
            "laws",
            "load",
            "products",
            "schemas",
            "source",
            "stray",
        )
    ),
)


def vendor(target: Target) -> Path:
    """What every function runs on."""
    return _wheels("vendor", target, _locked())


def templates(target: Target) -> Path:
    """What only the function that writes messages runs on: half of all bytes, which the others need not load."""
    everywhere = _locked()
    return _wheels(
        "templates", target, {name: pin for name, pin in _locked("templates").items() if name not in everywhere}
    )


def _locked(*extras: str) -> dict[str, str]:
    """The locked requirements by name, each with its version and hashes."""
    options = [word for name in NOT_SHIPPED for word in ("--prune", name)]
    options += [word for extra in extras for word in ("--extra", extra)]
    export = [
        find_uv_bin(),
        "export",
        "--frozen",
        "--no-dev",
        "--no-emit-project",
        "--no-header",
        "--no-annotate",
        "--quiet",
    ]
    text = subprocess.run([*export, *options], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    pins = re.split(r"\n(?=\S)", text.strip())
    return {pin.partition("==")[0]: pin for pin in pins}


def _wheels(name: str, target: Target, pins: Mapping[str, str]) -> Path:
    def install(folder: Path) -> None:
        locked = folder / "requirements.txt"
        locked.write_text("\n".join(pins.values()), encoding="utf-8")
        subprocess.run(
            [
                *(
                    find_uv_bin(),
                    "pip",
                    "install",
                    "--quiet",
                    "--no-deps",
                    "--only-binary",
                    ":all:",
                    "--require-hashes",
                ),
                *("--link-mode", "copy", "--target", str(folder / "python"), "--python-version", target.python),
                *(("--python-platform", target.platform) if target.platform else ()),
                *("--requirements", str(locked)),
            ],
            check=True,
        )
        locked.unlink()
        shutil.rmtree(folder / "python" / "bin", ignore_errors=True)
        compile_for(target, folder)

    about = json.dumps([_about(target), NOT_SHIPPED, sorted(pins.values())])
    return built(name, [about.encode(), Path(__file__).read_bytes()], install)


def core(target: Target) -> Path:
    """What functions may import of the package: a change of the command line alone deploys no function anew."""
    sources = sorted(CORE.rglob("*"), key=str)
    files = [path for path in sources if path.is_file() and path.suffix != ".pyc" and not _is_of_the_desk(path)]

    def copy(folder: Path) -> None:
        for path in files:
            copied = folder / "python" / path.relative_to(CORE)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copied)
        compile_for(target, folder)

    named = [part for path in files for part in (str(path.relative_to(CORE)).encode(), path.read_bytes())]
    return built("core", [_about(target).encode(), Path(__file__).read_bytes(), *named], copy)


def _is_of_the_desk(path: Path) -> bool:
    parts = path.relative_to(CORE).parts[1:]
    return not set(OF_THE_DESK).isdisjoint(("/".join(parts[:1]), "/".join(parts[:2])))


def workspace(document: str) -> Path:
    def write(folder: Path) -> None:
        (folder / "python").mkdir()
        (folder / "python" / "workspace.json").write_text(document, encoding="utf-8")

    return built("workspace", [b"python/", document.encode()], write)


def built(name: str, made_of: list[bytes], make: Callable[[Path], None]) -> Path:
    """The folder in build/ that `make` filled for exactly these inputs; two that build it at once do not collide."""
    digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in made_of)).hexdigest()[:16]
    place = BUILD / f"{name}-{digest}"
    if place.exists():
        place.touch()
        return place
    BUILD.mkdir(exist_ok=True)
    _forget_the_oldest(name)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix=f".{name}-") as scratch:
        filled = Path(scratch) / name
        filled.mkdir()
        make(filled)
        try:
            filled.rename(place)
        except OSError:
            if not place.exists():
                raise
    return place


def _forget_the_oldest(name: str) -> None:
    """Each change of a source file makes a layer; only those that were used last are kept, enough for all targets."""
    used = sorted(BUILD.glob(f"{name}-*"), key=lambda place: place.stat().st_mtime, reverse=True)
    for place in used[KEPT:]:
        shutil.rmtree(place, ignore_errors=True)


def _about(target: Target) -> str:
    return json.dumps([target.python, target.architecture, target.platform, bool(interpreter(target))])


@cache
def interpreter(target: Target) -> str:
    """A Python of the target's version on this machine, empty if there is none; nothing is downloaded for it."""
    if target.is_this_python:
        return sys.executable
    find = [find_uv_bin(), "python", "find", "--no-python-downloads", "--no-project", target.python]
    found = subprocess.run(find, check=False, capture_output=True, text=True)
    return found.stdout.strip() if found.returncode == 0 else ""


def compile_for(target: Target, folder: Path) -> None:
    if python := interpreter(target):
        how = ["-q", "-s", str(folder), "-p", "/opt", "--invalidation-mode", "unchecked-hash"]
        subprocess.run([python, "-m", "compileall", *how, str(folder)], check=True)
