"""Others forget a person who is erased: with whom an identifier was said stands in the documents of both."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import replace

from segue.profiles.absorb import TRIES
from segue.profiles.head import Versioned
from segue.profiles.ports import Change, Conflict, Profiles
from segue.profiles.profile import Profile


def forget(places: AbstractSet[str], others: Iterable[str], profiles: Profiles) -> None:
    """None of the others remembers any of these places; one of whom nothing else is known loses its name as well.

    Raise `Conflict` when somebody else was faster `TRIES` times.
    """
    for other in others:
        for _ in range(TRIES):
            there = profiles.profile(other)
            kept = _without(there.value, places)
            if kept == there.value:
                break
            try:
                profiles.commit(Change(entries=(), profiles={other: Versioned(kept, there.version)}))
            except Conflict:
                continue
            break
        else:
            raise Conflict(other)


def _without(profile: Profile, places: AbstractSet[str]) -> Profile:
    seen = {key: each for key, each in profile.seen.items() if key not in places}
    apart = profile.apart - places
    if seen or apart or profile.owner or profile.members or profile.parts or profile.erased:
        return replace(profile, seen=seen, apart=apart)
    return Profile(profile_id=profile.profile_id)
