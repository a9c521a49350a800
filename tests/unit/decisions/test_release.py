"""What is deferred goes back to the queue shortly before its moment, in order, and no faster than the channel may."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from segue.decisions.answer import Desk, answer
from segue.decisions.asked import Asked
from segue.decisions.decision import SendRequest, SendState
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.release import Pace, Released, release
from segue.memory.slots import MemorySlots
from tests.builders import a_request
from tests.unit.decisions.desk import EVENING, GRACE, MORNING, SOON, a_desk

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
AHEAD = 2 * MINUTE
#: None of them in the way.
UNCAPPED = {"email": {"cap": None}, "sms": {"cap": None, "address": "email", "window": "09:00-20:00"}}


def deferring(*requests: SendRequest, rate: str | None = None, spread: str | None = None) -> Desk:
    channels = {
        name: {**said, **({"rate": rate} if rate and name == "email" else {}), "spread": spread}
        for name, said in UNCAPPED.items()
    }
    desk = a_desk(spread=True, policy={"channels": channels, "total": None})
    for request in requests:
        answer(Asked(request=request), desk=desk, now=EVENING)
    return desk


def wishes(count: int, **said) -> list[SendRequest]:
    return [a_request(f"send-{number:04}", at=EVENING, **said) for number in range(count)]


@dataclass
class Night:
    """A desk, and what comes of it when `release` looks in."""

    desk: Desk
    slots: MemorySlots = field(default_factory=MemorySlots)
    woken: list[tuple[str, datetime]] = field(default_factory=list)

    def release(self, now: datetime, **given) -> Released:
        pace = Pace(self.desk.policy, self.slots, AHEAD, self.desk.profiles)
        queues = {"requests": self.desk.requests, "deliveries": self.desk.deliveries}
        asked = {"sends": self.desk.sends, **queues, "soon": SOON, "grace": GRACE, "pace": pace}
        done = release(**{**asked, "now": now, **given})
        self.woken += [(wish.request.send_id, now + delay) for wish, delay in self.desk.requests.asked]
        self.desk.requests.asked.clear()
        return done


def test_what_is_due_is_released_once_and_again_only_when_it_got_lost():
    desk = a_desk()
    answer(Asked(request=a_request(at=EVENING)), desk=desk, now=EVENING)

    def released(now: datetime) -> int:
        return release(
            sends=desk.sends, requests=desk.requests, deliveries=desk.deliveries, now=now, soon=SOON, grace=GRACE
        ).count

    early = MORNING - timedelta(minutes=15)
    assert [released(early + timedelta(minutes=minute)) for minute in range(25)] == [0, 1] + [0] * 19 + [1] + [0] * 3
    assert [delay for _, delay in desk.requests.asked] == [timedelta(minutes=14), timedelta()]


def test_release_says_how_late_it_is():
    desk = a_desk()
    answer(Asked(request=a_request(at=EVENING)), desk=desk, now=EVENING)

    found = release(
        sends=desk.sends, requests=desk.requests, deliveries=desk.deliveries, now=MORNING + SOON, soon=SOON, grace=GRACE
    )

    assert (found.count, found.overdue, found.oldest) == (1, 1, SOON)


def test_release_stops_when_it_is_enough_and_goes_on_the_next_time():
    desk = a_desk()
    for number in range(3):
        answer(Asked(request=a_request(f"send-{number}", at=EVENING)), desk=desk, now=EVENING)
    given = {
        "sends": desk.sends,
        "requests": desk.requests,
        "deliveries": desk.deliveries,
        "now": MORNING,
        "soon": SOON,
        "grace": GRACE,
    }

    first = release(**given, enough=lambda: len(desk.requests.asked) == 2)

    assert (first.count, release(**given).count) == (2, 1)


def test_what_is_released_together_goes_by_its_moment_then_by_priority():
    night = Night(deferring(*(a_request(f"p{n}", at=EVENING, priority=n) for n in (0, 9, 4))))

    night.release(MORNING - 10 * MINUTE)

    assert night.woken == [("p9", MORNING), ("p4", MORNING), ("p0", MORNING)]


def test_of_what_is_overdue_the_most_urgent_goes_first_however_long_the_others_have_waited():
    desk = deferring(*wishes(3, priority=0), a_request("urgent", at=EVENING, priority=9))
    for number, record in enumerate(desk.sends.decided("u-ada")):
        late = MORNING - (0 if record.request.priority else 3 - number) * MINUTE
        desk.sends.wake_again(record, late)
    night = Night(desk)

    night.release(MORNING + MINUTE)

    assert night.woken[0][0] == "urgent"


def test_no_more_are_woken_than_the_rate_says_from_the_opening_on_and_none_too_early():
    night = Night(deferring(*wishes(300), rate="60/m"))

    done = [night.release(MORNING + minute * MINUTE) for minute in range(-15, 6)]

    assert sum(each.count for each in done) == len(night.woken) == 300
    assert [at for _, at in night.woken] == [MORNING + number * SECOND for number in range(300)]


def test_what_has_no_slot_stays_and_is_counted_and_another_channel_is_not_held_up_by_it():
    night = Night(deferring(*wishes(500), *wishes_by_sms(50), rate="1/s"))

    done = night.release(MORNING)

    channels = Counter("sms" if id_.startswith("sms") else "email" for id_, _ in night.woken)
    assert channels == {"email": 120, "sms": 50}
    assert (done.count, done.left > 0) == (170, True)
    assert night.desk.sends.waiting(MORNING + SECOND, timedelta(days=1))["email"].overdue == 380


def wishes_by_sms(count: int) -> list[SendRequest]:
    return [a_request(f"sms-{number}", at=EVENING, channel="sms") for number in range(count)]


def test_a_channel_with_a_rate_is_woken_by_release_only():
    """Else who is deferred shortly before the opening would come at once, beside what the rate lets through."""
    desk = a_desk(policy={"channels": {"email": {"cap": None, "rate": "1/s"}}, "total": None})

    for request in wishes(3):
        answer(Asked(request=request), desk=desk, now=MORNING - 5 * MINUTE)

    assert desk.requests.asked == []
    assert desk.sends.next_wake() == MORNING


def test_after_an_outage_there_is_no_burst_without_a_rate_either_and_the_urgent_are_first():
    requests = [a_request(f"send-{n:04}", at=EVENING, priority=(0, 9)[n % 2]) for n in range(400)]
    night = Night(deferring(*requests, spread="10m"))
    now = MORNING + timedelta(hours=5)

    done = night.release(now)

    moments = dict(night.woken)
    urgent, rest = ([at for id_, at in moments.items() if int(id_[-1]) % 2 == odd] for odd in (1, 0))
    assert (done.count, done.overdue) == (400, 400)
    assert max(urgent) < min(rest)
    assert max(Counter((at - now) // MINUTE for at in rest).values()) < 80
    assert all(now <= at < now + 10 * MINUTE for at in moments.values())


def test_after_an_outage_until_shortly_before_the_closing_all_are_woken_before_it():
    night = Night(deferring(*wishes(100), spread="10m"))
    closing = MORNING + timedelta(hours=11)

    done = night.release(closing - 4 * MINUTE)

    assert done.count == 100
    assert all(closing - 4 * MINUTE <= at < closing for _, at in night.woken)
    for send_id, at in night.woken:
        record = answer(Asked(request=a_request(send_id, at=EVENING), attempt=1), desk=night.desk, now=at)
        assert record.state is SendState.SENDING


def test_after_an_outage_a_channel_keeps_its_rate_and_the_urgent_come_first():
    requests = [a_request(f"send-{n:04}", at=EVENING, priority=n % 3) for n in range(600)]
    night = Night(deferring(*requests, rate="2/s", spread="10m"))
    now = MORNING + timedelta(hours=5)

    for minute in range(4):
        night.release(now + minute * MINUTE)

    assert len(night.woken) == 600
    gaps = [later - earlier for (_, earlier), (_, later) in zip(night.woken, night.woken[1:], strict=False)]
    assert set(gaps) == {SECOND / 2}
    priorities = [int(id_[-4:]) % 3 for id_, _ in night.woken]
    assert priorities == sorted(priorities, reverse=True)


def test_what_has_expired_takes_no_slot_and_is_dropped_when_it_is_decided_anew():
    stale = [a_request(f"stale-{n}", at=EVENING, priority=9, expires_at=MORNING + MINUTE) for n in range(50)]
    night = Night(deferring(*stale, *wishes(60), rate="1/s"))
    now = MORNING + timedelta(hours=1)

    night.release(now)

    moments = dict(night.woken)
    assert {moments[request.send_id] for request in stale} == {now}
    assert [at for id_, at in night.woken if id_.startswith("send")] == [now + n * SECOND for n in range(60)]
    record = answer(Asked(request=stale[0], attempt=1), desk=night.desk, now=now)
    assert (record.state, record.reason) == (SendState.DROPPED, Reason.EXPIRED)


def test_what_expires_before_its_turn_takes_no_slot_either():
    soon = [a_request(f"soon-{n}", at=EVENING, expires_at=MORNING + 30 * SECOND) for n in range(60)]
    later = [a_request(f"zz-{n:02}", at=EVENING) for n in range(30)]
    night = Night(deferring(*soon, *later, rate="1/s"))

    first = night.release(MORNING)

    moments = dict(night.woken)
    assert sorted(at for id_, at in moments.items() if id_.startswith("soon")) == [
        MORNING + n * SECOND for n in range(30)
    ]
    assert sorted(at for id_, at in moments.items() if id_.startswith("zz")) == [
        MORNING + (30 + n) * SECOND for n in range(30)
    ]
    assert first.left == 30
    assert night.release(MORNING + MINUTE).count == 30
    assert {at for id_, at in night.woken[-30:]} == {MORNING + MINUTE}


def test_a_pass_that_takes_long_reckons_from_what_time_it_is_by_then():
    night = Night(deferring(*wishes(450)))
    clock = iter(MORNING + n * MINUTE for n in range(9))

    night.release(MORNING - 10 * MINUTE, by_now=lambda: next(clock))

    assert len(night.woken) == 450
    assert {delay for _, at in night.woken for delay in [at - (MORNING - 10 * MINUTE)]} == {timedelta()}


def test_a_look_further_back_than_the_usual_one_leaves_the_rest_to_it():
    night = Night(deferring(*wishes(2)))
    first, _ = night.desk.sends.decided("u-ada")
    now = MORNING + timedelta(days=4)
    night.desk.sends.wake_again(first, now - MINUTE)

    assert night.release(now, ahead=-timedelta(days=3), back=timedelta(days=35)).count == 1
    assert night.release(now).count == 1


def test_a_thousand_that_are_deferred_when_the_policy_changes_are_decided_by_the_new_one():
    night = Night(deferring(*wishes(1_000)))
    capped = Policy.model_validate({"channels": {"email": {"cap": {"limit": 300, "per": "24h"}}}, "total": None})
    night.release(MORNING - 10 * MINUTE)
    desk = replace(night.desk, policy=capped)

    decided = [answer(Asked(request=request, attempt=1), desk=desk, now=MORNING) for request in wishes(1_000)]

    assert len(night.woken) == 1_000
    assert Counter((record.state, record.decisions[-1].reason) for record in decided) == {
        (SendState.SENDING, Reason.ALLOWED): 300,
        (SendState.DEFERRED, Reason.CHANNEL_CAP): 700,
    }
    assert {record.due for record in decided if record.due} == {MORNING + timedelta(days=1)}
