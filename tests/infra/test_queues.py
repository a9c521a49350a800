import json

import pytest

from segue.aws.queues import MOST_DELAY
from segue.aws.telemetry import COUNT_DEFERRED
from tests.infra.conftest import ENVIRONMENTS, IN_AWS, Assembly, Resource, Template


def queues(app: Template) -> list[Resource]:
    return [each for each in app.all("AWS::SQS::Queue") if "RedrivePolicy" in each.properties]


def dead_letters(app: Template) -> list[Resource]:
    return [each for each in app.all("AWS::SQS::Queue") if "RedrivePolicy" not in each.properties]


def alarms_on(app: Template, queue: Resource, metric: str) -> list[Resource]:
    wanted = {"Name": "QueueName", "Value": {"Fn::GetAtt": [queue.id, "QueueName"]}}
    return [
        alarm
        for alarm in app.all("AWS::CloudWatch::Alarm")
        if alarm.properties.get("MetricName") == metric and wanted in alarm.properties["Dimensions"]
    ]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_queue_has_its_own_dead_letters_after_five_tries(assembly: Assembly, environment: str) -> None:
    app = assembly.app(environment)

    policies = [each.properties["RedrivePolicy"] for each in queues(app)]

    assert len(policies) == 9
    assert {policy["maxReceiveCount"] for policy in policies} == {5}
    assert len({str(policy["deadLetterTargetArn"]) for policy in policies}) == 9


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_one_dead_letter_is_an_alarm_that_somebody_hears(assembly: Assembly, environment: str) -> None:
    app = assembly.app(environment)

    assert len(dead_letters(app)) == 12
    for queue in dead_letters(app):
        (alarm,) = alarms_on(app, queue, "ApproximateNumberOfMessagesVisible")
        assert (alarm.properties["Threshold"], alarm.properties["EvaluationPeriods"]) == (0, 1)
        assert alarm.properties["ComparisonOperator"] == "GreaterThanThreshold"
        assert alarm.properties["AlarmActions"]


def test_a_queue_that_is_late_is_an_alarm(assembly: Assembly) -> None:
    app = assembly.app("production")

    for queue in queues(app):
        assert alarms_on(app, queue, "ApproximateAgeOfOldestMessage")


def test_requests_that_wait_in_their_queue_for_their_hour_are_not_late(assembly: Assembly) -> None:
    app = assembly.app("production")
    longest = {
        queue.id.removesuffix(queue.id[-8:]): alarm.properties["Threshold"]
        for queue in queues(app)
        for alarm in alarms_on(app, queue, "ApproximateAgeOfOldestMessage")
    }

    waiting = [seconds for name, seconds in longest.items() if "Requests" in name or "Timers" in name]
    assert min(waiting) > MOST_DELAY.total_seconds()
    assert sorted(longest.values()) == [300] * 7 + waiting


def test_dead_letters_wait_for_two_weeks(assembly: Assembly) -> None:
    fortnight = 14 * 24 * 3600

    kept = {each.properties["MessageRetentionPeriod"] for each in dead_letters(assembly.app("production"))}

    assert kept == {fortnight}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_consumer_reports_single_failures_and_has_time_for_its_batch(
    assembly: Assembly, environment: str
) -> None:
    app = assembly.app(environment)
    mappings = app.all("AWS::Lambda::EventSourceMapping")

    assert len(mappings) == 9
    for mapping in mappings:
        function = app[mapping.properties["FunctionName"]["Ref"]]
        queue = app[mapping.properties["EventSourceArn"]["Fn::GetAtt"][0]]
        assert mapping.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert queue.properties["VisibilityTimeout"] >= function.properties["Timeout"]


@pytest.mark.parametrize(("environment", "times"), [("local", 1), *((name, 6) for name in IN_AWS)])
def test_an_unfinished_message_comes_back_as_late_as_lambda_asks_for_and_at_once_on_a_laptop(
    assembly: Assembly, environment: str, times: int
) -> None:
    timeouts = {queue.properties["VisibilityTimeout"] for queue in queues(assembly.app(environment))}

    assert timeouts == {times * 30}


@pytest.mark.parametrize("environment", IN_AWS)
def test_queues_are_encrypted_and_refuse_plain_http(assembly: Assembly, environment: str) -> None:
    app = assembly.app(environment)
    guarded = {
        str(ref)
        for policy in app.all("AWS::SQS::QueuePolicy")
        for ref in policy.properties["Queues"]
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    }

    for queue in app.all("AWS::SQS::Queue"):
        assert queue.properties["SqsManagedSseEnabled"] is True
        assert str({"Ref": queue.id}) in guarded


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_the_bus_and_the_clock_cannot_deliver_is_kept(assembly: Assembly, environment: str) -> None:
    targets = [
        target for rule in assembly.app(environment).all("AWS::Events::Rule") for target in rule.properties["Targets"]
    ]

    assert len(targets) == (8 if environment == "local" else 5)
    assert all(target["DeadLetterConfig"]["Arn"] for target in targets)


def test_release_is_woken_every_minute_and_every_five_to_count(assembly: Assembly) -> None:
    woken = {
        rule.properties["ScheduleExpression"]: rule.properties["Targets"][0].get("Input")
        for rule in assembly.app("production").all("AWS::Events::Rule")
        if "ScheduleExpression" in rule.properties
    }

    assert woken == {"rate(1 minute)": None, "rate(5 minutes)": json.dumps(COUNT_DEFERRED, separators=(",", ":"))}


def test_a_release_that_fails_is_kept_and_not_repeated(assembly: Assembly) -> None:
    (config,) = assembly.app("production").all("AWS::Lambda::EventInvokeConfig")

    assert config.properties["MaximumRetryAttempts"] == 0
    assert config.properties["DestinationConfig"]["OnFailure"]["Destination"]


def test_buses_may_fill_only_the_queues_of_events_and_of_sources(assembly: Assembly) -> None:
    app = assembly.app("local")
    allowed = [
        policy.properties["Queues"]
        for policy in app.all("AWS::SQS::QueuePolicy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and statement["Principal"] == {"Service": "events.amazonaws.com"}
    ]

    filled = {queue.id for queue in queues(app) if queue.id.startswith(("EventsQueue", "SourcesQueue"))}
    assert len(filled) == 2
    assert {queue.id for queue in queues(app) if [{"Ref": queue.id}] in allowed} == filled
