"""Claims on room in a ledger: bounded, and no crowd of one kind takes the place of another."""

from dataclasses import replace
from datetime import timedelta

from segue.profiles.ledger import MOST_ALIKE, MOST_CLAIMS, Claim, Ledger
from tests.builders import NOON

HOUR = timedelta(hours=1)


def a_claim(send_id: str, priority: int, channel: str = "push", **given) -> Claim:
    due = given.pop("due", NOON + HOUR)
    return Claim(
        send_id=send_id,
        channel=channel,
        category="marketing",
        due=due,
        until=due + HOUR,
        priority=priority,
        **given,
    )


def claiming(*claims: Claim) -> Ledger:
    ledger = Ledger()
    for claim in claims:
        ledger = ledger.claim(claim, NOON)
    return ledger


def test_of_one_channel_and_topic_the_most_urgent_are_kept():
    ledger = claiming(*(a_claim(str(n), n) for n in range(1, 10)), a_claim("10", 1))

    assert len(ledger.claims) == MOST_ALIKE
    assert {claim.priority for claim in ledger.claims.values()} == set(range(2, 10))


def test_a_crowd_on_one_channel_leaves_the_claim_on_another_and_on_another_topic():
    crowd = [a_claim(str(n), 9) for n in range(20)]

    ledger = claiming(a_claim("mail", 5, "email"), a_claim("offers", 5, topic="offers"), *crowd)

    assert {"mail", "offers"} <= ledger.claims.keys()


def test_what_is_void_keeps_nobody_out():
    void = {str(n): a_claim(str(n), 9, due=NOON - 2 * HOUR) for n in range(MOST_ALIKE)}

    assert [*Ledger(claims=void).claim(a_claim("late", 8), NOON).claims] == ["late"]


def test_topics_without_number_do_not_fill_a_ledger():
    crowd = [a_claim(str(n), n % 9 + 1, topic=str(n)) for n in range(1000)]

    kept = claiming(*crowd).claims

    assert len(kept) == MOST_CLAIMS
    assert {claim.priority for claim in kept.values()} == {9}


def test_two_people_who_are_one_have_no_more_claims_than_one():
    one, other = (claiming(*(a_claim(f"{who}-{n}", n) for n in range(1, 9))) for who in "ab")

    merged = one.merge(other)

    assert sorted(claim.priority for claim in merged.claims.values()) == [5, 5, 6, 6, 7, 7, 8, 8]


def test_a_claim_that_is_made_anew_takes_its_own_place():
    ledger = claiming(a_claim("one", 5))

    assert ledger.claim(replace(ledger.claims["one"], due=NOON + 3 * HOUR), NOON).claims["one"].due == NOON + 3 * HOUR
