"""The kinds of file in a workspace: where they stand, and what they hold."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from segue.decisions.policy import Policy
from segue.events.enrichment.addresses import IpAddresses
from segue.events.enrichment.catalog import CatalogRules
from segue.events.identity import Identity
from segue.events.plan import TrackingPlan
from segue.events.sources import Source
from segue.journeys.connectors import Connectors
from segue.journeys.definition import Journey
from segue.messages.template import Template
from segue.profiles.computed import Segments, Traits
from segue.workspace.bundle import Brand
from segue.workspace.laws import Jurisdictions

#: How a file of worked examples ends, and the folders in which one may stand beside what it is of.
EXAMPLES = ".examples.yaml"
WITH_EXAMPLES = ("journeys", "sources")


class Settings(BaseModel):
    """`workspace.yaml`: the workspace's name, and the brand that speaks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="The workspace's name.")
    brand: Brand
    ip_addresses: IpAddresses = Field("drop", description="What becomes of an IP address in an event's context.")


@dataclass(frozen=True, slots=True)
class FileKind:
    """`files` is a pattern within the workspace's folder."""

    files: str
    title: str
    model: type[BaseModel]


KINDS: Mapping[str, FileKind] = {
    "workspace": FileKind("workspace.yaml", "A workspace of Segue", Settings),
    "policy": FileKind("policy.yaml", "When and how often messages may go", Policy),
    "jurisdictions": FileKind("jurisdictions.yaml", "Laws on hours and on how many", Jurisdictions),
    "identity": FileKind("identity.yaml", "What people are known by", Identity),
    "catalog": FileKind("catalog.yaml", "Which events are told what of a product", CatalogRules),
    "events": FileKind("events/*.yaml", "A tracking plan", TrackingPlan),
    "traits": FileKind("traits.yaml", "What is computed of people", Traits),
    "segments": FileKind("segments.yaml", "Groups of people", Segments),
    "connectors": FileKind("connectors.yaml", "Systems that journeys call, and audiences", Connectors),
    "source": FileKind("sources/*.yaml", "A cloud source", Source),
    "journey": FileKind("journeys/*.yaml", "A journey", Journey),
    "template": FileKind("templates/*.yaml", "A message", Template),
}
