"""One page for the operator, in the order of an event's way: in, decided, waiting, out, and what went wrong."""

from collections.abc import Iterable, Mapping

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.decisions import COUNTED, SEEN_AGAIN
from infra.foundation import MINUTE, Foundation
from infra.function import Function
from infra.queue import DeadLetters, Queue
from segue.aws.telemetry import Metric

_HALF, _THIRD, _HEIGHT = 12, 8, 6


class Dashboard(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        foundation: Foundation,
        api: apigateway.HttpApi,
        functions: Mapping[str, Function],
        queues: Mapping[str, Queue],
        dead_letters: Mapping[str, DeadLetters],
        machines: Mapping[str, stepfunctions.StateMachine],
    ) -> None:
        super().__init__(scope, id_)
        page = cloudwatch.Dashboard(
            self, "Page", dashboard_name=f"segue-{foundation.config.name}", default_interval=Duration.hours(3)
        )
        count = foundation.count
        page.add_widgets(cloudwatch.AlarmStatusWidget(title="Alarms", alarms=foundation.alarms, width=24, height=4))
        page.add_widgets(
            _graph(
                "Events in",
                count(Metric.EVENTS_ACCEPTED, "ingest"),
                count(Metric.EVENTS_ACCEPTED, "source", "from sources"),
                count(Metric.EVENTS_REJECTED, "source", "rejected from sources"),
                count(Metric.EVENTS_PASSED_BY, "source", "passed by"),
                count(Metric.FILES_IMPORTED, "source", "files imported"),
                count(Metric.EVENTS_REJECTED, "ingest"),
                count(Metric.EVENTS_UNVOUCHED, "ingest"),
                count(Metric.CALLS_REFUSED, "ingest"),
            ),
            _graph(
                "Events applied to profiles",
                count(Metric.EVENTS_APPLIED, "profile"),
                count(Metric.EVENTS_DUPLICATE, "profile"),
                count(Metric.EVENTS_UNCOLLECTED, "profile"),
                count(Metric.EVENTS_ERASED, "profile"),
                count(Metric.SIGNALS_RAISED, "profile"),
                count(Metric.PRODUCTS_UNKNOWN, "profile"),
            ),
            _graph(
                "API: calls and how long they take (ms)",
                api.metric_count(period=MINUTE, label="calls"),
                right=[api.metric_latency(period=MINUTE, statistic=p, label=p) for p in ("p50", "p99")],
            ),
        )
        page.add_widgets(
            _graph("Decisions by action", foundation.by(Metric.DECISIONS, "decide", "action"), stacked=True),
            _graph("Decisions by reason", foundation.by(Metric.DECISIONS, "decide", "reason"), stacked=True),
            _graph(
                "From event to decision (ms)",
                *(foundation.metric(Metric.EVENT_TO_DECISION_MS, "decide", p, p) for p in ("p50", "p95", "p99")),
            ),
        )
        page.add_widgets(
            _graph(
                "Deferred, by channel: all that wait, and those overdue",
                foundation.metric(Metric.DEFERRED_BACKLOG, "release", "Maximum", "all").with_(period=COUNTED),
                *(
                    foundation.by(metric, "release", "channel", statistic="Maximum", period=COUNTED)
                    for metric in (Metric.DEFERRED_BACKLOG, Metric.DEFERRED_OVERDUE)
                ),
            ),
            _graph(
                "Deferrals, releases, and for how long the oldest is overdue (s)",
                foundation.metric(Metric.DECISIONS, "decide", "Sum", "deferred", action="defer"),
                count(Metric.DEFERRALS_RELEASED, "release", "released"),
                right=[
                    foundation.metric(Metric.DEFERRED_OLDEST_SECONDS, "release", "Maximum", "oldest").with_(
                        period=SEEN_AGAIN
                    )
                ],
            ),
            _graph(
                "Cap pressure by channel: the share used when decided, p90 (%)",
                foundation.by(Metric.CAP_PRESSURE, "decide", "channel", statistic="p90"),
            ),
        )
        page.add_widgets(
            _graph("Messages by channel", foundation.by(Metric.MESSAGES, "deliver", "channel"), stacked=True),
            _graph(
                "Unsubscribed, erased",
                count(Metric.UNSUBSCRIBES, "subscriber"),
                count(Metric.ERASURES_COMPLETED, "erase"),
            ),
        )
        page.add_widgets(
            _graph(
                "Runs begun and ended",
                count(Metric.RUNS_STARTED, "journey"),
                count(Metric.RUNS_ENDED, "journey", "left"),
                count(Metric.RUNS_ENDED, "step", "completed"),
            ),
            _graph(
                "Runs begun by journey",
                *(machine.metric_started(period=MINUTE, label=name) for name, machine in machines.items()),
            ),
            _graph(
                "Runs that failed",
                *(machine.metric_failed(period=MINUTE, label=name) for name, machine in machines.items()),
            ),
        )
        page.add_widgets(
            _graph(
                "Calls of connectors",
                count(Metric.CALLS_MADE, "connect", "made"),
                count(Metric.CALLS_FAILED, "connect", "failed"),
            ),
        )
        page.add_widgets(
            _graph("Dead letters", *(dead.depth.with_(label=name) for name, dead in dead_letters.items()), wide=True),
            _graph(
                "Age of the oldest message (s)",
                *(queue.oldest.with_(label=name) for name, queue in queues.items()),
                wide=True,
            ),
        )
        page.add_widgets(
            _graph(
                "Errors by function",
                *(each.metric_errors(period=MINUTE, label=name) for name, each in functions.items()),
                right=[count(Metric.CONDITION_TROUBLE, name, f"{name}: conditions") for name in ("profile", "step")],
                wide=True,
            ),
            _graph(
                "Duration by function, p95 (ms)",
                *(each.metric_duration(period=MINUTE, statistic="p95", label=name) for name, each in functions.items()),
                wide=True,
            ),
        )


def _graph(
    title: str,
    *left: cloudwatch.IMetric,
    right: Iterable[cloudwatch.IMetric] = (),
    stacked: bool = False,
    wide: bool = False,
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title=title,
        left=list(left),
        right=list(right),
        stacked=stacked,
        width=_HALF if wide else _THIRD,
        height=_HEIGHT,
        left_y_axis=cloudwatch.YAxisProps(min=0),
    )
