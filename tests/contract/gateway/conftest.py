"""The organizations of the contract suite."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator

import pytest

if "AZURE_DEVOPS_CACHE_DIR" not in os.environ:
    # The client creates its cache directory while it is imported.
    os.environ["AZURE_DEVOPS_CACHE_DIR"] = tempfile.mkdtemp(prefix="azure-devops-cache-")
    atexit.register(shutil.rmtree, os.environ["AZURE_DEVOPS_CACHE_DIR"], ignore_errors=True)

from tests.contract.gateway.stages import STAGES, Stage, open_emulator, open_stage

from azure_devops_emulator.server import EmulatorServer


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorServer]:
    with open_emulator() as server:
        yield server


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest, emulator: EmulatorServer) -> Iterator[Stage]:
    with open_stage(request.param, emulator) as opened:
        yield opened
