"""Plays parts on a stack, all at once, and says where it did not go as the example and the simulation say.

What the simulator does in no time takes the stack a moment: queues, cold functions, timeouts in whole seconds. On a
fast clock that is hours. So the stack may be late, never early; everything else must be the same.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from segue.clock import Clock
from segue.events.event import Event
from segue.examples import Example, differences
from segue.profiles.identity import home
from segue.rehearsal.agreement import disagreements, lateness
from segue.rehearsal.cast import Part, part, understudies
from segue.replay.files import Read
from segue.replay.sending import Pace, Sender, Tally, batches
from segue.simulate import Simulated
from segue.workspace.bundle import Workspace

#: A day in 36 seconds. What the stack takes for a step is then up to two hours, so that an example whose outcome
#: turns on less than that (an event so close to the end of a wait or of a window) cannot be rehearsed.
RATE = 2400.0
#: How late a message or an end may be in all, in real time: nearly five hours at this rate.
LATE = timedelta(seconds=7)
#: Before the first example begins, in real time: its people are known by then, and cold functions have come to rest.
_BEFORE = timedelta(seconds=15)
#: What a part that is over in the simulation may still need, in real time.
_PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Played:
    """`wrong` is empty when everything went as it should; `late` is how long the latest message took in real time."""

    part: Part
    wrong: tuple[str, ...]
    late: timedelta

    def __str__(self) -> str:
        return "\n    ".join((f"{self.late.total_seconds():.1f} s late: {self.part.name}", *self.wrong))


@dataclass(slots=True)
class Stage:
    """A deployed stack as a rehearsal sees it. `person` tells what became of the person with these profile ids."""

    sender: Sender
    clock: Clock
    person: Callable[[Sequence[str]], Simulated]
    sleep: Callable[[float], None] = field(default=time.sleep)

    def rehearse(
        self,
        workspace: Workspace,
        examples: Iterable[tuple[str, Example]],
        *,
        tag: str,
        watch: Callable[[Played], None] = lambda _: None,
    ) -> list[Played]:
        """Every example with its own journey alone, and once more with all of them. `tag` is new each time."""
        roles = [(journey, example) for own, example in examples for journey in (own, None)]

        def parts(after: datetime) -> list[Part]:
            return [
                part(workspace, example, journey=journey, person=f"{tag}-{number}", after=after)
                for number, (journey, example) in enumerate(roles)
            ]

        self._warm_up(parts(self.clock.now()))
        return self.play(parts(self.clock.now() + self.clock.virtual(_BEFORE)), watch)

    def play(self, parts: Sequence[Part], watch: Callable[[Played], None] = lambda _: None) -> list[Played]:
        """Blocks until every part is over, or should have been for long."""
        self._send(event for part in parts for event in part.events)
        played = []
        for each in sorted(parts, key=lambda each: each.over):
            came = self._settled(each)
            played.append(Played(each, tuple(self._wrong(each, came)), self.clock.real(lateness(each.simulated, came))))
            watch(played[-1])
        return played

    def _warm_up(self, parts: Sequence[Part]) -> None:
        """Until somebody has taken a step: then every kind of function has been woken, or nothing moves anybody."""
        events = list(understudies(parts, self.clock.now()))
        places = sorted({home(event) for event in events})
        deadline = self.clock.wall() + _PATIENCE
        self._send(events)
        while not any(run.path for run in self.person(places).runs) and self.clock.wall() < deadline:
            self.sleep(0.5)

    def _send(self, said: Iterable[Event]) -> None:
        events = sorted(said, key=lambda event: event.order)
        rows = (Read(number, (event.as_call(),)) for number, event in enumerate(events, start=1))
        tally = Tally()
        self.sender.send_all(batches(rows, tally, pace=Pace(clock=self.clock)), tally, lambda: None)
        if tally.failed:
            message = "; ".join(trouble.why for trouble in tally.troubles)
            raise ValueError(message)

    def _settled(self, part: Part) -> Simulated:
        """Once nothing is under way any more, or at the end of all patience."""
        over = self.clock.wall_at(part.over)
        self.sleep(max((over - self.clock.wall()).total_seconds(), 0))
        expected = {run.run_id for run in part.simulated.runs}
        while True:
            came = self.person(part.profile_ids)
            begun = {run.run_id for run in came.runs}
            at_rest = all(run.ended for run in came.runs) and all(send.state.terminal for send in came.sends)
            if (at_rest and expected <= begun) or self.clock.wall() > over + _PATIENCE:
                return came
            self.sleep(0.5)

    def _wrong(self, part: Part, came: Simulated) -> Iterator[str]:
        late = self.clock.virtual(LATE)
        if part.journey:
            yield from differences(part.example, part.journey, came, late)
        yield from disagreements(part.simulated, came, late)
