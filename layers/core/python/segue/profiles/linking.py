"""A visitor turns out to be somebody: what an anonymous profile leaves to its owner, and one owner to an earlier one.

The earliest claim holds, whenever it arrives, so that order does not matter. The part moves, and the runs with it.
Touches are copied: no cap is escaped by being linked, and a ledger cannot tell afterwards whose touch was whose.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from segue.profiles.desk import Desk
from segue.profiles.identity import anonymous_profile_id
from segue.profiles.profile import OWN, Claim, Part, Profile
from segue.profiles.runs import Runs

V = TypeVar("V")


def link(desk: Desk, anonymous_id: str, claim: Claim) -> None:
    """Let the claim hold if it is the earliest of those for this anonymous id; else remember that it was lost."""
    user = desk.profiles[claim.profile_id]
    held = user.links.get(anonymous_id)
    if held and held.order <= claim.order:
        return
    visitor_id = anonymous_profile_id(anonymous_id)
    visitor = desk.profiles[visitor_id]
    if visitor.owner and visitor.owner.order <= claim.order:
        desk.profiles[claim.profile_id] = replace(user, lost=user.lost | {anonymous_id})
        return
    part = _take(desk, visitor, anonymous_id, claim)
    user = desk.profiles[claim.profile_id]
    desk.profiles[visitor_id] = replace(visitor, anonymous_id=anonymous_id, owner=claim, parts={})
    desk.profiles[claim.profile_id] = replace(
        user,
        parts={**user.parts, anonymous_id: part} if part else user.parts,
        links={**user.links, anonymous_id: claim},
        lost=user.lost - {anonymous_id},
    )


def _take(desk: Desk, visitor: Profile, anonymous_id: str, claim: Claim) -> Part | None:
    """The visitor's part, taken from wherever it is. Its ledger and runs go the same way."""
    owner = visitor.owner
    if owner is None:
        if not desk.profiles.is_new(visitor.profile_id):
            _bequeath(desk, visitor.profile_id, visitor.profile_id, claim.profile_id)
        return visitor.parts.get(OWN)
    if owner.profile_id == claim.profile_id:
        return desk.profiles[owner.profile_id].parts.get(anonymous_id)
    loser = desk.profiles[owner.profile_id]
    desk.profiles[owner.profile_id] = replace(
        loser,
        parts=_without(loser.parts, anonymous_id),
        links=_without(loser.links, anonymous_id),
        lost=loser.lost | {anonymous_id},
    )
    _bequeath(desk, visitor.profile_id, owner.profile_id, claim.profile_id)
    return loser.parts.get(anonymous_id)


def _bequeath(desk: Desk, visitor_id: str, holder_id: str, heir_id: str) -> None:
    """The visitor's touches, and its runs, which the holder has now, go to the heir.

    The visitor's own documents are written again even if they do not change: who has read them and would write to
    them now gets a `Conflict`, reads again, and finds the owner.
    """
    ledger, runs, held = desk.ledgers[visitor_id], desk.runs[visitor_id], desk.runs[holder_id]
    if holder_id == visitor_id:
        desk.ledgers[visitor_id] = ledger
        desk.runs[visitor_id] = replace(runs, runs={})
    if ledger.touches:
        desk.ledgers[heir_id] = desk.ledgers[heir_id].merge(ledger)
    gone = {
        run_id: replace(run, via=visitor_id) for run_id, run in held.runs.items() if visitor_id in (holder_id, run.via)
    }
    if holder_id != visitor_id and gone:
        desk.runs[holder_id] = replace(held, runs=_without(held.runs, *gone))
    if gone or runs.entered:
        heir = desk.runs[heir_id]
        entered = {key: max(at, heir.entered.get(key, at)) for key, at in runs.entered.items()}
        desk.runs[heir_id] = Runs(runs={**heir.runs, **gone}, entered={**heir.entered, **entered})


def _without(mapping: Mapping[str, V], *gone: str) -> dict[str, V]:
    return {key: value for key, value in mapping.items() if key not in gone}
