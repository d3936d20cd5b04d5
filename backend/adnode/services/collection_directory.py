"""Which organizations and collections may be asked about a person: their addresses are made here, never taken."""

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from adnode.domain.errors import CollectionRefusedError
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import Collection

# https://learn.microsoft.com/azure/devops/organizations/settings/naming-restrictions#organization-names
ORGANIZATION_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,48}[A-Za-z0-9])?", re.ASCII)


class CollectionDirectory:
    """Turns what a page says about its host into an address that the operator's settings allow.

    ``services_url`` is where Azure DevOps Services answer, ``server_urls`` are the operator's Server collections.
    """

    def __init__(self, services_url: str, server_urls: Sequence[str]) -> None:
        self._services_url = services_url.rstrip("/")
        self._server_urls = tuple(url.rstrip("/") for url in server_urls)

    def find(self, *, is_hosted: bool, host_name: str, collection_url: str) -> Collection:
        """Return the collection to ask; raises CollectionRefusedError. Nothing of the caller's text goes into the
        address but a checked name.
        """
        return self._organization(host_name) if is_hosted else self._collection(collection_url)

    def _organization(self, name: str) -> Collection:
        if not ORGANIZATION_NAME.fullmatch(name):
            raise CollectionRefusedError("The page names an organization that can't exist. Reload it in Azure DevOps.")
        return Collection(f"{self._services_url}/{name}", name, OrganizationKind.SERVICES)

    def _collection(self, url: str) -> Collection:
        wanted = url.rstrip("/")
        for known in self._server_urls:
            if wanted == known:
                return Collection(known, _last_part(known), OrganizationKind.SERVER)
        raise CollectionRefusedError(
            "This node's operator has not listed this Azure DevOps Server collection. Ask the operator to add its "
            "address to ADNODE_SERVER_URLS."
        )


def _last_part(url: str) -> str:
    parts = urlsplit(url)
    return unquote(parts.path.rpartition("/")[2]) or parts.netloc
