"""Organizations (Services) and collections (Server) that this node serves, and the credentials it works with there."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class OrganizationKind(StrEnum):
    """The product behind the URL."""

    SERVICES = "services"
    SERVER = "server"


class CredentialKind(StrEnum):
    """How the node signs in at Azure DevOps."""

    PERSONAL_ACCESS_TOKEN = "personal_access_token"  # noqa: S105
    CLIENT_SECRET = "client_secret"  # noqa: S105
    CLIENT_CERTIFICATE = "client_certificate"


@dataclass(frozen=True, slots=True)
class PersonalAccessToken:
    """A personal access token."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ServicePrincipal:
    """A Microsoft Entra service principal: a client secret, or a certificate (PEM of private key and thumbprint,
    SHA-256 hex).

    ``authority`` is the token authority without the tenant, https://login.microsoftonline.com unless the operator
    says otherwise.
    """

    tenant_id: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    private_key_pem: str = field(default="", repr=False)
    certificate_pem: str = ""
    authority: str = "https://login.microsoftonline.com"


Credential = PersonalAccessToken | ServicePrincipal


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization that this node serves. ``id`` is its instanceId (connectionData), stable over renames.

    ``identity`` is the display name that the credential belongs to, ``identity_id`` its id.
    """

    id: str
    name: str
    url: str
    kind: OrganizationKind
    credential_kind: CredentialKind
    identity: str
    identity_id: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class RightCheck:
    """One right or scope that the node needs, and whether the credential has it. ``remedy`` says who can give it
    and how.
    """

    name: str
    is_granted: bool
    remedy: str


@dataclass(frozen=True, slots=True)
class OrganizationReport:
    """What trying a credential showed."""

    organization_id: str
    name: str
    kind: OrganizationKind
    identity: str
    identity_id: str
    rights: tuple[RightCheck, ...]

    @property
    def missing(self) -> tuple[RightCheck, ...]:
        """Return the rights that are not granted."""
        return tuple(right for right in self.rights if not right.is_granted)
