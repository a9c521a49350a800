"""The whole workspace as one value, and as the JSON that travels with a deployment."""

from functools import cached_property
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from segue.decisions.policy import Policy
from segue.events.enrichment.addresses import IpAddresses
from segue.events.enrichment.catalog import CatalogRules, Product
from segue.events.identity import Identity
from segue.events.plan import TrackingPlan
from segue.events.sources import Source
from segue.journeys.connectors import Connectors
from segue.journeys.definition import Journey
from segue.messages.template import Template
from segue.profiles.computed import Segments, Traits


class Brand(BaseModel):
    """Who speaks. Templates see it under `brand`; `address` is the postal one, which commercial e-mail must carry.

    `from_address` is the sender of e-mails, where the environment does not name another.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    url: str = Field(pattern=r"^https?://")
    address: str
    from_address: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")


class Workspace(BaseModel):
    """Checked: only `load` makes one from files, and it answers with every mistake instead if there is any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    brand: Brand
    plan: TrackingPlan
    identity: Identity = Identity()
    policy: Policy
    journeys: tuple[Journey, ...]
    templates: tuple[Template, ...]
    ip_addresses: IpAddresses = "drop"
    catalog: CatalogRules | None = None
    #: Of the file that the catalogue names. They do not travel in the bundle: deployed functions have a table of them.
    products: tuple[Product, ...] = Field(default=(), exclude=True, repr=False)
    sources: tuple[Source, ...] = ()
    traits: Traits = Traits()
    segments: Segments = Segments()
    connectors: Connectors = Connectors()

    @classmethod
    def from_bundle(cls, path: str | Path) -> Self:
        return cls.model_validate_json(Path(path).read_bytes())

    def to_bundle(self) -> str:
        return self.model_dump_json(exclude_defaults=True)

    @cached_property
    def journeys_by_name(self) -> dict[str, Journey]:
        return {journey.name: journey for journey in self.journeys}

    @cached_property
    def templates_by_name(self) -> dict[str, Template]:
        return {template.template: template for template in self.templates}

    @cached_property
    def sources_by_name(self) -> dict[str, Source]:
        return {source.source: source for source in self.sources}
