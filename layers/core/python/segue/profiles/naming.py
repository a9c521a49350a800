"""A person of whom only our own id is known, such as who got an e-mail, by the identifier that events carry."""

from collections.abc import Mapping

from segue.profiles.ports import Profiles


def named(profile_id: str, profiles: Profiles) -> Mapping[str, str] | None:
    """`{"userId": …}` or `{"anonymousId": …}`, as a call has it; `None` when nobody is known by the id."""
    profile = profiles.profile(profile_id).value
    if profile.user_id is not None:
        return {"userId": profile.user_id}
    return None if profile.anonymous_id is None else {"anonymousId": profile.anonymous_id}
