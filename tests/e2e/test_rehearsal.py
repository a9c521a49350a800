"""What is simulated is what runs: every worked example, played by a person of its own where days are short."""

from uuid import uuid4

from segue.examples import written
from segue.rehearsal.followed import Followed
from segue.rehearsal.play import Stage
from segue.replay.sending import Sender
from segue.workspace.load import load
from tests.e2e.conftest import ROOT, Local


def test_every_example_takes_the_same_path_simulated_and_on_step_functions(fast: Local) -> None:
    followed = Followed(fast.lookup.rows, fast.client("stepfunctions"), fast.deployed.outputs["MachinesArn"])
    stage = Stage(Sender(fast.deployed.api, fast.deployed.write_key), fast.clock, followed.person)
    examples = list(written(ROOT / "workspace"))

    played = stage.rehearse(load(ROOT / fast.deployed.workspace), examples, tag=uuid4().hex[:8], watch=print)

    assert len(played) == 2 * len(examples)
    assert {each.part.name: each.wrong for each in played if each.wrong} == {}
