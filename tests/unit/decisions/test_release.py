"""What is deferred goes back to the queue shortly before its moment, and again when it got lost."""

from datetime import datetime, timedelta

from segue.decisions.answer import answer
from segue.decisions.asked import Asked
from segue.decisions.release import release
from tests.builders import a_request
from tests.unit.decisions.desk import EVENING, GRACE, MORNING, SOON, a_desk


def test_what_is_due_is_released_once_and_again_only_when_it_got_lost():
    desk = a_desk()
    answer(Asked(request=a_request(at=EVENING)), desk=desk, now=EVENING)

    def released(now: datetime) -> int:
        return release(sends=desk.sends, requests=desk.requests, now=now, soon=SOON, grace=GRACE).count

    early = MORNING - timedelta(minutes=15)
    assert [released(early + timedelta(minutes=minute)) for minute in range(25)] == [0, 1] + [0] * 19 + [1] + [0] * 3
    assert [delay for _, delay in desk.requests.asked] == [timedelta(minutes=14), timedelta()]


def test_release_says_how_late_it_is():
    desk = a_desk()
    answer(Asked(request=a_request(at=EVENING)), desk=desk, now=EVENING)

    found = release(sends=desk.sends, requests=desk.requests, now=MORNING + SOON, soon=SOON, grace=GRACE)

    assert (found.count, found.overdue, found.oldest) == (1, 1, SOON)


def test_release_stops_when_it_is_enough_and_goes_on_the_next_time():
    desk = a_desk()
    for number in range(3):
        answer(Asked(request=a_request(f"send-{number}", at=EVENING)), desk=desk, now=EVENING)
    given = {"sends": desk.sends, "requests": desk.requests, "now": MORNING, "soon": SOON, "grace": GRACE}

    first = release(**given, enough=lambda: len(desk.requests.asked) == 2)

    assert (first.count, release(**given).count) == (2, 1)
