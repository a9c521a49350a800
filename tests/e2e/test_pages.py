"""The recipient's pages in a real browser (Debian's `chromium`), on a phone's width and by keyboard."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Local, eventually
from tests.e2e.test_messages import a_person, ask, mails, wish

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
SCRIPT = Path(__file__).parent / "node" / "unsubscribe.mjs"


@pytest.mark.skipif(BROWSER is None, reason="there is no chromium on this machine")
def test_a_person_unsubscribes_from_everything_in_a_browser(local: Local, tmp_path: Path) -> None:
    user, profile_id = a_person(local, "browser")
    ask(local, [wish(local, profile_id, f"{user}-1")])
    [mail] = eventually(lambda: mails(local, f"{user}@example.com"), within=60)
    [url] = re.findall(r'href="([^"]+/u/[^"]+)"', mail["BodyHtml"])
    node = str(Path(sys.executable).with_name("node"))

    command = [node, str(SCRIPT), str(BROWSER), url, "Unsubscribe from all e-mails", str(tmp_path / "page.png")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)

    assert done.returncode == 0, done.stderr
    page = json.loads(done.stdout)
    assert page["heading"] == "Sound Shop: unsubscribe?"
    assert page["focused"].startswith("Unsubscribe")
    assert "no more e-mails" in page["said"]
    assert page["width"] <= 390
    assert page["troubles"] == []
    eventually(lambda: (said := local.find(user).whole.subscriptions.get("email")) and not said.granted)
