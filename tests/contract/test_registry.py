"""`Registry`: in memory and on DynamoDB."""

import pytest

from segue.aws.registry import DynamoRegistry
from segue.decisions.decision import RunRef
from segue.journeys.pinned import PinnedTemplates
from segue.journeys.ports import Kept, Registry
from segue.memory.registry import MemoryRegistry
from segue.messages.template import EmailWords, Template
from tests.journeys.examples import EVERY_KIND


@pytest.fixture(params=["memory", "moto"])
def registry(request: pytest.FixtureRequest) -> Registry:
    if request.param == "memory":
        return MemoryRegistry()
    return DynamoRegistry(request.getfixturevalue("registry_rows"))


def another(registry: Registry) -> Registry:
    """As another function sees it."""
    return DynamoRegistry(registry._rows) if isinstance(registry, DynamoRegistry) else registry


def a_kept(subject: str = "Reminder") -> Kept:
    template = Template(template="reminder", email=EmailWords(subject=subject, html="<p>Hello</p>"))
    return Kept(journey=EVERY_KIND.pinned([template]), templates=(template,))


def test_a_version_that_was_kept_is_there(registry: Registry) -> None:
    kept = a_kept()

    registry.keep(kept)

    assert another(registry).version("every-kind", kept.journey.version) == kept


def test_versions_stand_side_by_side(registry: Registry) -> None:
    before, after = a_kept("Before"), a_kept("After")

    registry.keep(before)
    registry.keep(after)

    assert another(registry).version("every-kind", before.journey.version) == before
    assert another(registry).version("every-kind", after.journey.version) == after


def test_keeping_twice_changes_nothing(registry: Registry) -> None:
    kept = a_kept()

    registry.keep(kept)
    registry.keep(kept)
    another(registry).keep(kept)

    assert registry.version("every-kind", kept.journey.version) == kept


def test_a_version_that_was_never_kept_is_not_there(registry: Registry) -> None:
    assert registry.version("every-kind", "0") is None


def test_a_journey_is_paused_until_it_is_not(registry: Registry) -> None:
    assert not registry.paused("thanks")

    registry.pause("thanks")
    registry.pause("thanks")
    assert another(registry).paused("thanks")
    assert not registry.paused("others")

    registry.unpause("thanks")
    registry.unpause("thanks")
    assert not another(registry).paused("thanks")


def test_a_run_sends_the_templates_that_it_began_with(registry: Registry) -> None:
    before, after = a_kept("Before"), a_kept("After")
    registry.keep(before)
    templates = PinnedTemplates(
        {"every-kind": after.journey}, {template.name: template for template in after.templates}, another(registry)
    )

    def subject(version: str | None) -> str:
        run = RunRef(run_id="r", journey="every-kind", version=version, step="s") if version else None
        words = templates.template("reminder", run).email
        assert words is not None
        return words.subject

    assert subject(None) == "After"
    assert subject(after.journey.version) == "After"
    assert subject(before.journey.version) == "Before"
    with pytest.raises(KeyError):
        templates.template(
            "unknown", RunRef(run_id="r", journey="every-kind", version=before.journey.version, step="s")
        )


def test_a_version_that_was_never_kept_sends_the_deployed_templates(registry: Registry) -> None:
    """In the minute of a deployment, a machine may be newer than the functions that keep versions."""
    deployed = a_kept("Deployed")
    templates = PinnedTemplates(
        {"every-kind": deployed.journey}, {template.name: template for template in deployed.templates}, registry
    )
    run = RunRef(run_id="r", journey="every-kind", version="0", step="s")

    assert templates.template("reminder", run) == templates.template("reminder", None)
    with pytest.raises(KeyError):
        templates.template("unknown", run)
