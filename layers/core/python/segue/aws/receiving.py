"""What events touch on AWS, for the functions that fold them into people."""

import random
import time
from datetime import timedelta

from segue.aws.wiring import Wiring
from segue.decisions.collecting import collects
from segue.journeys.entries import entries
from segue.journeys.facts import Tell
from segue.journeys.follow import follow
from segue.profiles.receive import Ports
from segue.profiles.rules import Rules

#: `release` finds a timer within a minute; what falls due before that is rung at once.
SOON = timedelta(minutes=2)


def receiving(wired: Wiring, rules: Rules, tell: Tell) -> Ports:
    return Ports(
        profiles=wired.profiles,
        signals=wired.signals,
        identity=wired.identity,
        collects=collects(wired.workspace.policy),
        notice=entries(wired.workspace.journeys, tell, rules.read),
        follow=lambda runs, profile, events: follow(runs, profile, events, tell, rules.read),
        rules=rules,
        timers=wired.timers,
        soon=wired.clock.virtual(SOON),
        pause=lambda conflict: time.sleep(random.uniform(0, 0.005 * 2**conflict)),  # noqa: S311 - no secret
    )
