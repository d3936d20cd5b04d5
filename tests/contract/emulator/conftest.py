"""One running emulator for the official clients; their disk cache goes to a temporary directory."""

import importlib
import os
import tempfile
from collections.abc import Iterator
from typing import Any, Protocol, Self

import pytest

# The client creates its cache directory while it is imported.
os.environ["AZURE_DEVOPS_CACHE_DIR"] = tempfile.mkdtemp(prefix="azure-devops-cache-")

from azure.devops.connection import Connection
from msrest.authentication import BasicAuthentication

PAT = "contract-test-token"
ORGANIZATION = "services-org"
COLLECTION = "DefaultCollection"


class EmulatorServer(Protocol):
    url: str

    def __enter__(self) -> Self: ...

    def __exit__(self, *details: object) -> None: ...


@pytest.fixture(scope="session")
def emulator() -> Iterator[EmulatorServer]:
    # Loaded by name: without a server these tests fail, and only these.
    server_class = importlib.import_module("azure_devops_emulator.server").EmulatorServer
    with server_class(
        port=0,
        organizations=[(ORGANIZATION, "Agile")],
        server_collections=[(COLLECTION, "Scrum")],
        pats=[PAT],
    ) as server:
        yield server


def read_to_the_end(response: Any, *_: object, **__: object) -> None:
    response.content  # noqa: B018 - reading is the effect


class TidyConnection(Connection):  # type: ignore[misc]
    """The client leaves bodies unread that it does not need (those of deletes), and their connections open."""

    def get_client(self, client_type: str) -> Any:
        client = super().get_client(client_type)
        if read_to_the_end not in client.config.hooks:
            client.config.hooks.append(read_to_the_end)
        return client


def connect(emulator: EmulatorServer, name: str, pat: str = PAT) -> Connection:
    return TidyConnection(base_url=f"{emulator.url}/{name}", creds=BasicAuthentication("", pat))


@pytest.fixture(params=[ORGANIZATION, COLLECTION, f"tfs/{COLLECTION}"])
def connection(request: pytest.FixtureRequest, emulator: EmulatorServer) -> Connection:
    return connect(emulator, request.param)


@pytest.fixture
def client(connection: Connection) -> Any:
    return connection.clients_v7_1.get_work_item_tracking_client()


@pytest.fixture
def project(connection: Connection) -> str:
    name: str = connection.clients_v7_1.get_core_client().get_projects()[0].name
    return name
