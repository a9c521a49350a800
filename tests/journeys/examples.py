"""Journeys for tests: each shows one thing that journeys do."""

from typing import Any

from segue.journeys.definition import Journey


def a_journey(name: str = "thanks", **given: Any) -> Journey:
    return Journey.model_validate(
        {
            "journey": name,
            "entry": {"event": "Order Completed"},
            "steps": [{"send": {"template": "thanks"}}],
            **given,
        }
    )


EVERY_KIND = a_journey(
    "every-kind",
    entry={"event": "Product Added", "key": "event.properties.cart_id", "again": "always"},
    goal={"event": "Order Completed", "within": "7d"},
    exit_on=[{"event": "Unsubscribed"}],
    steps=[
        {"wait_for": {"event": "Session Ended", "within": "24h"}, "timeout": "exit"},
        {"wait_for": {"event": "Survey Answered", "within": "30m"}, "matched": "last"},
        {"send": {"template": "reminder", "expires_after": "1d"}, "sent": "quiet", "failed": "exit"},
        "exit",
        {"id": "quiet", "wait": "1h"},
        {"id": "last", "send": {"template": "last-call", "channel": "in_app", "category": "marketing"}},
    ],
)

EVERY_FORK = a_journey(
    "every-fork",
    max_touches=2,
    steps=[
        {
            "branch": [
                {
                    "name": "big",
                    "when": "run.entry.properties.total > 100",
                    "steps": [{"set": {"traits": {"mood": "{% if true %}good{% endif %}"}}}],
                }
            ],
            "else": [{"split": [{"name": "a", "weight": 50, "steps": ["exit"]}, {"name": "b", "weight": 50}]}],
        },
        {"enter": "other"},
        {"escalate": {"message": "last-call", "over": ["email", "push"], "after": "1d"}},
    ],
)
