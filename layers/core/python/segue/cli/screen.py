"""What every command says things with. Results go to standard output; progress and trouble to standard error."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import typer
from rich.console import Console

from segue.local.cdk import CdkFailed
from segue.local.emulator import EmulatorFailed, PortTaken
from segue.local.project import Missing
from segue.local.stack import NotUp
from segue.workspace.source import WorkspaceError

#: With these, text that a client sent could write over what stands on the operator's screen, or change its title.
_CONTROLS = {code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


class _Screen(Console):
    def print(self, *said: Any, **how: Any) -> None:
        super().print(*(each.translate(_CONTROLS) if isinstance(each, str) else each for each in said), **how)


out = _Screen(highlight=False, soft_wrap=True)
err = _Screen(stderr=True, highlight=False, soft_wrap=True)

#: Said plainly, without a traceback: the message tells what to do.
_EXPECTED: tuple[type[BaseException], ...] = (
    *(Missing, PortTaken, EmulatorFailed, CdkFailed, NotUp),
    WorkspaceError,
    httpx.ConnectError,
)


@contextmanager
def plainly(*also: type[BaseException]) -> Iterator[None]:
    """Ends the command with exit code 1 and the message of an error that a user can act on."""
    try:
        yield
    except (*_EXPECTED, *also) as error:
        err.print("[bold red]✗[/] ", end="")
        err.print(str(error), markup=False)
        raise typer.Exit(1) from None
