"""The official Node client, which asks for resource locations area by area."""

import json
import subprocess
import sys
from pathlib import Path

from tests.contract.emulator.conftest import ORGANIZATION, PAT, EmulatorServer

ROOT = Path(__file__).parents[3]


def test_the_node_client_works_unmodified(emulator: EmulatorServer) -> None:
    script = ROOT / "tests" / "node_client" / "script.mjs"
    tool = ROOT / "scripts" / "node_tool.py"
    command = [sys.executable, str(tool), "node", str(script), f"{emulator.url}/{ORGANIZATION}", PAT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer.pop("projects")
    assert answer == {
        "createdRevision": 1,
        "updatedRevision": 2,
        "title": "Changed",
        "batchTitles": ["Changed"],
        "commentText": "hello",
        "comments": ["hello"],
        "found": [True],
        "download": "bytes",
        "user": True,
    }
