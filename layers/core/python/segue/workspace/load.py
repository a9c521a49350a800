"""From a folder to a checked workspace, or to every mistake in it at once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from segue.decisions import check as policy_check
from segue.decisions.policy import Policy
from segue.events import check as plan_check
from segue.events import identity as identity_check
from segue.events import sources_check
from segue.events.enrichment.catalog import CatalogRules, Product
from segue.events.identity import Identity
from segue.events.merge import all_over
from segue.events.plan import TrackingPlan
from segue.events.sources import Source
from segue.journeys import check as journey_check
from segue.journeys import check_connectors, check_doing
from segue.journeys.connectors import Connectors
from segue.journeys.definition import Journey
from segue.messages import check as template_check
from segue.messages.template import Template
from segue.problem import Kind, Problem
from segue.profiles import check as trait_check
from segue.profiles.check import Known
from segue.profiles.computed import Segments, Traits
from segue.workspace.base_plans import NAMES as BASE_PLANS
from segue.workspace.base_plans import base_plan
from segue.workspace.bundle import Workspace
from segue.workspace.forms import problems
from segue.workspace.kinds import EXAMPLES, Settings
from segue.workspace.laws import Jurisdictions, shipped
from segue.workspace.laws import problems as law_problems
from segue.workspace.source import Document, Mistake, WorkspaceError, in_order, read
from segue.workspace.stray import stray

M = TypeVar("M", bound=BaseModel)
CATALOG = "catalog.yaml"


@dataclass(slots=True)
class _Reading:
    """What has been read so far, and what was wrong with it."""

    root: Path
    mistakes: list[Mistake] = field(default_factory=list)

    def one(self, name: str, kind: type[M]) -> tuple[Document, M | None]:
        path = self.root / name
        if not path.exists():
            hint = f"see docs/workspace.md for what {name} holds"
            self.mistakes.append(Mistake(name, 1, "the file is missing", hint, kind=Kind.NO_FILE))
            return Document(name, None, None), None
        return self._model(read(path, self.root), kind)

    def optional(self, name: str, kind: type[M]) -> tuple[Document, M | None]:
        """A file that may be missing: all that it says has a default."""
        path = self.root / name
        return self.one(name, kind) if path.exists() else (Document(name, None, None), kind())

    def maybe(self, name: str, kind: type[M]) -> tuple[Document, M | None]:
        """A file that a workspace may do without."""
        return self.one(name, kind) if (self.root / name).exists() else (Document(name, None, None), None)

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
            self.note(document, problems(error, kind, document))
            return document, None


@dataclass(frozen=True, slots=True)
class Inspection:
    """What stands in a folder. There is a workspace if nothing of what was found is an error."""

    workspace: Workspace | None
    mistakes: tuple[Mistake, ...]


def load(folder: str | Path) -> Workspace:
    """Raise `WorkspaceError` with all mistakes of all files; a warning alone is none."""
    inspection = inspect(folder)
    if inspection.workspace is None:
        raise WorkspaceError(inspection.mistakes, Path(folder))
    return inspection.workspace


def inspect(folder: str | Path) -> Inspection:
    root = Path(folder)
    if not root.is_dir():
        missing = Mistake(str(folder), 1, "there is no such folder", "name the workspace's folder", kind=Kind.NO_FILE)
        return Inspection(None, (missing,))
    reading = _Reading(root)
    _, settings = reading.one("workspace.yaml", Settings)
    identity_document, identity = reading.optional("identity.yaml", Identity)
    rules, policy = reading.one("policy.yaml", Policy)
    policy = _with_laws(reading, rules, policy)
    traits_file, traits = reading.optional("traits.yaml", Traits)
    segments_file, segments = reading.optional("segments.yaml", Segments)
    connectors_file, connectors = reading.optional("connectors.yaml", Connectors)
    plans = reading.many("events/*.yaml", TrackingPlan)
    journeys = reading.many("journeys/*.yaml", Journey)
    templates = reading.many("templates/*.yaml", Template)
    sources = reading.many("sources/*.yaml", Source)
    plan = _one_plan(reading, plans)
    if identity is not None:
        reading.note(identity_document, identity_check.problems(identity))
    catalog = reading.maybe(CATALOG, CatalogRules)
    products = _products(reading, *catalog, plan)
    _check_names(reading, journeys, "journey")
    _check_names(reading, templates, "template")
    _check_names(reading, sources, "source")
    if all(read is not None for _, read in plans):  # else every event of a broken file would be called unknown
        if policy is not None:
            names = {template.name for _, template in templates if template}
            reading.note(
                rules,
                policy_check.problems(
                    policy,
                    plan,
                    names if all(template for _, template in templates) else None,
                    visits=traits is None or traits.sessions is not None,
                    senders=_senders([journey for _, journey in journeys if journey]),
                ),
            )
        _cross_check(reading, plan, policy, journeys, templates)
        if connectors is not None:
            reading.note(connectors_file, check_connectors.problems(connectors, plan, policy))
            _each(reading, journeys, partial(check_connectors.of_journey, connectors=connectors))
        _each(reading, sources, partial(sources_check.problems, plan=plan))
        if traits and segments:
            known = Known(plan, traits, segments)
            reading.note(traits_file, trait_check.of_traits(known))
            reading.note(segments_file, trait_check.of_segments(known))
            _each(reading, journeys, partial(journey_check.unknown_words, known=known))
    reading.mistakes.extend(stray(root))
    mistakes = in_order(reading.mistakes)
    fine = all(mistake.kind.is_warning for mistake in mistakes)
    if not (fine and settings and policy and identity and traits and segments and connectors):
        return Inspection(None, mistakes)
    known_templates = {template.template: template for _, template in templates if template}
    workspace = Workspace(
        name=settings.name,
        brand=settings.brand,
        ip_addresses=settings.ip_addresses,
        catalog=catalog[1],
        products=products,
        plan=plan,
        identity=identity,
        policy=policy,
        sources=tuple(source for _, source in sources if source),
        traits=traits,
        segments=segments,
        connectors=connectors,
        templates=tuple(known_templates.values()),
        journeys=tuple(
            journey.pinned(known_templates[name] for name in sorted(set(journey.template_names)))
            for _, journey in journeys
            if journey
        ),
    )
    return Inspection(workspace, mistakes)


def load_identity(folder: str | Path) -> Identity:
    """`identity.yaml` alone. Raise `WorkspaceError` with all mistakes in it."""
    reading = _Reading(Path(folder))
    _, identity = reading.optional("identity.yaml", Identity)
    if identity is None:
        raise WorkspaceError(reading.mistakes, reading.root)
    return identity


def load_definitions(folder: str | Path) -> tuple[Traits, Segments]:
    """`traits.yaml` and `segments.yaml` alone. Raise `WorkspaceError` with all mistakes in their form."""
    reading = _Reading(Path(folder))
    _, traits = reading.optional("traits.yaml", Traits)
    _, segments = reading.optional("segments.yaml", Segments)
    if traits is None or segments is None:
        raise WorkspaceError(reading.mistakes, reading.root)
    return traits, segments


def load_plans(folder: str | Path, without: Path | None = None) -> tuple[TrackingPlan, ...]:
    """The files of `events/` but for one, each by itself. Raise `WorkspaceError` with all mistakes in them."""
    reading = _Reading(Path(folder))
    name = without.name if without else None
    found = [plan for document, plan in reading.many("events/*.yaml", TrackingPlan) if Path(document.file).name != name]
    plans = tuple(plan for plan in found if plan is not None)
    if len(plans) < len(found):
        raise WorkspaceError(reading.mistakes, reading.root)
    return plans


def load_catalog(folder: str | Path) -> CatalogRules | None:
    """`catalog.yaml` alone, if there is one. Raise `WorkspaceError` with all mistakes in it."""
    reading = _Reading(Path(folder))
    _, rules = reading.maybe(CATALOG, CatalogRules)
    if reading.mistakes:
        raise WorkspaceError(reading.mistakes, reading.root)
    return rules


def _with_laws(reading: _Reading, rules: Document, policy: Policy | None) -> Policy | None:
    document, said = reading.optional("jurisdictions.yaml", Jurisdictions)
    if said is not None:
        reading.note(document, law_problems(said))
    if rules.has(("laws",)):
        hint = "laws stand in jurisdictions.yaml"
        reading.note(
            rules, [Problem(place=("laws",), message="'laws' is not a word here", hint=hint, kind=Kind.UNKNOWN_WORD)]
        )
    if policy is None or said is None:
        return policy
    return policy.model_copy(update={"laws": said.over(shipped())})


def _products(
    reading: _Reading, document: Document, rules: CatalogRules | None, plan: TrackingPlan
) -> tuple[Product, ...]:
    from segue.workspace import catalog  # noqa: PLC0415 - reading files of products is for those who have one

    if rules is None:
        return ()
    reading.note(document, catalog.event_problems(rules, plan))
    if rules.file is None:
        return ()
    found = catalog.file_of(reading.root, rules)
    reading.note(document, found.problems)
    reading.mistakes.extend(found.mistakes)
    return found.products


def _senders(journeys: Iterable[Journey]) -> dict[str, list[str]]:
    """The names of the journeys that send by each channel."""
    senders: dict[str, list[str]] = {}
    for journey in journeys:
        ways = (send.ways for _, send in journey.sends)
        for channel in dict.fromkeys(channel for each in ways for channel in each):
            senders.setdefault(channel, []).append(journey.name)
    return senders


def _one_plan(reading: _Reading, plans: list[tuple[Document, TrackingPlan | None]]) -> TrackingPlan:
    """The files of `events/` together, over the plans that they extend."""
    readable = [(document, plan) for document, plan in plans if plan is not None]
    extended = dict.fromkeys(name for _, plan in readable for name in plan.extends)
    base = all_over([base_plan(name) for name in extended if name in BASE_PLANS])
    files = [(document.file, plan) for document, plan in readable]
    for at, problem in plan_check.problems(files, BASE_PLANS, base):
        reading.note(readable[at][0], [problem])
    return all_over([base, *(plan for _, plan in readable)])


def _each(
    reading: _Reading, documents: list[tuple[Document, M | None]], problems: Callable[[M], Iterable[Problem]]
) -> None:
    for document, model in documents:
        reading.note(document, problems(model) if model else ())


def _check_names(reading: _Reading, documents: list[tuple[Document, M | None]], kind: str) -> None:
    """A file is found by the name of what it defines."""
    for document, model in documents:
        name = getattr(model, kind, None)
        if model is not None and name != (stem := Path(document.file).stem):
            message = f"the {kind} {name!r} stands in a file of another name"
            hint = f"rename one: {name}.yaml, or {stem}"
            reading.note(document, [Problem(place=(kind,), message=message, hint=hint, kind=Kind.FILE_NAME)])


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
            if all(each for _, each in journeys):
                reading.note(document, check_doing.others(journey, [each for _, each in journeys if each]))
