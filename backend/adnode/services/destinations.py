"""Looking at the address that a person typed as the other side of a connection."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from adnode.domain.errors import OwnOrganizationError, PeerUnreachableError, ValidationError
from adnode.domain.session import Session
from adnode.ports.peer import PeerTransport

PROTOCOL_VERSION = 1
TRACKER_HOST, TRACKER_SUFFIX = "dev.azure.com", ".visualstudio.com"


@dataclass(frozen=True, slots=True)
class Destination:
    """A node that answered, and the modes it offers."""

    node_url: str
    modes: tuple[str, ...]


class DestinationService:
    """Finds out whether an address is that of a node."""

    def __init__(self, transport: PeerTransport, node_url: str, server_urls: tuple[str, ...] = ()) -> None:
        self._transport = transport
        self._node_url = node_url.rstrip("/")
        self._server_urls = server_urls

    def check(self, session: Session, url: str) -> Destination:
        """Return the node at the address; raises OwnOrganizationError, ValidationError, UrlRefusedError,
        PeerUnreachableError.
        """
        url = url.strip().rstrip("/")
        if self._is_own(session, url):
            raise OwnOrganizationError(
                "This is the address of this very organization or node. A connection joins two different ones."
            )
        if self._is_tracker(url):
            raise ValidationError(
                "This is the address of an Azure DevOps organization. Its node has another one: ask its administrator "
                "for the Exalate URL under General Settings, or choose “I don't have a URL”."
            )
        information = self._transport.fetch_information(url)
        if not information.minimum_version <= PROTOCOL_VERSION <= information.maximum_version:
            raise ValidationError(
                f"The node there speaks versions {information.minimum_version} to {information.maximum_version} of the "
                f"peer protocol, this one {PROTOCOL_VERSION}. Bring both to the same release."
            )
        if not information.modes:
            raise PeerUnreachableError("The node there offers no mode of connection. Ask its administrator.")
        return Destination(url, information.modes)

    def _is_own(self, session: Session, url: str) -> bool:
        own = {self._node_url.casefold(), session.tenant.url.casefold()} - {""}
        return any(url.casefold() == address or url.casefold().startswith(f"{address}/") for address in own)

    def _is_tracker(self, url: str) -> bool:
        try:
            host = (urlsplit(url).hostname or "").lower()
        except ValueError:
            return False
        is_services = host == TRACKER_HOST or host.endswith(TRACKER_SUFFIX)
        return is_services or any(url.casefold().startswith(server.casefold()) for server in self._server_urls)
