"""What became of one person on a deployed stack, in the words of a simulation, so that the two can be compared.

The path is read from Step Functions' own history, not from what we noted down ourselves.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from segue.aws.profiles import DynamoProfiles
from segue.aws.sends import DynamoSends
from segue.aws.table import Row
from segue.journeys.graph import NODE_ID, TIMEOUT
from segue.profiles.runs import Run
from segue.simulate import Simulated, SimulatedRun

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True, slots=True)
class Followed:
    """`rows` of the `Profiles` table; `machines` is what a journey's name completes to its machine's ARN."""

    rows: type[Row]
    client: "SFNClient"
    machines: str

    def person(self, profile_ids: Iterable[str]) -> Simulated:
        """Everything that is kept under these ids, or under their owner's."""
        profiles = DynamoProfiles(self.rows)
        heads = [profiles.head(profile_id) for profile_id in profile_ids]
        runs = {run.run_id: (run, head.profile_id) for head in heads for run in head.runs.value.runs.values()}
        places = {head.profile_id for head in heads} | set(profile_ids)
        sends = {send.request.send_id: send for place in places for send in DynamoSends(self.rows).decided(place)}
        return Simulated(
            events=sum(seen.count for head in heads for seen in head.profile.value.whole.events.values()),
            runs=tuple(self._run(*each) for each in sorted(runs.values(), key=lambda each: each[0].entry.timestamp)),
            sends=tuple(sorted(sends.values(), key=lambda send: (send.request.requested_at, send.request.send_id))),
            troubles=(),
            until=None,
            profiles=profiles,
        )

    def path(self, run: Run) -> tuple[tuple[str, str], ...]:
        """Empty for a run that was over before it could be started: it has no execution."""
        pages = self.client.get_paginator("get_execution_history").paginate(executionArn=self.execution(run))
        try:
            return tuple(taken(event for page in pages for event in page["events"]))
        except self.client.exceptions.ExecutionDoesNotExist:
            return ()

    def execution(self, run: Run) -> str:
        return f"{self.machines.replace(':stateMachine:', ':execution:')}{run.journey}:{run.run_id}"

    def _run(self, run: Run, profile_id: str) -> SimulatedRun:
        return SimulatedRun(
            run_id=run.run_id,
            profile_id=profile_id,
            journey=run.journey,
            version=run.version,
            path=self.path(run),
            ended=run.ended,
            ended_at=run.ended_at,
        )


def taken(history: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each of the journey's own steps with its outcome. A step that the run left from has none."""
    step: str | None = None
    for event in history:
        if entered := event.get("stateEnteredEventDetails"):
            step = entered["name"] if re.fullmatch(NODE_ID, entered["name"]) else None
        elif step and (outcome := _outcome(event)):
            yield step, outcome
            step = None


def _outcome(event: Mapping[str, Any]) -> str | None:
    """AWS has an event of its own for a timeout; elsewhere it is a failure by that name."""
    if event["type"] == "TaskTimedOut" or event.get("taskFailedEventDetails", {}).get("error") == "States.Timeout":
        return TIMEOUT
    if succeeded := event.get("taskSucceededEventDetails"):
        return str(json.loads(succeeded["output"])["outcome"])
    return None
