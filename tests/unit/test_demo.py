"""What the demo says of what came of it."""

from datetime import timedelta

from examples import demo
from segue.aws.census import Census


def test_the_events_that_came_before_those_of_the_file_are_accounted_for(capsys) -> None:
    demo.summary(Census(events=354, people=301))

    assert "354, two of them of a customer before the doors open" in capsys.readouterr().out


def test_it_is_said_how_late_the_fast_clock_makes_a_message() -> None:
    assert timedelta(seconds=demo.RATE) == timedelta(minutes=30)
    assert "1,800 times" in demo.LATE
    assert "half an hour" in demo.LATE
