"""Two who ask for the erasure of one person at once: whatever the order of their steps, everything is erased."""

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest

from segue.profiles.erase import erase
from segue.profiles.identity import anonymous_profile_id, user_profile_id
from segue.profiles.ports import Conflict
from tests.builders import NOON, an_event
from tests.unit.profiles.erasing import HOUR, Company

ADA, VISITOR, OTHER = user_profile_id("ada-lovelace"), anonymous_profile_id("visitor-7"), anonymous_profile_id("v-8888")
HERS = ("ada-lovelace", "visitor-7")
#: What of the ports is a step: whatever reads or writes what both are concerned with.
STEPS = {"head", "commit", "find", "keep"}
#: How often it is the other's turn, at most: all 12,870 orders take half a minute, and tell no more.
TURNS = 6


class Call:
    """Somebody who asks, step by step: each waits until it may go on."""

    def __init__(self, company: Company, profile_id: str) -> None:
        self.company, self.profile_id = company, profile_id
        self.may, self.paused = Flag(), Flag()
        self.done = False
        self.answer: Any = None
        self.thread = Thread(target=self._run, daemon=True)
        self.thread.start()
        self.paused.wait()

    def step(self) -> None:
        if not self.done:
            self.paused.clear()
            self.may.set()
            self.paused.wait()

    def _run(self) -> None:
        ports = self.company.ports
        for name in ("profiles", "erasures"):
            object.__setattr__(ports, name, Stepped(getattr(ports, name), self._wait))
        self._wait()
        try:
            self.answer = erase(self.profile_id, by="op", reason="asked by letter", ports=ports, now=NOON)
        except Exception as error:  # noqa: BLE001 - told to the test
            self.answer = error
        self.done = True
        self.paused.set()

    def _wait(self) -> None:
        self.paused.set()
        self.may.wait()
        self.may.clear()


class Stepped:
    """A port, each step of which waits for its turn."""

    def __init__(self, port: Any, wait: Callable[[], None]) -> None:
        self._port, self._wait = port, wait

    def __getattr__(self, name: str) -> Any:
        if name in STEPS:
            self._wait()
        return getattr(self._port, name)


def a_company() -> Company:
    company = Company()
    company.happen(
        an_event("Page Viewed", anonymous_id="visitor-7"),
        an_event("Signed In", at=NOON + HOUR, user_id="ada-lovelace", anonymous_id="visitor-7"),
    )
    return company


def steps_alone() -> int:
    call, steps = Call(a_company(), ADA), 0
    while not call.done:
        call.step()
        steps += 1
    return steps


def orders() -> Iterator[list[bool]]:
    """Every order of the steps of two calls, in `TURNS` turns or fewer; who has done all of theirs is passed over."""
    each = steps_alone()
    for first in combinations(range(2 * each), each):
        order = [number in first for number in range(2 * each)]
        if sum(one != other for one, other in pairwise(order)) < TURNS:
            yield order


def finish(*calls: Call) -> None:
    for call in calls:
        while not call.done:
            call.step()


def nothing_is_left(company: Company, *calls: Call) -> None:
    for call in calls:
        assert isinstance(call.answer, Conflict) or call.answer.receipt_id in company.erasures.kept, call.answer
    company.work_off()
    left = company.everything()
    assert not [name for name in HERS if name in left]
    assert all(kept.value.completed_at for kept in company.erasures.kept.values())


def test_in_every_order_of_their_steps_everything_is_erased_and_the_receipt_says_so():
    for order in orders():
        company = a_company()
        calls = (Call(company, ADA), Call(company, VISITOR))

        for first in order:
            calls[0 if first else 1].step()
        finish(*calls)

        nothing_is_left(company, *calls)
        (receipt,) = company.erasures.kept.values()
        assert receipt.value.deleted == {"identifiers": 2, "runs": 0, "timeline rows": 4}, order


@pytest.mark.parametrize("before", range(12))
def test_whoever_has_begun_while_another_did_it_all_undoes_nothing(before):
    company = a_company()
    slow, quick = Call(company, ADA), Call(company, ADA)
    for _ in range(before):
        slow.step()

    finish(quick)
    company.work_off()
    finish(slow)

    nothing_is_left(company, slow, quick)


@pytest.mark.parametrize("before", range(12))
def test_a_visitor_who_turns_out_to_be_the_person_between_two_calls_is_erased_once(before):
    company = a_company()
    company.happen(an_event("Page Viewed", anonymous_id="v-8888", message_id="alone"))
    visitors, hers = Call(company, OTHER), Call(company, ADA)
    for _ in range(before):
        visitors.step()

    if not visitors.done and not company.profiles.profile(OTHER).value.erased:
        company.happen(an_event("Signed In", at=NOON + HOUR, user_id="ada-lovelace", anonymous_id="v-8888"))
    finish(hers, visitors)

    nothing_is_left(company, hers, visitors)
    assert "v-8888" not in company.everything()


def test_a_person_who_was_restored_from_a_backup_can_be_erased_again():
    company = a_company()
    company.erase(ADA)
    company.work_off()
    company.profiles = a_company().profiles
    company.__post_init__()

    company.erase(ADA)
    company.work_off()

    assert "visitor-7" not in company.everything()
