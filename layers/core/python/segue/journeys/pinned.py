"""The templates that a run sends: those of the version that it began with, whatever has been deployed since."""

from collections.abc import Mapping

from segue.decisions.decision import RunRef
from segue.journeys.definition import Journey
from segue.journeys.ports import Registry
from segue.messages.template import Template


class PinnedTemplates:
    """`Templates`, of the deployed journeys and templates by name, and the registry for versions that are gone."""

    def __init__(self, journeys: Mapping[str, Journey], templates: Mapping[str, Template], registry: Registry) -> None:
        self._journeys = journeys
        self._templates = templates
        self._registry = registry

    def template(self, name: str, run: RunRef | None) -> Template:
        """As kept for the run's version. Raise `KeyError` when there is none, not even a deployed one.

        In the minute of a deployment a machine may be newer than the functions: what it sends may not be kept yet.
        """
        kept = None if run is None or self._deployed(run) else self._registry.version(run.journey, run.version)
        pinned = {template.name: template for template in kept.templates} if kept else {}
        return pinned.get(name) or self._templates[name]

    def words(self, name: str, run: RunRef | None) -> tuple[str, ...]:
        """The channels that it can go by; none when there is no such template."""
        try:
            return self.template(name, run).goes_by
        except KeyError:
            return ()

    def _deployed(self, run: RunRef) -> bool:
        journey = self._journeys.get(run.journey)
        return journey is not None and journey.version == run.version
