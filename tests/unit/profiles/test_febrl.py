"""Records of the same people with typing errors, joined by keys that are exactly equal: never two people in one."""

import csv
import gzip
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from segue.events.identifier import Identifier
from segue.memory.profiles import PROFILE, MemoryProfiles
from segue.profiles.absorb import absorb
from tests.builders import an_event

FEBRL = Path(__file__).parents[4] / "shared/data/febrl_dev"


def records(name: str) -> list[dict[str, str]]:
    with gzip.open(FEBRL / name, "rt") as file:
        return list(csv.DictReader(file, skipinitialspace=True))


def who(record: dict[str, str]) -> tuple[Identifier, ...]:
    """What each record is known by: its own number; and two keys that would not be equal by chance."""
    name = "|".join(record[part] for part in ("given_name", "surname", "date_of_birth", "postcode"))
    keys = [Identifier("soc_sec_id", record["soc_sec_id"])]
    if all(record[part] for part in ("given_name", "surname", "date_of_birth", "postcode")):
        keys.append(Identifier("name_and_birth", name))
    return (*(key for key in keys if key.value), Identifier("record", record["rec_id"]))


@pytest.mark.skipif(not FEBRL.exists(), reason="the recorded data is not beside the checkout")
@pytest.mark.parametrize(("name", "recall"), [("dataset1.csv.gz", 0.9), ("dataset2.csv.gz", 0.8)])
def test_exact_keys_never_join_two_people(name: str, recall: float) -> None:
    profiles = MemoryProfiles()
    for record in records(name):
        event = an_event(user_id=None, identifiers=who(record), message_id=record["rec_id"])
        absorb([event], profiles=profiles, notice=lambda *_: ())

    joined = pairs(
        [each.value.split("-")[1] + "/" + each.value for each in profile.identifiers if each.namespace == "record"]
        for profile in (row.value for _, sort, row in profiles.rows.everything() if sort == PROFILE)
        if profile.owner is None
    )
    true = {pair for pair in joined if pair[0].split("/")[0] == pair[1].split("/")[0]}
    of_one = defaultdict(list)
    for record in records(name):
        number = record["rec_id"].split("-")[1]
        of_one[number].append(f"{number}/{record['rec_id']}")

    assert len(true) / len(joined) == 1.0
    assert len(true) / len(pairs(of_one.values())) > recall


def pairs(groups) -> set[tuple[str, str]]:
    return {pair for group in groups for pair in combinations(sorted(group), 2)}
