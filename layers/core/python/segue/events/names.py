"""Names that one file uses and another defines: whether they are known, and which was most likely meant."""

from collections.abc import Iterable, Iterator

from segue.events.plan import TrackingPlan
from segue.meant import near
from segue.problem import Kind, Problem

Place = tuple[str | int, ...]


def unheard(place: Place, event: str, plan: TrackingPlan) -> Iterator[Problem]:
    """An event that nobody sends, or that ingest gives another name."""
    if not plan.knows(event):
        nearest = plan.nearest(event)
        yield Problem(
            place=place,
            message=f"the tracking plan knows no event {event!r}",
            hint=f"did you mean {nearest!r}?" if nearest else "add it to a file in events/",
            kind=Kind.UNKNOWN_EVENT,
        )
    elif plan.canonical(event) != event:
        yield Problem(
            place=place,
            message=f"{event!r} is only an alias",
            hint=f"write its canonical name, {plan.canonical(event)!r}",
            kind=Kind.EVENT_ALIAS,
        )


def unknown(place: Place, kind: Kind, what: str, name: str, known: Iterable[str], *, hint: str) -> Problem:
    """`hint` is for when nothing that is known looks like it."""
    return Problem(
        place=place,
        message=f"there is no {what} {name!r}",
        hint=near(name, known) or hint,
        kind=kind,
        about=name,
    )
