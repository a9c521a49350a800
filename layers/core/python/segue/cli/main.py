"""`segue`: each command is a thin skin over the package; this file only puts them in order."""

from importlib import import_module

import typer

app = typer.Typer(
    name="segue",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="""Customer journeys in your own AWS account: send, defer or drop, and the reason.

    A first look: [bold]segue up[/], [bold]segue replay FILE[/], [bold]segue why PERSON[/], [bold]segue down[/].""",
)

#: Per panel of the help the modules with its commands, in the order in which a newcomer needs them.
_PANELS = {
    "The stack": ("segue.cli.stack",),
    "Events and people": (
        "segue.cli.replay",
        "segue.cli.imports",
        "segue.cli.why",
        "segue.cli.send",
        "segue.cli.people",
    ),
    "Operations": ("segue.cli.operate", "segue.cli.catalog"),
    "The workspace": ("segue.cli.workspace", "segue.cli.simulate", "segue.cli.plan", "segue.cli.schema"),
}

for panel, modules in _PANELS.items():
    for module in modules:
        for name, command in import_module(module).COMMANDS.items():
            if isinstance(command, typer.Typer):
                app.add_typer(command, name=name, rich_help_panel=panel)
            else:
                app.command(name, rich_help_panel=panel)(command)
