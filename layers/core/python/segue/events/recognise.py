"""An event is given its identifiers: those that it carries, are none of the blocked ones, and may be believed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from segue.events.carried import PREVIOUS, ByPlan, Carried, Found, identifiers_of
from segue.events.event import Event
from segue.events.identifier import ANONYMOUS, USER, Identifier
from segue.events.identity import Identity
from segue.events.plan import Violation
from segue.events.vouching import FIELD, FREE, UNVOUCHED, Trust, verification

_SERVER = Trust()


@dataclass(frozen=True, slots=True)
class Recognised:
    """`nobody` says why no identifier is left, if none is."""

    event: Event
    nobody: Violation | None = None

    @property
    def vouched(self) -> tuple[str, ...]:
        """The identifiers that were believed, of those that need it."""
        return tuple(str(identifier) for identifier in self.event.who if identifier.namespace not in FREE)


def recognise(event: Event, identity: Identity, trust: Trust = _SERVER, by_plan: ByPlan | None = None) -> Recognised:
    """What is no identifier is taken off the event's ids, with a note; as data it stays where it is.

    `by_plan`: see `identifiers_of`.
    """
    carried = identifiers_of(event, identity, by_plan)
    doubts = _doubts(event, carried, trust)
    if doubts:
        carried = _without(carried, doubts, trust)
    who = tuple(dict.fromkeys([found.identifier for found in carried.found]))
    nobody = None if who else _nobody(carried)
    if who == event.who and not carried.notes and FIELD not in event.context:
        return Recognised(event, nobody)
    return Recognised(_renamed(event, carried, who), nobody)


def _doubts(event: Event, carried: Carried, trust: Trust) -> dict[Found, str]:
    if not trust.public and FIELD not in event.context:
        return {}
    given = verification(event.context)
    doubts = {found: why for found in carried.found if (why := trust.doubt(found, given))}
    users = [found for found in carried.found if found.identifier.namespace == USER]
    if users and all(found in doubts for found in users):
        of_nobody = [found for found in carried.found if found.place == PREVIOUS]
        doubts |= dict.fromkeys(of_nobody, "is of a userId that is not vouched for")
    return doubts


def _without(carried: Carried, doubts: dict[Found, str], trust: Trust) -> Carried:
    """An identifier that is said in several places is believed if one of them is vouched for."""
    counts = trust.public and not trust.required
    sure = {found.identifier for found in carried.found if found not in doubts}
    doubted = [found for found in doubts if found.identifier not in sure]
    said = f"counted all the same, since {FIELD} is not required" if counts else "taken off"
    return Carried(
        [found for found in carried.found if counts or found.identifier in sure],
        [*carried.notes, *(f"{UNVOUCHED}: {found.place} {doubts[found]}: {said}" for found in doubted)],
    )


def _renamed(event: Event, carried: Carried, who: tuple[Identifier, ...]) -> Event:
    """`identifiers` stand in the event only where its own fields do not say the same."""
    previous = (found.identifier.value for found in carried.found if found.place == PREVIOUS)
    anonymous = (found for found in carried.found if found.place != PREVIOUS)
    named = replace(
        event,
        user_id=_first(USER, (found.identifier for found in carried.found)),
        anonymous_id=_first(ANONYMOUS, (found.identifier for found in anonymous)),
        previous_id=next(previous, None),
        context={name: value for name, value in event.context.items() if name != FIELD},
        notes=(*event.notes, *carried.notes),
        identifiers=who,
    )
    if any(identifier.namespace not in (USER, ANONYMOUS) for identifier in who):
        return named
    plain = replace(named, identifiers=())
    return plain if plain.who == who else named


def _first(namespace: str, identifiers: Iterable[Identifier]) -> str | None:
    return next((identifier.value for identifier in identifiers if identifier.namespace == namespace), None)


def _nobody(carried: Carried) -> Violation:
    unvouched = [note for note in carried.notes if note.startswith(UNVOUCHED)]
    if unvouched:
        remedy = f"send an anonymousId too, a hash from your server in context.{FIELD}, or the call with a server key"
        return Violation("userId", f"no identifier is left ({'; '.join(unvouched)}): {remedy}", "key")
    if carried.notes:
        remedy = "send the person's own userId, or an anonymousId"
        return Violation("userId", f"no identifier is left ({'; '.join(carried.notes)}): {remedy}")
    return Violation("userId", "is required, or anonymousId")
