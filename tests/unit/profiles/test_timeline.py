"""Where an event stands in the timeline."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from segue.profiles.timeline import MOST_SKEW, fingerprint, row_keys, span
from tests.builders import NOON, an_event


def test_the_key_is_the_client_s_time_in_utc():
    berlin = NOON.astimezone(timezone(timedelta(hours=1)))

    keys = row_keys(an_event(at=NOON + MOST_SKEW, client_time=berlin, message_id="m"))

    assert keys == ("EVENT#2026-03-10T13:00:00.000+00:00#m",)


def test_far_from_it_the_event_stands_at_the_corrected_time_too():
    keys = row_keys(an_event(client_time=NOON.replace(year=1970), message_id="m"))

    assert keys == ("EVENT#1970-03-10T13:00:00.000+00:00#m", "EVENT#2026-03-10T13:00:00.000+00:00#m")


def test_without_it_the_message_id_tells_the_repetition():
    assert row_keys(an_event(message_id="m")) == ("EVENT#2026-03-10T13:00:00.000+00:00#m", "SEEN#m")


def test_a_retry_has_the_same_fingerprint_and_another_event_has_not():
    for time in (NOON, None):
        event = an_event(message_id="m", client_time=time)
        retry = replace(event, timestamp=NOON + timedelta(seconds=3))
        assert fingerprint(event) == fingerprint(retry)
        assert fingerprint(event) != fingerprint(replace(event, message_id="n"))
        assert fingerprint(event) != fingerprint(replace(event, user_id="bob"))


def test_a_span_may_be_all_of_time():
    always = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

    assert span(*always) == span(always[0], None) == ("EVENT#", "EVENT$")
