"""Whether a stack did what was simulated: the same runs, paths, ends and messages, perhaps a little later."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from segue.decisions.decision import SendRecord
from segue.examples import path
from segue.simulate import Simulated, SimulatedRun


def disagreements(simulated: Simulated, came: Simulated, late: timedelta) -> Iterator[str]:
    """Where the stack went another way than the simulation, run by run and send by send."""
    ran, runs = ({run.run_id: run for run in each.runs} for each in (simulated, came))
    for run_id in sorted(ran.keys() | runs.keys()):
        one, other = ran.get(run_id), runs.get(run_id)
        if one is None or other is None:
            begun, not_begun = ("on the stack", "simulated") if one is None else ("simulated", "on the stack")
            yield f"{run_id} began {begun}, but not {not_begun}"
        elif (one.path, one.ended) != (other.path, other.ended):
            ways = _way(one), _way(other)
            yield f"{run_id} went {ways[0]} simulated, but {ways[1]} on the stack"
        elif not _in_time(one.ended_at, other.ended_at, late):
            yield f"{run_id} ended at {one.ended_at} simulated, but at {other.ended_at} on the stack"
    asked, sends = ({send.request.send_id: send for send in each.sends} for each in (simulated, came))
    for send_id in sorted(asked.keys() | sends.keys()):
        told, found = _end(asked.get(send_id)), _end(sends.get(send_id))
        if told != found:
            yield f"{send_id} was {told} simulated, but {found} on the stack"
        elif not _in_time(asked[send_id].finished_at, sends[send_id].finished_at, late):
            at = asked[send_id].finished_at, sends[send_id].finished_at
            yield f"{send_id} was {told} at {at[0]} simulated, but at {at[1]} on the stack"


def _way(run: SimulatedRun) -> str:
    return f"{path(run.path)} ({run.ended or 'under way'})"


def _end(send: SendRecord | None) -> str:
    return f"{send.state} ({send.reason})" if send else "not asked for"


def _in_time(expected: datetime | None, came: datetime | None, late: timedelta) -> bool:
    if expected is None or came is None:
        return expected == came
    return expected <= came <= expected + late


def lateness(simulated: Simulated, came: Simulated) -> timedelta:
    """By how much the latest message came later than simulated."""
    there = {send.request.send_id: send.finished_at for send in came.sends}
    pairs = ((send.finished_at, there.get(send.request.send_id)) for send in simulated.sends)
    return max((then - at for at, then in pairs if at and then), default=timedelta())
