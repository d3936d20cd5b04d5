"""URLs of one organization or collection: recognizing its files and building links."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlsplit

CLOUD_HOST = "dev.azure.com"
LEGACY_SUFFIX = ".visualstudio.com"
_ATTACHMENT_PATH = re.compile(
    r"(?:/[^/]+)?/_apis/wit/attachments/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/?",
    re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443}
_HOSTILE = re.compile(r"[\x00-\x1f\\]|%(?:5c|00)|/\.{1,2}(?:/|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OrganizationAddress:
    """Where one organization lives. ``url`` is its root as registered, without a slash at the end.

    Services answer under two hosts (dev.azure.com/{name} and {name}.visualstudio.com, there also below
    /DefaultCollection), a Server collection with and without the virtual directory /tfs. See
    https://learn.microsoft.com/azure/devops/extend/develop/work-with-urls.
    """

    url: str

    @property
    def name(self) -> str:
        """Return the name of the organization or collection."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if host.endswith(LEGACY_SUFFIX):
            return host.removesuffix(LEGACY_SUFFIX)
        return unquote(parts.path.rstrip("/").rpartition("/")[2]) or host

    @property
    def is_cloud(self) -> bool:
        """Say whether it lives on one of the two hosts of Azure DevOps Services."""
        host = urlsplit(self.url).hostname or ""
        return host == CLOUD_HOST or host.endswith(LEGACY_SUFFIX)

    def work_item_url(self, work_item_id: int) -> str:
        """Return the address of a work item's page for people."""
        return f"{self.url}/_workitems/edit/{work_item_id}"

    def file_url(self, attachment_id: str, name: str) -> str:
        """Return the URL under which texts of this organization show an attachment."""
        return f"{self.url}/_apis/wit/attachments/{attachment_id}?fileName={quote(name, safe='')}"

    def contains(self, url: str) -> bool:
        """Say whether the URL lies within this very organization, so that the credential may be sent there."""
        return self._path_within(url) is not None

    def file_id(self, url: str) -> str | None:
        """Return the attachment id when the URL is an attachment of this very organization, else None."""
        path = self._path_within(url)
        found = _ATTACHMENT_PATH.fullmatch(path) if path else None
        return found.group(1).lower() if found else None

    def _path_within(self, url: str) -> str | None:
        """Return the decoded path below the organization's root, None for a URL of anywhere else."""
        try:
            parts = urlsplit(url)
            origin = _origin(parts)
        except ValueError:
            return None
        path = unquote(parts.path)
        if parts.username is not None or not origin[1] or _HOSTILE.search(parts.path) or _HOSTILE.search(path):
            return None
        for root in map(urlsplit, self._roots()):
            within = unquote(root.path)
            if origin == _origin(root) and f"{path}/".casefold().startswith(f"{within}/".casefold()):
                return path[len(within) :]
        return None

    def _roots(self) -> tuple[str, ...]:
        if self.is_cloud:
            legacy = f"https://{self.name}{LEGACY_SUFFIX}"
            return (f"https://{CLOUD_HOST}/{self.name}", f"{legacy}/DefaultCollection", legacy)
        parts = urlsplit(self.url)
        folder, _, collection = parts.path.rpartition("/")
        base = f"{parts.scheme}://{parts.netloc}{folder}"
        other = base.removesuffix("/tfs") if folder.endswith("/tfs") else f"{base}/tfs"
        return (self.url, f"{other}/{collection}")


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
