"""The gateways of all organizations that this node serves, one each, made when they are first asked for."""

import os
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adnode.adapters.azure_devops.credentials import make_sign_in
from adnode.adapters.azure_devops.pacing import Pace
from adnode.domain.credential_documents import read_credential
from adnode.domain.errors import ConfigurationError
from adnode.domain.organization import Credential, Organization, OrganizationKind
from adnode.ports.gateway import OrganizationGateways, WorkItemGateway
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Vault

_CACHE_VARIABLE = "AZURE_DEVOPS_CACHE_DIR"
_CACHE_MODULE = "azure.devops._file_cache"
_PRIVATE = stat.S_IRWXU


@dataclass(frozen=True, slots=True)
class _Kept:
    """A gateway, and what it was made of: another URL or credential needs another one."""

    gateway: WorkItemGateway
    url: str
    sealed_credential: bytes


class AzureDevOpsGateways:
    """OrganizationGateways over HTTP. Safe to use from several threads.

    A credential that another process replaced is noticed at the next ``get``. All calls of one identity in one
    organization share one budget, whatever gateway makes them.
    """

    def __init__(
        self, new_unit_of_work: UnitOfWorkFactory, vault: Vault, *, cache_directory: Path, call_seconds: float
    ) -> None:
        """``call_seconds``: when a call without an answer is given up."""
        self._new_unit_of_work = new_unit_of_work
        self._vault = vault
        self._cache_directory = cache_directory
        self._call_seconds = call_seconds
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._paces: dict[tuple[str, str], Pace] = {}

    def get(self, organization_id: str) -> WorkItemGateway:
        """Return the gateway of an organization; raises NotFoundError, SecretUnreadableError."""
        with self._new_unit_of_work() as work:
            organization = work.organizations.get(organization_id)
            sealed = work.organizations.sealed_credential(organization_id)
        with self._lock:
            kept = self._kept.get(organization_id)
            if kept is None or (kept.url, kept.sealed_credential) != (organization.url, sealed):
                kept = _Kept(self._make(organization, sealed), organization.url, sealed)
                self._close(organization_id)
                self._kept[organization_id] = kept
        return kept.gateway

    @contextmanager
    def open(self, url: str, credential: Credential) -> Iterator[WorkItemGateway]:
        """Open a gateway for trying a credential."""
        gateway = self._connect(url, credential, Pace(), OrganizationKind.SERVICES)
        try:
            yield gateway
        finally:
            gateway.close()

    def forget(self, organization_id: str) -> None:
        """Close the organization's gateway."""
        with self._lock:
            self._close(organization_id)

    def close(self) -> None:
        """Close all gateways."""
        with self._lock:
            for organization_id in list(self._kept):
                self._close(organization_id)

    def _close(self, organization_id: str) -> None:
        kept = self._kept.pop(organization_id, None)
        if kept is not None:
            kept.gateway.close()

    def _make(self, organization: Organization, sealed: bytes) -> WorkItemGateway:
        credential = read_credential(self._vault.open(sealed, f"organization:{organization.id}"))
        pace = self._paces.setdefault((organization.id, organization.identity_id), Pace())
        return self._connect(organization.url, credential, pace, organization.kind)

    def _connect(self, url: str, credential: Credential, pace: Pace, kind: OrganizationKind) -> WorkItemGateway:
        prepare_client_cache(self._cache_directory)
        # The client is slow to import and reads its cache directory while it is imported.
        from adnode.adapters.azure_devops.gateway import AzureDevOpsGateway

        return AzureDevOpsGateway(url, make_sign_in(credential), pace, kind, self._call_seconds)


def prepare_client_cache(directory: Path) -> None:
    """Have the official client keep what it learns of resources in a directory that is ours alone.

    It is told so before it is imported; one that is imported already is pointed there. Raises ConfigurationError when
    the directory can't be made private: whoever writes there decides where our calls go.
    """
    try:
        directory.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        if os.name == "posix" and stat.S_IMODE(directory.stat().st_mode) != _PRIVATE:
            directory.chmod(_PRIVATE)
    except OSError as error:
        raise ConfigurationError(
            f"The directory {directory} can't be made for this node alone. Check ADNODE_DATA_DIR and who owns it."
        ) from error
    os.environ[_CACHE_VARIABLE] = str(directory)
    module = sys.modules.get(_CACHE_MODULE)
    for name, cache in (("options", "OPTIONS_CACHE"), ("resources", "RESOURCE_CACHE")):
        if module is not None:
            getattr(module, cache).file_name = str(directory / f"{name}.json")


_: Callable[..., OrganizationGateways] = AzureDevOpsGateways
"""The type checker proves here that it is what the services use."""
