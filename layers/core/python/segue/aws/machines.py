"""`Machines` on Step Functions: one state machine per journey, its executions named by their runs."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

from segue.decisions.ports import EXIT_ERROR
from segue.profiles.runs import Run

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class StepFunctionsMachines:
    """`arn_prefix` completed by a journey's name is its machine's ARN."""

    def __init__(self, client: "SFNClient", arn_prefix: str) -> None:
        self._client = client
        self._arn_prefix = arn_prefix

    def start(self, run: Run, profile_id: str) -> None:
        try:
            self._client.start_execution(
                stateMachineArn=f"{self._arn_prefix}{run.journey}",
                name=run.run_id,
                input=json.dumps(execution_input(run, profile_id)),
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return

    def succeed(self, token: str, outcome: str, at: datetime, caused_at: datetime | None) -> None:
        told = {"outcome": outcome, "at": at.isoformat(), "caused_at": caused_at.isoformat() if caused_at else None}
        try:
            self._client.send_task_success(taskToken=token, output=json.dumps(told))
        except (self._client.exceptions.TaskDoesNotExist, self._client.exceptions.TaskTimedOut):
            return

    def leave(self, token: str) -> None:
        try:
            self._client.send_task_failure(taskToken=token, error=EXIT_ERROR, cause="the run is over")
        except (self._client.exceptions.TaskDoesNotExist, self._client.exceptions.TaskTimedOut):
            return

    def whose(self, journey: str, run_id: str) -> str | None:
        """Step Functions remembers an execution for 90 days after its end."""
        executions = self._arn_prefix.replace(":stateMachine:", ":execution:", 1)
        try:
            found = self._client.describe_execution(executionArn=f"{executions}{journey}:{run_id}")
        except self._client.exceptions.ExecutionDoesNotExist:
            return None
        return str(json.loads(found["input"])["profile_id"])

    def stop(self, journey: str, run_id: str) -> None:
        """What a stopped machine had already asked of a queue is asked in vain: its token is over."""
        executions = self._arn_prefix.replace(":stateMachine:", ":execution:", 1)
        try:
            self._client.stop_execution(executionArn=f"{executions}{journey}:{run_id}", error=EXIT_ERROR)
        except self._client.exceptions.ExecutionDoesNotExist:
            return


def execution_input(run: Run, profile_id: str) -> dict[str, str]:
    """Ids and moments, never personal data; the same for the same run."""
    return {
        "run_id": run.run_id,
        "profile_id": profile_id,
        "journey": run.journey,
        "version": run.version,
        "at": run.entry.timestamp.isoformat(),
        "caused_at": run.entry.received_at.isoformat(),
    }
