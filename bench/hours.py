"""What hours, laws and closed days cost: a look while it is open, and the next moment over a year of them.

Run: `python -m bench.hours`; with a number, so many generated cases are first held against a walk minute by minute
(the tests take 250). Exits with 1 when a budget is missed.
"""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings

from segue.decisions.decide import decide
from segue.decisions.in_zones import together
from segue.decisions.policy import Policy
from segue.decisions.rule import Rule, next_moment
from segue.decisions.timing import timing
from segue.workspace.laws import Jurisdictions, shipped
from tests.builders import a_head, a_profile, a_request
from tests.unit.decisions.test_timing import cases, check_next_moment

BUDGET_US = 1_000
ROUNDS, LOOKS = 7, 2_000
AT = datetime(2026, 3, 11, 17, 0, tzinfo=UTC)
YEAR = timedelta(days=366)

POLICY = Policy.model_validate(
    {
        "default_time_zone": "America/New_York",
        "possible_time_zones": ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"],
        "channels": {"sms": {"window": {"mon-sat": "09:00-20:30", "sun": "10:00-18:00", "holidays": "closed"}}},
        "closed": [{"public_holidays": True}, {"days": ["12-24", "12-31", "2026-07-03"]}],
        "laws": Jurisdictions().over(shipped()),
    }
)
#: Open in the night, so that with the law only one minute in a week is left; and none.
RARE = POLICY.model_copy(
    update={"channels": Policy.model_validate({"channels": {"sms": {"window": {"wed": "20:59-23:00"}}}}).channels}
)
NEVER = POLICY.model_copy(
    update={"channels": Policy.model_validate({"channels": {"sms": {"window": "21:00-23:00"}}}).channels}
)
#: Three clocks with no hour in common.
APART = Policy.model_validate(
    {
        "possible_time_zones": ["America/New_York", "Europe/Berlin", "Asia/Tokyo"],
        "channels": {"sms": {"window": "09:00-10:00"}},
        "laws": Jurisdictions().over(shipped()),
    }
)
TRAITS = {"phone": "+12145550123", "quiet_hours": "22:00-07:00"}
TEXAN = a_profile(traits={**TRAITS, "address": {"country": "US", "state": "TX"}}, time_zone="America/Chicago")
PORTED = a_profile(traits={**TRAITS, "address": {"country": "US", "state": "AL"}}, time_zone="America/Chicago")
SOMEBODY = a_profile(traits={"phone": "+18005550123"}, time_zone=None)
BY_MAIL = a_profile(traits={"email": "ada@example.com"})


def microseconds(work: Callable[[], object], times: int) -> list[float]:
    work()
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(times):
            work()
        rounds.append((time.process_time() - started) / times * 1e6)
    return sorted(rounds)


def look(profile, policy: Policy, channel: str) -> Callable[[], object]:
    request, part = a_request(channel=channel, at=AT), profile.whole

    def work() -> object:
        return [
            line.check(AT) if isinstance(line, Rule) else line for line in timing(request, part, policy, channel, AT)
        ]

    return work


def ahead(profile, policy: Policy, start: datetime) -> Callable[[], object]:
    found = timing(a_request(channel="sms", at=start), profile.whole, policy, "sms", start)
    rules = [line.next for line in found if isinstance(line, Rule)]
    return lambda: next_moment(together(rules, start + YEAR), start, start + YEAR)


def decision(profile, policy: Policy) -> Callable[[], object]:
    request, head = a_request(channel="sms", at=AT, expires_at=AT + YEAR), a_head(profile=profile)
    return lambda: decide(request, head, policy, AT)


def tell(what: str, rounds: list[float]) -> float:
    print(f"{what}: {statistics.median(rounds):,.1f} µs (median of {ROUNDS}; {rounds[0]:,.1f} to {rounds[-1]:,.1f})")
    return rounds[0]


def main() -> int:
    if len(sys.argv) > 1:
        held = settings(max_examples=int(sys.argv[1]), deadline=None)(given(cases())(check_next_moment))
        held()
        print(f"{sys.argv[1]} generated cases agree with a walk minute by minute")
    tell("hours of e-mail, open", microseconds(look(BY_MAIL, Policy(), "email"), LOOKS))
    tell(
        "text message, Texan, two laws, closed days, quiet hours, open", microseconds(look(TEXAN, POLICY, "sms"), LOOKS)
    )
    tell("the same, a number that was ported", microseconds(look(PORTED, POLICY, "sms"), LOOKS))
    tell(
        "the same, state and time zone unknown: 11 laws in all zones of the US and Canada",
        microseconds(look(SOMEBODY, POLICY, "sms"), LOOKS),
    )
    night = datetime(2026, 12, 24, 5, 0, tzinfo=UTC)
    slowest = [
        tell("next moment after Christmas, four rules and closed days", microseconds(ahead(TEXAN, POLICY, night), 200)),
        tell("the same, state and time zone unknown", microseconds(ahead(SOMEBODY, POLICY, night), 200)),
        tell("one minute a week, the next of them", microseconds(ahead(TEXAN, RARE, night), 100)),
        tell("none in a year: window against law", microseconds(ahead(TEXAN, NEVER, night), 20)),
        tell("none in a year: a window in zones that are far apart", microseconds(ahead(SOMEBODY, APART, night), 20)),
        tell("the whole decision, where there is none in a year", microseconds(decision(SOMEBODY, APART), 20)),
    ]
    return 0 if max(slowest) <= BUDGET_US else 1


if __name__ == "__main__":
    sys.exit(main())
