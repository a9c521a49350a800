"""Writes the pages that are made of the code: `make docs`. A test fails when one is out of date."""  # noqa: INP001 - docs/ is no package

from collections.abc import Iterable
from pathlib import Path

from docs.categories import WORKSPACE, categories
from docs.reasons import reasons
from segue.decisions.law import NamedLaw
from segue.decisions.limits import Cap
from segue.decisions.policy import Policy
from segue.decisions.regimes import ANY, CHECKED, PURPOSES, REGIMES, STRICTEST, Regime
from segue.duration import spoken, write
from segue.messages.template import CARDS, Template
from segue.problem import Kind
from segue.workspace.laws import Jurisdictions, shipped

REASONS = Path(__file__).parent / "reasons.md"
CONSENT = Path(__file__).parent / "consent.md"
JURISDICTIONS = Path(__file__).parent / "jurisdictions.md"
_FROM, _TO = "<!-- laws -->\n", "<!-- /laws -->"
_BEGIN, _END = "<!-- regimes -->\n", "<!-- /regimes -->"
_FIRST, _LAST = "<!-- channels -->\n", "<!-- /channels -->"
LINT = Path(__file__).parent / "lint.md"

_LINT_HEAD = """# What `segue lint` finds

`segue lint` names everything that is wrong in a [workspace](workspace.md) at once, each with its place and a hint:

```text
workspace/journeys/win-back.yaml:12:22: error E207: there is no template 'we-mis-you'
  12 |   - send: {template: we-mis-you, channel: email}
     |                      ^^^^^^^^^^
      = did you mean 'we-miss-you'?
```

A workspace with an error never deploys; one with warnings does. The command ends with 1 when there is an error, with 0
else. `segue lint --json` says the same for programs: a list of objects with `file`, `line`, `column`, `width`,
`severity`, `code`, `message` and `hint`. A code keeps its meaning for ever. (This page is made of `segue/problem.py` by
`make docs`.)

| code | what it means |
|---|---|
"""


def lint() -> str:
    return _LINT_HEAD + "".join(f"| `{kind.value}` | {kind.meaning} |\n" for kind in sorted(Kind))


def consent(page: str) -> str:
    """The page with its table of regimes renewed."""
    before, rest = page.split(_BEGIN)
    return f"{before}{_BEGIN}{''.join(_regimes())}{_END}{rest.split(_END)[1]}"


def _regimes() -> Iterable[str]:
    yield f"| where | {' | '.join(PURPOSES)} | existing customers | law, in force since |\n"
    yield f"|---|{'---|' * len(PURPOSES)}---|---|\n"
    for regime in (*REGIMES, STRICTEST):
        where = ", ".join(regime.countries) or "anywhere else, and where it is unknown"
        law = f"[{regime.law}]({regime.source}), {regime.since}" if regime.source else regime.law
        cells = [where, *(_asked(regime, purpose) for purpose in PURPOSES), _softly(regime), law]
        yield f"| {' | '.join(cells)} |\n"
    yield f"\nLooked up on {CHECKED}, in copies of the laws and what is written on them; the links lead to the laws.\n"


def _asked(regime: Regime, purpose: str) -> str:
    if purpose not in regime.opt_out:
        return "opt-in"
    channels = regime.opt_out[purpose]
    return "opt-out" if channels is ANY else f"opt-out: {', '.join(f'`{channel}`' for channel in sorted(channels))}"


def _softly(regime: Regime) -> str:
    channels = ", ".join(f"`{channel}`" for channel in sorted(regime.soft_opt_in))
    return f"{channels}{f', for {write(regime.soft_within)}' if regime.soft_within else ''}" if channels else "-"


def jurisdictions(page: str) -> str:
    """The page with its table of laws renewed."""
    before, rest = page.split(_FROM)
    return f"{before}{_FROM}{''.join(_laws())}{_TO}{rest.split(_TO)[1]}"


def _laws() -> Iterable[str]:
    yield "| name | where | hours allowed | at most | law | in force | read |\n|---|---|---|---|---|---|---|\n"
    for law in Jurisdictions().over(shipped()):
        force = f"since {law.since}{f', until {law.until}' if law.until else ''}"
        cells = [law.name, ", ".join(law.regions), str(law.hours or "-"), _at_most(law)]
        note = f" {law.note}" if law.note else ""
        yield f"| {' | '.join([*cells, f'[{law.law}]({law.source}).{note}', force, law.checked])} |\n"


def _at_most(law: NamedLaw) -> str:
    if law.limit is None or law.per is None:
        return "-"
    return f"{law.limit} in {spoken(law.per)}{', on one topic' if law.same_topic else ''}"


def channels(page: str) -> str:
    """The page with its table of the channels' defaults renewed."""
    before, rest = page.split(_FIRST)
    return f"{before}{_FIRST}{''.join(_channels())}{_LAST}{rest.split(_LAST)[1]}"


def _channels() -> Iterable[str]:
    yield "| channel | hours | cap | sent to the trait | friction | falls back to | its words in a template |\n"
    yield f"|{'---|' * 7}\n"
    for name, rules in sorted(Policy().channels.items(), key=lambda each: (each[1].friction, each[0])):
        fallback = f"`{rules.fallback.to}`" if rules.fallback else "-"
        address = f"`{rules.address}`" if rules.address else "-"
        cells = [str(rules.window or "any"), _cap(rules.cap), address, str(rules.friction), fallback, _words(name)]
        yield f"| `{name}`{'' if rules.exposure else ' *'} | {' | '.join(cells)} |\n"


def _cap(cap: Cap | None) -> str:
    full = ", then none" if cap and cap.when_full == "stop" else ""
    return f"{cap.limit} {cap.in_words}{full}" if cap else "-"


def _words(channel: str) -> str:
    fields = [field for field in CARDS.get(channel, (channel,)) if field in Template.model_fields]
    return ", else ".join(f"`{field}`" for field in fields) or "none yet"


if __name__ == "__main__":
    page = categories(channels(WORKSPACE.read_text(encoding="utf-8")))
    WORKSPACE.write_text(page, encoding="utf-8")
    REASONS.write_text(reasons(), encoding="utf-8")
    CONSENT.write_text(consent(CONSENT.read_text(encoding="utf-8")), encoding="utf-8")
    JURISDICTIONS.write_text(jurisdictions(JURISDICTIONS.read_text(encoding="utf-8")), encoding="utf-8")
    LINT.write_text(lint(), encoding="utf-8")
