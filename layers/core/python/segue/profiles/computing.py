"""The computed traits of a workspace: an event is folded into their states, and formulas are made of their values."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from math import isfinite
from typing import Any

from segue.events.conditions import NOTHING, Trouble
from segue.events.event import NAMES, Event
from segue.profiles.computed import Rfm, Trait, Traits
from segue.profiles.counting import Counting, Tell
from segue.profiles.shortcut import arithmetic

#: The name of the one state that is built in: what the orders brought, less what was paid back.
RFM = "rfm"


class Computing:
    """The computed traits of a workspace, by the events that they count."""

    def __init__(self, traits: Traits, tell: Tell) -> None:
        self.tell = tell
        self.rfm = traits.rfm
        self.formulas = {name: trait.formula for name, trait in traits.computed.items() if trait.formula}
        #: What each of them reads, as paths of two steps.
        self.read = {
            name: sorted({path[:2] for path in formula.paths() if len(path) > 1})
            for name, formula in self.formulas.items()
        }
        self.counting = {name: Counting.of(name, trait) for name, trait in traits.computed.items() if not trait.formula}
        self.value = _orders(traits.rfm)
        self._by_event: Mapping[str, list[Counting]] = defaultdict(list)
        for each in (*self.counting.values(), *self.value):
            for event in each.trait.event or ():
                self._by_event[event].append(each)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.counting) | frozenset(self.formulas)

    def counted(self, event: str) -> Sequence[Counting]:
        """The traits that count events of this name."""
        return self._by_event.get(event, ())

    def fold(self, states: Mapping[str, Any], event: Event) -> Mapping[str, Any]:
        """The states with one more event."""
        folded: dict[str, Any] | None = None
        for each in self._by_event.get(event.name, ()) if event.type == "track" or event.name in _SPEC else ():
            state = each.state(event, self.tell)
            if state is not None:
                folded = {**states} if folded is None else folded
                known = folded.get(each.key)
                folded[each.key] = state if known is None else known.merge(state)
        return states if folded is None else folded

    def inputs(self, name: str) -> frozenset[str]:
        """The traits over events that a computed trait is made of, and the person's traits as `traits.<name>`."""
        return self._inputs.get(name, frozenset())

    @cached_property
    def _inputs(self) -> dict[str, frozenset[str]]:
        found = {name: frozenset({name}) for name in self.counting}
        for name in ordered({name: used(formula) & set(self.formulas) for name, formula in self.formulas.items()}):
            paths = self.formulas[name].paths()
            own = {f"traits.{path[1]}" for path in paths if path[0] == "traits" and len(path) > 1}
            found[name] = frozenset(own).union(*(found.get(other, frozenset()) for other in used(self.formulas[name])))
        return found


_SPEC = frozenset(NAMES.values())


def used(formula: Any) -> set[str]:
    """The computed traits that a formula names."""
    return {path[1] for path in formula.paths() if path[0] == "computed" and len(path) > 1}


def ordered(needs: Mapping[str, set[str]]) -> list[str]:
    """The names so that each comes after what it needs. Raise `ValueError` with the circle, if there is one."""
    done: list[str] = []

    def visit(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            message = " → ".join((*way[way.index(name) :], name))
            raise ValueError(message)
        if name not in done:
            for other in sorted(needs.get(name, ())):
                visit(other, (*way, name))
            done.append(name)

    for name in needs:
        visit(name, ())
    return done


def _orders(rfm: Rfm) -> tuple[Counting, ...]:
    """Two that share a state: orders add their value, refunds take theirs off."""
    given = {"kind": "sum", "property": rfm.value}
    order = Trait(event=(rfm.event,), **given)
    key = f"{RFM}~{order.key(rfm.refund or '').rpartition('~')[2]}"
    orders = Counting.of(RFM, order, key=key)
    if rfm.refund is None:
        return (orders,)
    refund = Trait(event=(rfm.refund,), **given)
    return (orders, Counting.of(RFM, refund, key=key, refunds=True))


def value_of(formula: Any, values: Mapping[str, Any], traits: Mapping[str, Any], tell: Tell) -> Any:
    """What a formula gives, or `None`: something it needs is missing, or it divides by zero, which is told."""
    computed, others = _doubles(values), _doubles(traits)
    plain = _plain(formula.text)
    answer = plain(computed, others) if plain else None
    if answer is None:
        answer = formula.answer({"computed": computed, "traits": others}, tell)
    if isinstance(answer, float) and not isfinite(answer):
        tell(Trouble(formula.text, "a division by zero, or a number too large"))
        return None
    return None if answer is NOTHING else answer


_plain = lru_cache(maxsize=1024)(arithmetic)


def _doubles(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: float(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in values.items()
    }
