"""The composition root: each port on AWS, made when it is first asked for and kept while the function is warm.

Imports stand where they are used: a function pays at its cold start for what it needs, and for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from segue.aws.bundled import Bundled
from segue.aws.settings import Settings
from segue.clock import Clock

if TYPE_CHECKING:
    from segue.aws.accepted import DynamoAccepted
    from segue.aws.bus import EventBridgeBus
    from segue.aws.catalog import DynamoCatalog
    from segue.aws.connecting import DynamoCalls, HttpCaller
    from segue.aws.ended import DynamoEnded
    from segue.aws.erasures import DynamoErasures, DynamoTrail
    from segue.aws.exports import S3Exports
    from segue.aws.imports import S3Imports
    from segue.aws.inbox import DynamoInbox
    from segue.aws.machines import StepFunctionsMachines
    from segue.aws.mailer import SesMailer
    from segue.aws.profiles import DynamoProfiles
    from segue.aws.queues import SqsDeliveries, SqsErrands, SqsRequests, SqsTimers
    from segue.aws.records import DynamoRecords
    from segue.aws.registry import DynamoRegistry
    from segue.aws.rejections import DynamoRejections
    from segue.aws.sends import DynamoSends
    from segue.aws.signals import SqsSignals
    from segue.aws.signing import SecretSigningKeys
    from segue.aws.slots import DynamoSlots
    from segue.aws.table import Row
    from segue.aws.write_keys import SecretWriteKeys
    from segue.events.spec import Reception
    from segue.journeys.pinned import PinnedTemplates
    from segue.messages.accept import Counter
    from segue.messages.wish import Terms
    from segue.profiles import erase
    from segue.profiles.traces import Refusals

# ruff: noqa: PLC0415 - see the module's docstring


class Wiring(Bundled):
    """A function asks only for what its role may use."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.workspace_path)
        self.settings = settings

    @cached_property
    def clock(self) -> Clock:
        return Clock.parse(self.settings.clock)

    def reception(self, source: str) -> Reception:
        """How calls are read that do not come over HTTP, each with an id of its own; it is for now only."""
        from segue.events.spec import Reception

        return Reception(
            source=source,
            received_at=self.clock.now(),
            plan=self.plan,
            identity=self.identity,
            ip_addresses=self.ip_addresses,
            digest="",
            new_id=lambda: source,
        )

    @cached_property
    def imports(self) -> S3Imports:
        from segue.aws.imports import S3Imports

        given = self.settings
        return S3Imports(self._client("s3"), given.imports_bucket, self._sqs, given.sources_queue)

    @cached_property
    def profiles(self) -> DynamoProfiles:
        from segue.aws.profiles import DynamoProfiles

        return DynamoProfiles(self._profiles_rows, self.clock)

    @cached_property
    def sends(self) -> DynamoSends:
        from segue.aws.sends import DynamoSends

        return DynamoSends(self._profiles_rows, self.clock)

    @cached_property
    def slots(self) -> DynamoSlots:
        from segue.aws.slots import DynamoSlots

        return DynamoSlots(self._profiles_rows, self.clock)

    @cached_property
    def accepted(self) -> DynamoAccepted:
        from segue.aws.accepted import DynamoAccepted

        return DynamoAccepted(self._profiles_rows, self.clock)

    @cached_property
    def ended(self) -> DynamoEnded:
        from segue.aws.ended import DynamoEnded

        return DynamoEnded(self._profiles_rows)

    @cached_property
    def terms(self) -> Terms:
        """By what wishes of the API are read: see `plan`."""
        from segue.messages.wish import Terms

        return Terms(policy=self.policy, templates=self.deployed_templates)

    def counter(self, tell: Callable[[Exception], None]) -> Counter:
        from segue.aws.queues import GRACE, MOST_DELAY
        from segue.messages.accept import Counter

        return Counter(
            terms=self.terms,
            identity=self.identity,
            people=self.profiles,
            accepted=self.accepted,
            requests=self.requests,
            blocked=self.blocked,
            late=self.clock.virtual(MOST_DELAY + GRACE),
            tell=tell,
        )

    def blocked(self, profile_id: str) -> str | None:
        """The receipt of the erasure of whoever this was."""
        from segue.profiles.erase import prints

        return self.erasures.blocked(prints(profile_id, self.signing_keys.keys()))

    @cached_property
    def inbox(self) -> DynamoInbox:
        from segue.aws.inbox import DynamoInbox

        return DynamoInbox(self._profiles_rows)

    @cached_property
    def records(self) -> DynamoRecords:
        from segue.aws.records import DynamoRecords

        return DynamoRecords(self._profiles_rows)

    @cached_property
    def erasures(self) -> DynamoErasures:
        from segue.aws.erasures import DynamoErasures

        return DynamoErasures(self._registry_rows)

    @cached_property
    def trail(self) -> DynamoTrail:
        from segue.aws.erasures import DynamoTrail

        return DynamoTrail(self._registry_rows)

    @cached_property
    def exports(self) -> S3Exports:
        from segue.aws.exports import S3Exports

        return S3Exports(self._client("s3"), self.settings.exports_bucket)

    @cached_property
    def errands(self) -> SqsErrands:
        from segue.aws.queues import SqsErrands

        return SqsErrands(self._sqs, self.settings.erasures_queue, self.clock)

    @property
    def refusals(self) -> Refusals:
        """As of today."""
        from segue.aws.rejections import KEPT_DAYS
        from segue.profiles.traces import Refusals

        return Refusals(self.rejections, self.identity, self.clock.now().date(), KEPT_DAYS)

    @property
    def erasing(self) -> erase.Ports:
        """Made anew each time, since signing keys are rotated. Each kind of trace that people leave stands here."""
        from segue.decisions.accepted import Findable
        from segue.profiles.erase import SETTLED, Ports
        from segue.profiles.traces import Exported, Partitions

        return Ports(
            profiles=self.profiles,
            erasures=self.erasures,
            executions=self.machines,
            errands=self.errands,
            traces=(
                Findable(self.records, self.accepted),
                Partitions(self.records, self.profiles),
                self.refusals,
                Exported(self.exports),
            ),
            keys=self.signing_keys.keys(),
            settled=self.clock.virtual(SETTLED),
        )

    @cached_property
    def registry(self) -> DynamoRegistry:
        from segue.aws.registry import DynamoRegistry

        return DynamoRegistry(self._registry_rows)

    @cached_property
    def catalog(self) -> DynamoCatalog:
        from segue.aws.catalog import DynamoCatalog

        return DynamoCatalog(self._registry_rows)

    @cached_property
    def rejections(self) -> DynamoRejections:
        from segue.aws.rejections import DynamoRejections

        return DynamoRejections(self._registry_rows)

    @cached_property
    def templates(self) -> PinnedTemplates:
        from segue.journeys.pinned import PinnedTemplates

        return PinnedTemplates(self.workspace.journeys_by_name, self.workspace.templates_by_name, self.registry)

    @cached_property
    def bus(self) -> EventBridgeBus:
        from segue.aws.bus import EventBridgeBus

        return EventBridgeBus(self._client("events"), self.settings.bus)

    @cached_property
    def signals(self) -> SqsSignals:
        from segue.aws.signals import SqsSignals

        return SqsSignals(self._sqs, self.settings.signals_queue)

    @cached_property
    def requests(self) -> SqsRequests:
        from segue.aws.queues import SqsRequests

        return SqsRequests(self._sqs, self.settings.requests_queue, self.clock)

    @cached_property
    def timers(self) -> SqsTimers:
        from segue.aws.queues import SqsTimers

        return SqsTimers(self._sqs, self.settings.timers_queue, self.clock)

    @cached_property
    def deliveries(self) -> SqsDeliveries:
        from segue.aws.queues import SqsDeliveries

        return SqsDeliveries(self._sqs, self.settings.deliveries_queue)

    @cached_property
    def machines(self) -> StepFunctionsMachines:
        from segue.aws.machines import StepFunctionsMachines

        return StepFunctionsMachines(self._client("stepfunctions"), self.settings.machines_arn)

    @cached_property
    def mailer(self) -> SesMailer:
        from segue.aws.mailer import SesMailer

        return SesMailer(self._client("sesv2", most_attempts=1), self.settings.configuration_set)

    @cached_property
    def calls(self) -> DynamoCalls:
        from segue.aws.connecting import DynamoCalls

        return DynamoCalls(self._profiles_rows)

    @cached_property
    def caller(self) -> HttpCaller:
        from segue.aws.connecting import HttpCaller

        given = self.settings
        return HttpCaller(self._client("secretsmanager"), given.connectors_secret, dry=given.calls == "dry")

    @cached_property
    def write_keys(self) -> SecretWriteKeys:
        from segue.aws.write_keys import SecretWriteKeys

        return SecretWriteKeys(self._client("secretsmanager"), self.settings.write_keys_secret)

    @cached_property
    def signing_keys(self) -> SecretSigningKeys:
        from segue.aws.signing import SecretSigningKeys

        return SecretSigningKeys(self._client("secretsmanager"), self.settings.signing_secret)

    def _client(self, service: str, *, most_attempts: int | None = None) -> Any:
        from botocore.config import Config

        config = Config(retries={"total_max_attempts": most_attempts}) if most_attempts else None
        return self._session.create_client(service, config=config)

    @cached_property
    def _session(self) -> Any:
        """One session reads once what AWS looks like: pynamodb's own, if there is a table. boto3 only adds weight."""
        if self.settings.profiles_table:
            return self._profiles_rows.connection().session
        from botocore.session import get_session

        return get_session()

    @cached_property
    def _sqs(self) -> Any:
        return self._client("sqs")

    @cached_property
    def _profiles_rows(self) -> type[Row]:
        from segue.aws.table import rows

        return rows(self.settings.profiles_table)

    @cached_property
    def _registry_rows(self) -> type[Row]:
        from segue.aws.table import rows

        return rows(self.settings.registry_table)


def wire(env: Mapping[str, str]) -> Wiring:
    return Wiring(Settings.from_env(env))
