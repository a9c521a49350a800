"""What works on the data, and can be made again at any time. Here the capabilities are wired; each grant is a line."""

from dataclasses import replace

from aws_cdk import Aws, CfnOutput, Stack
from constructs import Construct

from infra.acknowledged import acknowledge
from infra.admin import Admin
from infra.api import Api
from infra.config import Environment
from infra.dashboard import Dashboard
from infra.data import Data
from infra.decisions import Decisions
from infra.events import Events
from infra.foundation import MINUTE, Foundation
from infra.function import Function
from infra.journeys import Journeys
from infra.messages import Messages
from infra.profiles import Profiles
from infra.queue import DeadLetters, Queue
from infra.sources import Sources
from segue.aws.settings import Settings
from segue.workspace.bundle import Workspace

_SES = f"arn:{Aws.PARTITION}:ses:{Aws.REGION}:{Aws.ACCOUNT_ID}"


class App(Stack):
    def __init__(self, scope: Construct, id_: str, *, config: Environment, data: Data, workspace: Workspace) -> None:
        super().__init__(
            scope,
            id_,
            stack_name=f"segue-{config.name}-app",
            description="Segue: bus, queues, functions, journeys, API",
        )
        self.foundation = Foundation(self, "Foundation", config=config, workspace=workspace.to_bundle(), key=data.key)
        self.api = Api(self, "Api", foundation=self.foundation)

        plain = Settings(environment=config.name, clock=config.clock)
        self.events = Events(
            self, "Events", foundation=self.foundation, settings=plain, write_keys=data.arn(data.write_keys)
        )
        kept = replace(plain, profiles_table=data.profiles.table_name)
        registry = data.registry.table_name
        self.profiles = Profiles(
            self,
            "Profiles",
            foundation=self.foundation,
            settings=replace(kept, registry_table=registry),
            events=self.events.queue,
        )
        self.sources = Sources(
            self,
            "Sources",
            foundation=self.foundation,
            settings=replace(kept, bus=self.events.bus.event_bus_name),
            sources=workspace.sources,
            key=data.key,
        )
        telling = replace(kept, bus=self.events.bus.event_bus_name, machines_arn=self.foundation.machines_arn())
        self.messages = Messages(
            self,
            "Messages",
            foundation=self.foundation,
            settings=replace(
                telling, public_url=self.api.url, from_address=config.from_address or workspace.brand.from_address
            ),
            registry=registry,
            signing_keys=data.arn(data.signing_keys),
        )
        self.decisions = Decisions(
            self,
            "Decisions",
            foundation=self.foundation,
            settings=replace(
                telling, deliveries_queue=self.messages.deliveries.url, timers_queue=self.profiles.timers.url
            ),
            registry=registry,
        )
        self.journeys = Journeys(
            self,
            "Journeys",
            foundation=self.foundation,
            settings=replace(telling, signals_queue=self.profiles.signals.url, timers_queue=self.profiles.timers.url),
            registry=registry,
            signals=self.profiles.signals,
            requests=self.decisions.requests,
            secret=data.arn(data.connectors),
        )
        for journey in workspace.journeys:
            self.journeys.add(journey)
        self.api.takes_events(self.events.ingest)
        self.api.serves_recipients(self.messages.subscriber)

        self.admin = self._administer(data, kept)

        self._grant(data)
        self._watch(data)
        self._tell(data)

    def _administer(self, data: Data, kept: Settings) -> Admin:
        settings = replace(
            kept,
            registry_table=data.registry.table_name,
            signing_secret=data.arn(data.signing_keys),
            machines_arn=self.foundation.machines_arn(),
        )
        admin = Admin(
            self,
            "Admin",
            foundation=self.foundation,
            settings=settings,
            bus=self.events.bus.event_bus_name,
            requests=self.decisions.requests.url,
            key=data.key,
        )
        for function in (admin.api, admin.erase):
            data.let(function, "GetItem", "Query", "PutItem", "UpdateItem", on=data.profiles)
            data.let(function, "GetItem", "PutItem", "BatchWriteItem", on=data.registry)
            data.let_read(function, data.signing_keys)
            admin.erasures.takes_from(function)
        data.let(admin.erase, "BatchWriteItem", on=data.profiles)
        data.let(admin.api, "BatchGetItem", on=data.profiles)
        data.let(admin.api, "Query", on=data.profiles, index="ended")
        self.decisions.requests.takes_from(admin.api)
        admin.api.may("events:PutEvents", on=[self.events.bus.event_bus_arn])
        self._may_move_runs(admin.api, "SendTaskSuccess", "SendTaskFailure")  # a send of theirs is cancelled
        data.let(admin.erase, "Query", on=data.registry)
        admin.exports.let(admin.api, "PutObject", "GetObject", why_all="an export is named by its person")
        admin.exports.let(admin.erase, "ListBucket", "DeleteObject", why_all="an export is named by its person")
        executions = self.foundation.machines_arn().replace(":stateMachine:", ":execution:") + "*"
        admin.erase.may("states:StopExecution", on=[executions])
        admin.api.may("states:DescribeExecution", on=[executions])
        for function in (admin.erase, admin.api):
            acknowledge(
                function.role_,
                f"AwsSolutions-IAM5[Resource::{executions}]",
                "a run is known when its person is erased, or its message asked for",
            )
        self.api.serves_tools(admin.api)
        admin.may_be_called(self.api)
        return admin

    def _grant(self, data: Data) -> None:
        """Who may do what; the queues that wake a function are granted where it is said that it works them off."""
        profile, journey, step = self.profiles.profile, self.journeys.journey, self.journeys.step
        connect = self.journeys.connect
        decide, release, deliver = self.decisions.decide, self.decisions.release, self.messages.deliver
        ingest, subscriber, source = self.events.ingest, self.messages.subscriber, self.sources.source

        # A transaction is granted as what it is made of: puts and condition checks.
        for function in (profile, step, connect):
            data.let(function, "GetItem", "Query", "PutItem", on=data.profiles)
        for function in (journey, decide, deliver):
            data.let(function, "GetItem", "Query", "PutItem", "ConditionCheckItem", on=data.profiles)
        for function in (profile, step):
            data.let(function, "UpdateItem", on=data.profiles)
        data.let(release, "Query", on=data.profiles, index="due")
        data.let(release, "GetItem", "UpdateItem", on=data.profiles)
        data.let(subscriber, "GetItem", "Query", "UpdateItem", on=data.profiles)
        data.let(source, "GetItem", on=data.profiles)

        data.let(profile, "BatchWriteItem", on=data.registry)  # rejected events
        data.let(profile, "BatchGetItem", on=data.registry)  # products; an operator loads them
        data.let(journey, "GetItem", "PutItem", on=data.registry)
        for function in (decide, deliver):
            data.let(function, "GetItem", on=data.registry)

        for function in (ingest, source, journey, step, connect, decide, deliver, subscriber):
            function.may("events:PutEvents", on=[self.events.bus.event_bus_arn])

        self.sources.queue.takes_from(source)
        self.sources.let_import(data.key)
        for function in (profile, step):
            self.profiles.signals.takes_from(function)
            self.profiles.timers.takes_from(function)
        self.profiles.timers.takes_from(release)
        self.decisions.requests.takes_from(decide)
        self.decisions.requests.takes_from(release)
        self.decisions.requests.takes_from(self.journeys.role)
        self.journeys.steps.takes_from(self.journeys.role)
        self.journeys.calls.takes_from(self.journeys.role)
        self.messages.deliveries.takes_from(decide)

        self._may_move_runs(journey, "StartExecution", "SendTaskSuccess", "SendTaskFailure")
        self._may_move_runs(step, "SendTaskSuccess", "SendTaskFailure")
        self._may_move_runs(connect, "SendTaskSuccess", "SendTaskFailure")
        self._may_move_runs(decide, "SendTaskSuccess", "SendTaskFailure")
        self._may_move_runs(deliver, "SendTaskSuccess", "SendTaskFailure")

        data.let_read(ingest, data.write_keys)
        data.let_read(connect, data.connectors)
        data.let_read(deliver, data.signing_keys)
        data.let_read(subscriber, data.signing_keys)
        self._may_send_mail(deliver)

    def _may_move_runs(self, function: Function, *actions: str) -> None:
        """On all of this environment's machines, also those of journeys that have left the workspace but still run."""
        machines = f"{self.foundation.machines_arn()}*"
        function.may(*(f"states:{action}" for action in actions), on=[machines])
        acknowledge(
            function.role_, f"AwsSolutions-IAM5[Resource::{machines}]", "a journey is added without a new grant"
        )

    def _may_send_mail(self, deliver: Function) -> None:
        """From any of the account's verified identities, since a journey's sender is the workspace's business."""
        identities = f"{_SES}:identity/*"
        mail = f"{_SES}:configuration-set/{self.messages.mail.configuration_set_name}"
        deliver.may("ses:SendEmail", on=[identities, mail])
        acknowledge(deliver.role_, f"AwsSolutions-IAM5[Resource::{identities}]", "the sender is the workspace's choice")

    def _watch(self, data: Data) -> None:
        for table in (data.profiles, data.registry):
            self.foundation.alarm(
                self,
                f"{table.node.id}Throttled",
                table.metric("WriteThrottleEvents", statistic="Sum", period=MINUTE),
                f"{table.node.id}: writes are refused; is one person hot, or has the table not yet grown to the load?",
                minutes=3,
            )
        functions = (
            *(self.events.ingest, self.sources.source),
            *(self.profiles.profile, self.journeys.journey, self.journeys.step, self.journeys.connect),
            *(self.decisions.decide, self.decisions.release, self.messages.deliver, self.messages.subscriber),
            *(self.admin.api, self.admin.erase),
        )
        self.dashboard = Dashboard(
            self,
            "Dashboard",
            foundation=self.foundation,
            api=self.api.api,
            functions={function.name: function for function in functions},
            queues=self.queues,
            dead_letters=self.dead_letters,
            machines=self.journeys.machines,
        )

    @property
    def queues(self) -> dict[str, Queue]:
        return {
            "Sources": self.sources.queue,
            "Events": self.events.queue,
            "Signals": self.profiles.signals,
            "Timers": self.profiles.timers,
            "Steps": self.journeys.steps,
            "Calls": self.journeys.calls,
            "Requests": self.decisions.requests,
            "Deliveries": self.messages.deliveries,
            "Erasures": self.admin.erasures,
        }

    @property
    def dead_letters(self) -> dict[str, DeadLetters]:
        """Of the queues, of the buses that could not reach the first of them, and of the asynchronous function."""
        of_queues = {name: queue.dead_letters for name, queue in self.queues.items()}
        more = {
            "Undelivered": self.events.undelivered,
            "Unreached": self.sources.unreached,
            "Unreleased": self.decisions.unreleased,
        }
        return {**of_queues, **more}

    def _tell(self, data: Data) -> None:
        told = {
            "ApiUrl": self.api.url,
            "ApiId": self.api.api.api_id,
            "BusName": self.events.bus.event_bus_name,
            "ImportsBucket": self.sources.bucket.bucket_name,
            "ProfilesTable": data.profiles.table_name,
            "RegistryTable": data.registry.table_name,
            **{f"{name}QueueUrl": queue.url for name, queue in self.queues.items()},
            **{f"{name}DeadLettersUrl": queue.queue_url for name, queue in self.dead_letters.items()},
            "ExportsBucket": self.admin.exports.bucket_name,
            "WriteKeysSecret": data.arn(data.write_keys),
            "SigningSecret": data.arn(data.signing_keys),
            "ConnectorsSecret": data.arn(data.connectors),
            "MachinesArn": self.foundation.machines_arn(),
        }
        for name, value in told.items():
            CfnOutput(self, name, value=value)
