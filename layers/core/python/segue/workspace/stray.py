"""Files that nothing reads, because they stand where no kind of file is looked for."""

import difflib
from collections.abc import Iterator
from pathlib import Path

from segue.problem import Kind
from segue.workspace.kinds import EXAMPLES, KINDS, WITH_EXAMPLES
from segue.workspace.source import Mistake

_FOLDERS = sorted({folder for kind in KINDS.values() if (folder := Path(kind.files).parent.name)})
_NAMES = sorted(Path(kind.files).stem for kind in KINDS.values() if Path(kind.files).parent.name == "")


def stray(root: Path) -> Iterator[Mistake]:
    """A file of YAML that is not read: else one that is misnamed would be missed by nobody."""
    for path in sorted(path for path in _there(root) if path.suffix.lower() in (".yaml", ".yml")):
        file = path.relative_to(root)
        if path.name.endswith(EXAMPLES) and file.parent.as_posix() in WITH_EXAMPLES:
            defined = path.with_name(path.name.removesuffix(EXAMPLES) + ".yaml")
            if not defined.exists():
                yield _unread(file, f"there is no {defined.name} of which these would be examples")
        elif not _is_read(file):
            yield _unread(file, _hint(file))


def _there(root: Path) -> Iterator[Path]:
    """As deep as somebody may put one by mistake."""
    everywhere = (path for depth in ("*", "*/*", "*/*/*") for path in root.glob(depth))
    return (path for path in everywhere if path.is_file() and not _is_apart(path.relative_to(root)))


def _is_apart(file: Path) -> bool:
    """Hidden, as what other tools keep; or written by `segue schema`."""
    return file.parts[0] == "schemas" or any(part.startswith(".") for part in file.parts)


def _is_read(file: Path) -> bool:
    if file.suffix != ".yaml" or file.name.endswith(EXAMPLES):
        return False
    *folders, _ = file.parts
    return folders[0] in _FOLDERS if len(folders) == 1 else not folders and file.stem in _NAMES


def _unread(file: Path, hint: str) -> Mistake:
    return Mistake(file.as_posix(), 1, "nothing reads this file", hint, kind=Kind.UNREAD)


def _hint(file: Path) -> str:
    meant = file.with_suffix(".yaml")
    if not _is_read(meant):
        folder = difflib.get_close_matches(file.parts[0].lower(), _FOLDERS, n=1) if len(file.parts) > 1 else []
        name = difflib.get_close_matches(meant.stem.lower(), _NAMES, n=1)
        meant = Path(folder[0], meant.name) if folder else Path(f"{name[0]}.yaml") if name else file
    if meant == file or not _is_read(meant):
        return "docs/workspace.md names the files that are read"
    return f"did you mean {meant.as_posix()}?"
