"""One gateway per organization, made of what is stored now; and a cache directory that is ours alone."""

import os
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.adapters.azure_devops.scripted_server import ScriptedServer, say

from adnode.adapters.azure_devops.provider import AzureDevOpsGateways, prepare_client_cache
from adnode.adapters.memory.vault import MemoryVault
from adnode.adapters.storage.storage import Storage, open_storage
from adnode.domain.credential_documents import write_credential
from adnode.domain.errors import ConfigurationError, NotFoundError, RateLimitedError, SecretUnreadableError
from adnode.domain.organization import CredentialKind, Organization, OrganizationKind, PersonalAccessToken

ID = "0f6a7b1c-0000-4000-8000-000000000001"


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    storage = open_storage(f"sqlite:///{tmp_path / 'adnode.db'}")
    storage.upgrade()
    yield storage
    storage.close()


@pytest.fixture
def vault() -> MemoryVault:
    return MemoryVault()


@pytest.fixture
def gateways(storage: Storage, vault: MemoryVault, tmp_path: Path) -> Iterator[AzureDevOpsGateways]:
    made = AzureDevOpsGateways(storage.unit_of_work, vault, cache_directory=tmp_path / "cache", call_seconds=70.0)
    yield made
    made.close()


def store(
    storage: Storage, vault: MemoryVault, url: str, token: str, context: str = f"organization:{ID}"
) -> Organization:
    organization = Organization(
        id=ID,
        name="contoso",
        url=url,
        kind=OrganizationKind.SERVICES,
        credential_kind=CredentialKind.PERSONAL_ACCESS_TOKEN,
        identity="Robot",
        identity_id="robot",
        added_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    sealed = vault.seal(write_credential(PersonalAccessToken(token)), context)
    with storage.unit_of_work() as work:
        if work.organizations.list_all():
            work.organizations.replace_credential(organization, sealed)
        else:
            work.organizations.add(organization, sealed)
        work.commit()
    return organization


def test_the_gateway_of_an_organization_is_shared(
    storage: Storage, vault: MemoryVault, gateways: AzureDevOpsGateways, server: ScriptedServer
) -> None:
    store(storage, vault, server.url, "first")
    first = gateways.get(ID)
    assert gateways.get(ID) is first
    server.script.append(say({"value": []}))
    assert first.list_projects() == []


def test_a_changed_credential_makes_a_new_gateway(
    storage: Storage, vault: MemoryVault, gateways: AzureDevOpsGateways, server: ScriptedServer
) -> None:
    store(storage, vault, server.url, "first")
    first = gateways.get(ID)
    store(storage, vault, server.url, "second")
    second = gateways.get(ID)
    assert second is not first
    server.default = lambda _: say({"value": []})
    second.list_projects()
    assert server.seen[-1].headers["Authorization"] == "Basic OnNlY29uZA=="


def test_a_forgotten_gateway_is_made_anew(
    storage: Storage, vault: MemoryVault, gateways: AzureDevOpsGateways, server: ScriptedServer
) -> None:
    store(storage, vault, server.url, "first")
    first = gateways.get(ID)
    gateways.forget(ID)
    gateways.forget("unknown")
    assert gateways.get(ID) is not first


def test_a_new_gateway_of_the_same_account_keeps_its_budget(
    storage: Storage, vault: MemoryVault, gateways: AzureDevOpsGateways, server: ScriptedServer
) -> None:
    store(storage, vault, server.url, "first")
    server.script.append(say({"value": []}, Retry_After="600"))
    gateways.get(ID).list_projects()
    store(storage, vault, server.url, "second")
    with pytest.raises(RateLimitedError):
        gateways.get(ID).list_projects()
    assert len(server.seen) == 1


def test_an_organization_that_is_not_stored_has_no_gateway(gateways: AzureDevOpsGateways) -> None:
    with pytest.raises(NotFoundError):
        gateways.get(ID)


def test_a_credential_sealed_for_another_row_is_not_used(
    storage: Storage, vault: MemoryVault, gateways: AzureDevOpsGateways, server: ScriptedServer
) -> None:
    store(storage, vault, server.url, "first", context="organization:another")
    with pytest.raises(SecretUnreadableError):
        gateways.get(ID)


def test_a_credential_can_be_tried_before_it_is_stored(gateways: AzureDevOpsGateways, server: ScriptedServer) -> None:
    server.script.append(say({"value": [{"id": "1", "name": "Fabrikam"}]}))
    with gateways.open(server.url, PersonalAccessToken("tried")) as gateway:
        assert [project.name for project in gateway.list_projects()] == ["Fabrikam"]


def test_the_cache_directory_is_made_for_us_alone(tmp_path: Path) -> None:
    directory = tmp_path / "below" / "cache"
    prepare_client_cache(directory)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert os.environ["AZURE_DEVOPS_CACHE_DIR"] == str(directory)
    caches = sys.modules["azure.devops._file_cache"]
    assert caches.OPTIONS_CACHE.file_name == str(directory / "options.json")
    assert caches.RESOURCE_CACHE.file_name == str(directory / "resources.json")


def test_an_open_cache_directory_is_closed(tmp_path: Path) -> None:
    directory = tmp_path / "cache"
    directory.mkdir(mode=0o755)
    directory.chmod(0o755)
    prepare_client_cache(directory)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_a_cache_directory_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigurationError, match="file"):
        prepare_client_cache(tmp_path / "file" / "cache")


def test_what_was_discovered_is_kept_on_disk(
    storage: Storage, vault: MemoryVault, gateways: AzureDevOpsGateways, server: ScriptedServer, tmp_path: Path
) -> None:
    organization = store(storage, vault, server.url, "first")
    server.default = lambda _: say({"value": []})
    gateways.get(organization.id).list_projects()
    assert (tmp_path / "cache" / "options.json").exists()
