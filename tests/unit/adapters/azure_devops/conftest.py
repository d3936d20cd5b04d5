"""The official client keeps its cache in a temporary directory, and clients of a scripted server."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

if "AZURE_DEVOPS_CACHE_DIR" not in os.environ:
    # The client creates its cache directory while it is imported.
    os.environ["AZURE_DEVOPS_CACHE_DIR"] = tempfile.mkdtemp(prefix="azure-devops-cache-")
    atexit.register(shutil.rmtree, os.environ["AZURE_DEVOPS_CACHE_DIR"], ignore_errors=True)

from azure.devops._file_cache import OPTIONS_CACHE, RESOURCE_CACHE
from azure.devops.client import Client
from tests.unit.adapters.azure_devops.scripted_server import ScriptedServer

from adnode.adapters.azure_devops.addresses import OrganizationAddress
from adnode.adapters.azure_devops.client import AzureDevOpsClient
from adnode.adapters.azure_devops.credentials import TokenSignIn
from adnode.adapters.azure_devops.pacing import Pace
from adnode.domain.organization import PersonalAccessToken

TOKEN = "a-token-for-unit-tests"


@pytest.fixture(autouse=True)
def fresh_discovery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ports are used again, and the client remembers for ever what it learned of one."""
    monkeypatch.setenv("AZURE_DEVOPS_CACHE_DIR", str(tmp_path))
    Client._locations_cache.clear()
    for name, cache in (("options", OPTIONS_CACHE), ("resources", RESOURCE_CACHE)):
        monkeypatch.setattr(cache, "file_name", str(tmp_path / f"{name}.json"))
        cache.load()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def client(server: ScriptedServer) -> Iterator[AzureDevOpsClient]:
    made = make_client(server.url)
    yield made
    made.close()


def make_client(url: str) -> AzureDevOpsClient:
    def pass_time(_: float) -> None:
        """Do not wait: the pauses themselves are tested with a clock that is set."""

    sign_in = TokenSignIn(PersonalAccessToken(TOKEN))
    return AzureDevOpsClient(OrganizationAddress(url), sign_in, Pace(sleep=pass_time), sleep=pass_time)
