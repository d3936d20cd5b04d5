"""One running emulator for each test, with an organization on Services and a collection on Server."""

from collections.abc import Iterator

import pytest
from tests.unit.azure_devops_emulator.callers import ADMINISTRATOR_TOKEN, Place
from tests.unit.azure_devops_emulator.tracker import Tracker

from azure_devops_emulator.server import EmulatorServer

ORGANIZATION = "fabrikam-services"
COLLECTION = "FabrikamCollection"


@pytest.fixture
def running_emulator() -> Iterator[EmulatorServer]:
    with EmulatorServer(
        organizations=[(ORGANIZATION, "Agile")],
        server_collections=[(COLLECTION, "Scrum")],
        pats=[ADMINISTRATOR_TOKEN],
        hook_time_scale=0.00001,
    ) as server:
        yield server


@pytest.fixture
def services(running_emulator: EmulatorServer) -> Place:
    organization = running_emulator.landscape.organization(ORGANIZATION)
    return Place(running_emulator, organization, f"{running_emulator.url}/{ORGANIZATION}")


@pytest.fixture
def on_premises(running_emulator: EmulatorServer) -> Place:
    organization = running_emulator.landscape.organization(COLLECTION)
    return Place(running_emulator, organization, f"{running_emulator.url}/tfs/{COLLECTION}")


@pytest.fixture
def tracker(services: Place) -> Tracker:
    """The administrator of the organization on Services, at work."""
    return Tracker(services.administrator)


@pytest.fixture
def server_tracker(on_premises: Place) -> Tracker:
    """The administrator of the collection on Server, at work."""
    return Tracker(on_premises.administrator)
