import json
import re
from pathlib import Path

import pytest

from segue.aws.queues import GRACE, MOST_DELAY
from segue.aws.telemetry import Metric
from segue.decisions.reasons import Reason
from tests.infra.conftest import ENVIRONMENTS, FUNCTIONS, Assembly, Template


def page(app: Template) -> list[dict]:
    (dashboard,) = app.all("AWS::CloudWatch::Dashboard")
    given = dashboard.properties["DashboardBody"]
    parts = given["Fn::Join"][1] if isinstance(given, dict) else [given]
    return json.loads("".join(part if isinstance(part, str) else "DEPLOYED" for part in parts))["widgets"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_alarm_is_heard_and_says_what_to_look_at(assembly: Assembly, environment: str) -> None:
    for alarm in assembly.app(environment).all("AWS::CloudWatch::Alarm"):
        assert alarm.properties["AlarmActions"]
        assert len(alarm.properties["AlarmDescription"]) > 20
        assert alarm.properties["TreatMissingData"] == "notBreaching"


def test_every_function_has_an_alarm_on_errors_and_on_throttles(assembly: Assembly) -> None:
    app = assembly.app("production")
    watched = {
        (alarm.properties["MetricName"], alarm.properties["Dimensions"][0]["Value"]["Ref"])
        for alarm in app.all("AWS::CloudWatch::Alarm")
        if alarm.properties.get("Namespace") == "AWS/Lambda"
    }

    ids = {each.id for each in app.functions().values()}
    assert {id_ for metric, id_ in watched if metric == "Errors"} == ids
    assert {id_ for metric, id_ in watched if metric == "Throttles"} == ids


def test_every_function_that_works_off_a_queue_has_an_alarm_on_records_that_fail(assembly: Assembly) -> None:
    app = assembly.app("production")
    waking = {each.properties["FunctionName"]["Ref"] for each in app.all("AWS::Lambda::EventSourceMapping")}
    named = {each.id: name for name, each in app.functions().items()}

    watched = [
        alarm.properties["Dimensions"][0]["Value"]
        for alarm in app.all("AWS::CloudWatch::Alarm")
        if alarm.properties.get("MetricName") == Metric.RECORDS_FAILED
    ]

    assert sorted(watched) == sorted(f"production-{named[id_]}" for id_ in waking)


def test_each_index_of_the_profiles_has_an_alarm_on_writes_that_are_refused(assembly: Assembly) -> None:
    (table,) = [
        each
        for each in assembly.data("production").all("AWS::DynamoDB::Table")
        if "GlobalSecondaryIndexes" in each.properties
    ]

    watched = [
        {said["Name"]: said["Value"] for said in alarm.properties["Dimensions"]}
        for alarm in assembly.app("production").all("AWS::CloudWatch::Alarm")
        if alarm.properties.get("MetricName") == "WriteThrottleEvents"
    ]

    indexes = [each["GlobalSecondaryIndexName"] for each in watched if "GlobalSecondaryIndexName" in each]
    assert sorted(indexes) == sorted(each["IndexName"] for each in table.properties["GlobalSecondaryIndexes"])
    assert len(watched) == len(indexes) + 2


def test_slow_decisions_and_deferrals_that_are_late_or_too_many_are_alarms(assembly: Assembly) -> None:
    ours = {
        alarm.properties["MetricName"]
        for alarm in assembly.app("production").all("AWS::CloudWatch::Alarm")
        if alarm.properties.get("Namespace") == "Segue"
    }

    late = {Metric.EVENT_TO_DECISION_MS, Metric.DEFERRED_OLDEST_SECONDS, Metric.DEFERRED_BACKLOG}
    assert {*late, Metric.EVENTS_REJECTED} <= ours


def test_the_alarm_on_overdue_deferrals_looks_over_the_time_in_which_release_meets_each_again(
    assembly: Assembly,
) -> None:
    (alarm,) = [
        alarm
        for alarm in assembly.app("production").all("AWS::CloudWatch::Alarm")
        if alarm.properties.get("MetricName") == Metric.DEFERRED_OLDEST_SECONDS
    ]

    again = MOST_DELAY + GRACE
    assert alarm.properties["Period"] > again.total_seconds()
    assert alarm.properties["Statistic"] == "Maximum"


def test_a_channel_that_turns_messages_away_all_the_time_is_an_alarm(assembly: Assembly) -> None:
    """They are deferred, and so are no dead letters that would tell of it."""
    (alarm,) = [
        alarm
        for alarm in assembly.app("production").all("AWS::CloudWatch::Alarm")
        if {"Name": "reason", "Value": Reason.CHANNEL_BUSY.value} in alarm.properties.get("Dimensions", [])
    ]

    assert {"Name": "service", "Value": "production-deliver"} in alarm.properties["Dimensions"]
    assert alarm.properties["Period"] * alarm.properties["EvaluationPeriods"] == 3600


@pytest.mark.parametrize(
    "title",
    [
        "Events in",
        "Decisions by action",
        "Decisions by reason",
        "From event to decision (ms)",
        "Deferred, by channel: all that wait, and those overdue",
        "Deferrals, releases, and for how long the oldest is overdue (s)",
        "Cap pressure by channel: the share used when decided, p90 (%)",
        "Messages by channel",
        "Runs begun and ended",
        "Dead letters",
        "Errors by function",
    ],
)
def test_the_operator_sees(assembly: Assembly, title: str) -> None:
    assert title in [widget["properties"].get("title") for widget in page(assembly.app("production"))]


def test_every_metric_of_the_list_is_on_the_page(assembly: Assembly) -> None:
    shown = json.dumps(page(assembly.app("production")))

    assert [metric for metric in Metric if metric.value not in shown] == []


def test_every_metric_on_the_page_is_of_a_function_that_exists(assembly: Assembly) -> None:
    shown = json.dumps(page(assembly.app("dev")))

    services = set(re.findall(r'"service", "dev-(\w+)"', shown)) | set(re.findall(r"service=\W+dev-(\w+)", shown))

    assert services
    assert services <= set(FUNCTIONS)


def test_decisions_are_shown_by_every_reason_there_is(assembly: Assembly) -> None:
    """By a search, which a new code needs no new deployment for."""
    shown = json.dumps(page(assembly.app("production")))

    assert re.search(r"SEARCH\('\{Segue,service,reason\} MetricName=\W+Decisions", shown)


def test_every_alarm_has_its_remedy_in_the_docs(assembly: Assembly) -> None:
    text = Path("docs/operations.md").read_text()
    ids = {alarm.id for alarm in assembly.app("production").all("AWS::CloudWatch::Alarm")}

    documented = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert documented
    assert {id_ for id_ in ids if not any(re.search(rf"{name}[0-9A-F]{{8}}$", id_) for name in documented)} == set()


def test_the_latency_is_shown_as_three_percentiles(assembly: Assembly) -> None:
    (widget,) = [
        each for each in page(assembly.app("production")) if "From event" in each["properties"].get("title", "")
    ]

    assert [metric[-1]["stat"] for metric in widget["properties"]["metrics"]] == ["p50", "p95", "p99"]
