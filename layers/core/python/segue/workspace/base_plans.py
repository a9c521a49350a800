"""The plans that come with Segue, by the names under which a workspace's `extends` takes them."""

from functools import cache
from importlib.resources import files

import yaml

from segue.events.plan import TrackingPlan

_FOLDER = files("segue.events").joinpath("plans")

NAMES = tuple(sorted(file.name.removesuffix(".yaml") for file in _FOLDER.iterdir() if file.name.endswith(".yaml")))

_FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def base_plan(name: str) -> TrackingPlan:
    """One of `NAMES`. Keys that begin with `x-` are for the file's own use, as pieces that stand in it many times."""
    text = _FOLDER.joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    said = yaml.load(text, Loader=_FAST)  # noqa: S506 - a safe loader, of both kinds
    return TrackingPlan.model_validate({word: value for word, value in said.items() if not word.startswith("x-")})
