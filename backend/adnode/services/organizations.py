"""Organizations that this node serves: adding, trying and removing them, and replacing their credentials."""

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import SplitResult, urlsplit

from adnode.domain.connection import ConnectionStatus
from adnode.domain.credential_documents import kind_of, write_credential
from adnode.domain.errors import (
    ForeignOrganizationError,
    MissingRightError,
    StateError,
    UrlRefusedError,
    ValidationError,
)
from adnode.domain.organization import Credential, Organization, OrganizationReport, PersonalAccessToken
from adnode.ports.gateway import OrganizationGateways
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Vault
from adnode.services.subscribers import forget_notifications

_CLOUD_HOST = "dev.azure.com"
_LEGACY_SUFFIX = ".visualstudio.com"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?", re.IGNORECASE)
_UNUSUAL = re.compile(r"[\x00-\x20\\<>\"{}|^`]")


OrganizationNote = Callable[[UnitOfWork, Organization], None]
"""Writes what is stored together with a change of an organization."""


def _unnoted(_work: UnitOfWork, _organization: Organization) -> None:
    return


class OrganizationService:
    """Use cases on organizations.

    ``server_urls`` are the collections of Azure DevOps Server that the operator lets this node call, exactly as typed.
    """

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        gateways: OrganizationGateways,
        vault: Vault,
        clock: Clock,
        *,
        server_urls: Sequence[str] = (),
        allow_loopback_http: bool = False,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._vault = vault
        self._clock = clock
        self._server_urls = tuple(url.rstrip("/") for url in server_urls)
        self._allow_loopback_http = allow_loopback_http

    def add(self, url: str, credential: Credential, note: OrganizationNote = _unnoted) -> Organization:
        """Serve an organization from now on; adding it again replaces its credential.

        Raises UrlRefusedError, AuthenticationFailedError, MissingRightError naming every missing right, and
        ForeignOrganizationError when another organization answers than the one that is registered with this URL.
        """
        url = self._check_url(url)
        report = self._try(url, credential)
        with self._new_unit_of_work() as work:
            known = work.organizations.list_all()
            for organization in known:
                if organization.url.casefold() == url.casefold() and organization.id != report.organization_id:
                    raise _foreign(organization, report)
            added_at = next((one.added_at for one in known if one.id == report.organization_id), self._clock.now())
            organization = Organization(
                id=report.organization_id,
                name=report.name,
                url=url,
                kind=report.kind,
                credential_kind=kind_of(credential),
                identity=report.identity,
                identity_id=report.identity_id,
                added_at=added_at,
            )
            note(work, organization)
            self._store(work, organization, credential, is_known=any(one.id == organization.id for one in known))
        return organization

    def check(self, organization_id: str) -> OrganizationReport:
        """Try the stored credential; raises NotFoundError, ForeignOrganizationError and what the gateway raises."""
        with self._new_unit_of_work() as work:
            organization = work.organizations.get(organization_id)
        report = self._gateways.get(organization_id).check()
        if report.organization_id != organization_id:
            raise _foreign(organization, report)
        return report

    def replace_credential(self, organization_id: str, credential: Credential) -> Organization:
        """Sign in with another credential from now on; raises as ``add`` does."""
        with self._new_unit_of_work() as work:
            organization = work.organizations.get(organization_id)
        report = self._try(organization.url, credential)
        if report.organization_id != organization_id:
            raise _foreign(organization, report)
        changed = replace(
            organization,
            credential_kind=kind_of(credential),
            identity=report.identity,
            identity_id=report.identity_id,
        )
        with self._new_unit_of_work() as work:
            self._store(work, changed, credential, is_known=True)
        return changed

    def remove(self, organization_id: str, note: OrganizationNote = _unnoted) -> None:
        """Stop serving an organization; raises StateError while it has connections that are not removed."""
        with self._new_unit_of_work() as work:
            organization = work.organizations.get(organization_id)
            names = [
                connection.name
                for connection in work.connections.list_all()
                if connection.organization_id == organization_id and connection.status is not ConnectionStatus.REMOVED
            ]
            if names:
                raise StateError(
                    f"{organization.name} still has connections: {', '.join(sorted(names))}. Remove them first."
                )
            work.organizations.remove(organization_id)
            forget_notifications(work, organization_id)
            note(work, organization)
            work.commit()
        self._gateways.forget(organization_id)

    def _try(self, url: str, credential: Credential) -> OrganizationReport:
        _check_credential(credential)
        with self._gateways.open(url, credential) as gateway:
            report = gateway.check()
        if report.missing:
            lacking = " ".join(f"{right.name}: {right.remedy}" for right in report.missing)
            raise MissingRightError(
                f"The account {report.identity} lacks rights in {report.name}. {lacking} Nothing was stored.",
                right=", ".join(right.name for right in report.missing),
            )
        return report

    def _store(self, work: UnitOfWork, organization: Organization, credential: Credential, *, is_known: bool) -> None:
        sealed = self._vault.seal(write_credential(credential), f"organization:{organization.id}")
        if is_known:
            work.organizations.replace_credential(organization, sealed)
        else:
            work.organizations.add(organization, sealed)
        work.commit()
        self._gateways.forget(organization.id)

    def _check_url(self, url: str) -> str:
        """Return the URL as it is called; raises UrlRefusedError for any place that nobody allowed."""
        typed = url.strip().rstrip("/")
        parts = _split(typed)
        host = (parts.hostname or "").lower()
        if parts.scheme == "https" and (host == _CLOUD_HOST or host.endswith(_LEGACY_SUFFIX)):
            return _rebuild_cloud_url(typed, parts, host)
        if parts.scheme == "http":
            if self._allow_loopback_http and _is_loopback(host) and parts.path.strip("/"):
                return typed
            raise _refused(typed, "it must begin with https://")
        if parts.scheme != "https":
            raise _refused(typed, "it must begin with https://")
        if typed not in self._server_urls:
            raise _refused(typed, "it is not in ADNODE_SERVER_URLS, where the operator lists collections of a Server")
        return typed


def _split(url: str) -> SplitResult:
    if _UNUSUAL.search(url):
        raise _refused(url, "it contains characters that no URL has")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused(url, "it is no URL") from None
    if not parts.hostname or port == 0:
        raise _refused(url, "it names no host")
    if parts.username is not None or parts.password is not None:
        raise _refused(url, "it contains a user name or password")
    if parts.query or parts.fragment or any(part in (".", "..") for part in parts.path.split("/")):
        raise _refused(url, "it must end with the name of the organization or collection")
    return parts


def _rebuild_cloud_url(url: str, parts: SplitResult, host: str) -> str:
    name = parts.path.strip("/").partition("/")[0] if host == _CLOUD_HOST else host.removesuffix(_LEGACY_SUFFIX)
    if not _NAME.fullmatch(name) or parts.port not in (None, 443):
        raise _refused(url, f"it must look like https://{_CLOUD_HOST}/contoso or https://contoso{_LEGACY_SUFFIX}")
    return f"https://{_CLOUD_HOST}/{name}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_credential(credential: Credential) -> None:
    if isinstance(credential, PersonalAccessToken):
        if not credential.token or not credential.token.isascii() or re.search(r"\s", credential.token):
            raise ValidationError("That is no personal access token: it is empty or contains spaces. Copy it whole.")
        return
    if not (credential.tenant_id and credential.client_id):
        raise ValidationError("A service principal needs its tenant id and its application (client) id.")
    if not credential.client_secret and not (credential.private_key_pem and credential.certificate_pem):
        raise ValidationError("A service principal needs a client secret, or a certificate with its private key.")


def _foreign(organization: Organization, report: OrganizationReport) -> ForeignOrganizationError:
    return ForeignOrganizationError(
        f"{organization.url} was registered as organization {organization.id}, but {report.organization_id} answers "
        "there now. Nothing was changed. Check the URL; if the organization was made anew, remove the old one first.",
        organization_id=organization.id,
        answering_id=report.organization_id,
    )


def _refused(url: str, reason: str) -> UrlRefusedError:
    shown = url.rpartition("@")[2][:200]
    return UrlRefusedError(f"The address {shown} can't be used: {reason}.")
