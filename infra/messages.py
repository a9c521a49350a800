"""Messages go out: the queue of what may be sent now, the function that sends it, and the recipient's own pages."""

from dataclasses import replace

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra.foundation import Foundation
from infra.function import Function
from infra.queue import Queue
from segue.aws.settings import Settings
from segue.aws.telemetry import Metric
from segue.decisions.reasons import Reason

#: What a busy channel turned away is tried again at least once in so long.
RETRIED = Duration.minutes(20)


class Messages(Construct):
    """`settings` name the bus, the profiles and the machines; what is made here is added."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        foundation: Foundation,
        settings: Settings,
        registry: str,
        signing_keys: str,
    ) -> None:
        super().__init__(scope, id_)
        self.deliveries = Queue(self, "Deliveries", foundation=foundation)
        self.mail = ses.ConfigurationSet(
            self,
            "Mail",
            configuration_set_name=f"segue-{foundation.config.name}",  # workspace/sources/ses.yaml asks for it
            reputation_metrics=True,
            suppression_reasons=ses.SuppressionReasons.BOUNCES_AND_COMPLAINTS,
            tls_policy=ses.ConfigurationSetTlsPolicy.REQUIRE,
        )
        self.mail.add_event_destination(
            "Feedback",
            destination=ses.EventDestination.event_bus(events.EventBus.from_event_bus_name(self, "Heard", "default")),
            events=[
                *(ses.EmailSendingEvent.BOUNCE, ses.EmailSendingEvent.COMPLAINT, ses.EmailSendingEvent.DELIVERY),
                *(ses.EmailSendingEvent.OPEN, ses.EmailSendingEvent.CLICK, ses.EmailSendingEvent.SUBSCRIPTION),
            ],
        )
        signed = replace(settings, signing_secret=signing_keys)
        self.deliver = Function(
            self,
            "Deliver",
            foundation=foundation,
            name="deliver",
            settings=replace(signed, registry_table=registry, configuration_set=self.mail.configuration_set_name),
            more_layers=[foundation.templates],
        )
        self.deliver.works_off(self.deliveries, at_once=foundation.config.queue_concurrency)
        foundation.alarm(
            self,
            "TurnedAway",
            foundation.metric(Metric.DECISIONS, "deliver", "Sum", reason=Reason.CHANNEL_BUSY.value).with_(
                period=RETRIED
            ),
            "a channel turns messages away all the time: may the account send, and is its sender verified?",
            minutes=3,
        )
        self.subscriber = Function(
            self,
            "Subscriber",
            foundation=foundation,
            name="subscriber",
            settings=replace(signed, machines_arn="", public_url="", from_address=""),
        )
