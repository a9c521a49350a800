"""A queue as every one here is: encrypted, with a dead-letter queue, and alarms on what is dead and on what is late."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledged import acknowledge
from infra.foundation import MINUTE, Foundation

TRIES = 5

#: What `Function` gives every consumer.
CONSUMER_TIMEOUT_SECONDS = 30


class DeadLetters(sqs.Queue):
    """Keeps for two weeks what could not be done. One message is an alarm; See docs/operations.md."""

    def __init__(self, scope: Construct, id_: str, *, foundation: Foundation, of: str) -> None:
        super().__init__(
            scope,
            id_,
            retention_period=Duration.days(14),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=foundation.config.encrypted_transport_only,
            removal_policy=foundation.removal_policy,
        )
        acknowledge(self, "AwsSolutions-SQS3", "it is a dead-letter queue")
        if not foundation.config.encrypted_transport_only:
            acknowledge(self, "AwsSolutions-SQS4", "this environment is an emulator that speaks plain HTTP")
        self.depth = self.metric_approximate_number_of_messages_visible(period=MINUTE, statistic="Maximum")
        foundation.alarm(self, "NotEmpty", self.depth, f"{of}: messages failed for good; mend the cause, then redrive")


class Queue(Construct):
    """Messages come back after some timeouts of their consumer (see `Environment`); after five tries they are dead."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        foundation: Foundation,
        late_after: Duration | None = None,
    ) -> None:
        super().__init__(scope, id_)
        name = id_.lower()
        self.dead_letters = DeadLetters(self, "DeadLetters", foundation=foundation, of=name)
        self.queue = sqs.Queue(
            self,
            "Queue",
            visibility_timeout=Duration.seconds(foundation.config.visibility_timeouts * CONSUMER_TIMEOUT_SECONDS),
            retention_period=Duration.days(14),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=foundation.config.encrypted_transport_only,
            removal_policy=foundation.removal_policy,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=TRIES),
        )
        if not foundation.config.encrypted_transport_only:
            acknowledge(self.queue, "AwsSolutions-SQS4", "this environment is an emulator that speaks plain HTTP")
        self.url = self.queue.queue_url
        self.oldest = self.queue.metric_approximate_age_of_oldest_message(period=MINUTE, statistic="Maximum")
        foundation.alarm(
            self,
            "Late",
            self.oldest,
            f"{name}: the oldest message waits too long; is its consumer failing, or too slow for the load?",
            threshold=(late_after or Duration.minutes(5)).to_seconds(),
            minutes=5,
        )

    def takes_from(self, sender: iam.IGrantable) -> None:
        """Only to send; `grant_send_messages` would add reading the queue's attributes."""
        iam.Grant.add_to_principal(grantee=sender, actions=["sqs:SendMessage"], resource_arns=[self.queue.queue_arn])
