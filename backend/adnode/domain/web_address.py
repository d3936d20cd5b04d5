"""Web addresses that a peer sends: recognized by an allow-list, never repaired."""

import re
from urllib.parse import SplitResult, unquote, urlsplit

from adnode.domain.errors import AddressRefusedError
from adnode.domain.limits import URL, check_length

CLOUD_HOST = "dev.azure.com"
LEGACY_SUFFIX = ".visualstudio.com"
_UNUSUAL = re.compile(r"[\s\"'<>\\^`{|}]")
"""What no address of a work item has: blanks, quotes, brackets, backslashes."""
_DOTS = re.compile(r"(?:^|/)\.{1,2}(?:/|$)|[\\\x00-\x1f]|%")
"""In a decoded path: steps up, and whatever is encoded twice."""
_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})")


def check_address(url: str, place: str) -> str:
    """Return an http or https address of a host, without user, without steps up and in visible characters."""
    check_length(url, URL, place)
    _parse(url, place)
    return url


def check_organization_url(url: str, place: str = "organization_url") -> str:
    """Return the address of an organization: of the known shapes on Azure DevOps Services, of any host on Server."""
    check_length(url, URL, place)
    parts = _parse(url, place)
    if "?" in url or "#" in url:
        raise _refused(url, place, "it must have no query and no fragment")
    host, path = _host(parts), parts.path.strip("/")
    if host == CLOUD_HOST and not (parts.scheme == "https" and _NAME.fullmatch(path) and parts.port in (None, 443)):
        raise _refused(url, place, f"it must look like https://{CLOUD_HOST}/contoso")
    is_legacy = host == LEGACY_SUFFIX[1:] or host.endswith(LEGACY_SUFFIX)
    if is_legacy and not (_is_legacy(parts) and path in ("", "DefaultCollection")):
        raise _refused(url, place, f"it must look like https://contoso{LEGACY_SUFFIX}")
    return url


def is_below(url: str, root: str) -> bool:
    """Say whether an address lies below that of an organization. Services answer under two hosts, and both count."""
    try:
        parts = _parse(url, "url")
        roots = [_parse(one, "url") for one in _roots(root)]
    except AddressRefusedError:
        return False
    path = f"{unquote(parts.path)}/".casefold()
    return any(
        _origin(parts) == _origin(one) and path.startswith(f"{unquote(one.path).rstrip('/')}/".casefold())
        for one in roots
    )


def _roots(root: str) -> tuple[str, ...]:
    if not root:
        return ()
    parts = _parse(root, "url")
    host = _host(parts)
    if host == CLOUD_HOST:
        name = parts.path.strip("/")
    elif host.endswith(LEGACY_SUFFIX):
        name = host.removesuffix(LEGACY_SUFFIX)
    else:
        return (root,)
    return (f"https://{CLOUD_HOST}/{name}", f"https://{name}{LEGACY_SUFFIX}")


def _is_legacy(parts: SplitResult) -> bool:
    name = _host(parts).removesuffix(LEGACY_SUFFIX)
    return parts.scheme == "https" and _NAME.fullmatch(name) is not None and parts.port in (None, 443)


def _parse(url: str, place: str) -> SplitResult:
    if not url.isprintable() or _UNUSUAL.search(url):
        raise _refused(url, place, "it contains characters that no address of Azure DevOps has")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused(url, place, "it is no web address") from None
    if parts.scheme not in _PORTS or not (parts.hostname or "").rstrip("."):
        raise _refused(url, place, "it must begin with https:// or http:// and name a host")
    if "@" in parts.netloc or port == 0:
        raise _refused(url, place, "it must name no user and no port 0")
    if _DOTS.search(unquote(parts.path)):
        raise _refused(url, place, "its path must lead straight down")
    return parts


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, _host(parts), parts.port or _PORTS[parts.scheme]


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").lower().rstrip(".")


def _refused(url: str, place: str, reason: str) -> AddressRefusedError:
    # What stands before an @ may be a secret; what a stranger wrote is shown short and visible.
    shown = "".join(character for character in url.rpartition("@")[2][:100] if character.isprintable())
    return AddressRefusedError(f"The address {shown} was not taken ({place}): {reason}.", place=place)
