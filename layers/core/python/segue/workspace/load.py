"""From a folder to a checked workspace, or to every mistake in it at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from segue.decisions.policy import Policy
from segue.events.plan import TrackingPlan
from segue.journeys import check as journey_check
from segue.journeys.definition import Journey
from segue.journeys.steps import place
from segue.messages import check as template_check
from segue.messages.template import Template
from segue.problem import Problem
from segue.profiles import check as trait_check
from segue.profiles.check import Known
from segue.profiles.computed import Segments, Traits
from segue.workspace.bundle import Brand, Workspace
from segue.workspace.source import Document, Mistake, WorkspaceError, read

M = TypeVar("M", bound=BaseModel)
EXAMPLES = ".examples.yaml"


class _Settings(BaseModel):
    """What `workspace.yaml` holds."""

    model_config = {"extra": "forbid", "frozen": True}

    name: str
    brand: Brand


@dataclass(slots=True)
class _Reading:
    """What has been read so far, and what was wrong with it."""

    root: Path
    mistakes: list[Mistake] = field(default_factory=list)

    def one(self, name: str, kind: type[M]) -> tuple[Document, M | None]:
        path = self.root / name
        if not path.exists():
            self.mistakes.append(
                Mistake(name, 1, "the file is missing", f"see docs/workspace.md for what {name} holds")
            )
            return Document(name, None, None), None
        return self._model(read(path, self.root), kind)

    def perhaps(self, name: str, kind: type[M]) -> tuple[Document, M | None]:
        """A file that may be left out, and is empty then."""
        path = self.root / name
        return self._model(read(path, self.root), kind) if path.exists() else (Document(name, {}, None), kind())

    def many(self, pattern: str, kind: type[M]) -> list[tuple[Document, M | None]]:
        paths = sorted(path for path in self.root.glob(pattern) if not path.name.endswith(EXAMPLES))
        return [self._model(read(path, self.root), kind) for path in paths]

    def note(self, document: Document, problems: Iterable[Problem]) -> None:
        self.mistakes.extend(document.mistake(problem) for problem in problems)

    def _model(self, document: Document, kind: type[M]) -> tuple[Document, M | None]:
        self.mistakes.extend(document.mistakes)
        if document.mistakes:
            return document, None
        try:
            return document, kind.model_validate(document.value if document.value is not None else {})
        except ValidationError as error:
            self.note(document, _problems(error, kind))
            return document, None


def load(folder: str | Path) -> Workspace:
    """Raise `WorkspaceError` with all mistakes of all files."""
    root = Path(folder)
    if not root.is_dir():
        raise WorkspaceError([Mistake(str(folder), 1, "there is no such folder", "name the workspace's folder")])
    reading = _Reading(root)
    _, settings = reading.one("workspace.yaml", _Settings)
    _, policy = reading.one("policy.yaml", Policy)
    traits_file, traits = reading.perhaps("traits.yaml", Traits)
    segments_file, segments = reading.perhaps("segments.yaml", Segments)
    plans = reading.many("events/*.yaml", TrackingPlan)
    journeys = reading.many("journeys/*.yaml", Journey)
    templates = reading.many("templates/*.yaml", Template)
    plan = _one_plan(reading, plans)
    _check_names(reading, journeys, "journey")
    _check_names(reading, templates, "template")
    if all(read is not None for _, read in plans):  # else every event of a broken file would be called unknown
        _cross_check(reading, plan, policy, journeys, templates)
        if traits and segments:
            known = Known(plan, traits, segments)
            reading.note(traits_file, trait_check.of_traits(known))
            reading.note(segments_file, trait_check.of_segments(known))
            for document, journey in journeys:
                reading.note(document, journey_check.unknown_words(journey, known) if journey else ())
    if reading.mistakes or settings is None or policy is None or traits is None or segments is None:
        raise WorkspaceError(reading.mistakes)
    known_templates = {template.template: template for _, template in templates if template}
    return Workspace(
        name=settings.name,
        brand=settings.brand,
        plan=plan,
        policy=policy,
        traits=traits,
        segments=segments,
        templates=tuple(known_templates.values()),
        journeys=tuple(
            journey.pinned(known_templates[name] for name in sorted(set(journey.template_names)))
            for _, journey in journeys
            if journey
        ),
    )


def _one_plan(reading: _Reading, plans: list[tuple[Document, TrackingPlan | None]]) -> TrackingPlan:
    """The files of `events/` together; a name that stands in two of them is a mistake of the later."""
    merged: dict[str, Any] = {"events": [], "traits": {}}
    named: dict[str, str] = {}
    for document, plan in plans:
        if plan is None:
            continue
        for number, event in enumerate(plan.events):
            for name in (event.name, *event.aliases):
                if name in named:
                    message, hint = f"the event {name!r} stands in {named[name]} already", "keep it in one file"
                    reading.note(document, [Problem(place=("events", number), message=message, hint=hint)])
                    break
                named[name] = document.file
            else:
                merged["events"].append(event)
        merged["traits"] |= plan.traits
        if "unknown_events" in plan.model_fields_set:
            merged["unknown_events"] = plan.unknown_events
    return TrackingPlan(**merged)


def _check_names(reading: _Reading, documents: list[tuple[Document, M | None]], kind: str) -> None:
    """A file is found by the name of what it defines."""
    for document, model in documents:
        name = getattr(model, kind, None)
        if model is not None and name != (stem := Path(document.file).stem):
            message, hint = (
                f"the {kind} {name!r} stands in a file of another name",
                f"rename one: {name}.yaml, or {stem}",
            )
            reading.note(document, [Problem(place=(kind,), message=message, hint=hint)])


def _cross_check(
    reading: _Reading,
    plan: TrackingPlan,
    policy: Policy | None,
    journeys: list[tuple[Document, Journey | None]],
    templates: list[tuple[Document, Template | None]],
) -> None:
    """Names that one file uses and another defines. A template that is broken is there all the same."""
    known = {template.template: template for _, template in templates if template}
    broken = frozenset(Path(document.file).stem for document, template in templates if template is None)
    for document, template in templates:
        if template is not None:
            senders = [journey for _, journey in journeys if journey and template.template in journey.template_names]
            reading.note(
                document, template_check.problems(template, plan, [journey.entry.event for journey in senders], policy)
            )
    for document, journey in journeys:
        if journey is not None:
            reading.note(document, journey_check.problems(journey, plan, known, policy, broken))


def _problems(error: ValidationError, kind: type[BaseModel]) -> Iterator[Problem]:
    """Pydantic's errors in our words, without the tags that the place of a union carries."""
    for found in error.errors():
        where = place(found["loc"])
        message = found["msg"].removeprefix("Value error, ")
        name = where[-1] if where else kind.__name__
        match found["type"]:
            case "extra_forbidden":
                yield Problem(place=where, message=f"{name!r} is not a word here", hint=_words(kind, where))
            case "missing":
                yield Problem(place=where, message=f"{name!r} is missing")
            case _:
                dotted = ".".join(str(step) for step in where)
                yield Problem(place=where, message=f"{dotted}: {message}" if dotted else message)


def _words(kind: type[BaseModel], where: tuple[str | int, ...]) -> str:
    return f"known are: {', '.join(kind.model_fields)}" if len(where) == 1 else ""
