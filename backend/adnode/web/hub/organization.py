"""General Settings: the organization, its account and rights, its projects."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, RootModel, StringConstraints

from adnode.domain.organization import (
    Credential,
    CredentialKind,
    Organization,
    OrganizationKind,
    OrganizationReport,
    PersonalAccessToken,
    ServicePrincipal,
)
from adnode.domain.work_item import Project
from adnode.services.hub_organization import OrganizationView
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.operations import Answer, Call, Operation, declares, operations_of
from adnode.web.hub.paging import cut
from adnode.web.hub.schemas import Body, Moment, Page, PageQuery, Shape, Text

TAG = "Organization"


def _check_secret(text: str) -> str:
    if not text.isascii() or any(character.isspace() for character in text):
        raise ValueError("must be copied whole: it contains spaces or characters that no such secret has")
    return text


def _check_pem(text: str) -> str:
    if not text.isascii() or "-----BEGIN " not in text:
        raise ValueError("must be the text of a PEM file, with its BEGIN and END lines")
    return text


Secret = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(_check_secret)]
Pem = Annotated[str, StringConstraints(min_length=1, max_length=20_000), AfterValidator(_check_pem)]
Guid = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.-]{1,100}$")]


class TokenBody(Body):
    """A personal access token."""

    kind: Literal["personal_access_token"]
    token: Secret


class SecretBody(Body):
    """A service principal with a client secret."""

    kind: Literal["client_secret"]
    tenant_id: Guid
    client_id: Guid
    client_secret: Secret


class CertificateBody(Body):
    """A service principal with a certificate."""

    kind: Literal["client_certificate"]
    tenant_id: Guid
    client_id: Guid
    private_key_pem: Pem
    certificate_pem: Pem


class CredentialBody(RootModel[Annotated[TokenBody | SecretBody | CertificateBody, Field(discriminator="kind")]]):
    """How the node signs in. It goes in and never comes out."""

    def credential(self) -> Credential:
        """Return the credential."""
        match self.root:
            case TokenBody(token=token):
                return PersonalAccessToken(token)
            case SecretBody() as body:
                return ServicePrincipal(body.tenant_id, body.client_id, client_secret=body.client_secret)
            case CertificateBody() as body:
                return ServicePrincipal(
                    body.tenant_id,
                    body.client_id,
                    private_key_pem=body.private_key_pem,
                    certificate_pem=body.certificate_pem,
                )


class CredentialDocument(Shape):
    """The account that the node works with. ``expires_at`` is null when it is not known."""

    kind: CredentialKind
    identity: str
    identity_id: str
    added_at: Moment
    expires_at: Moment | None = None


class OrganizationDocument(Shape):
    """The organization or collection of the session."""

    id: str
    name: str
    url: str
    kind: OrganizationKind
    credential: CredentialDocument | None


class Right(Shape):
    """A right that the account needs; ``remedy`` says who can give it and how."""

    name: str
    is_granted: bool
    remedy: str


class Rights(Shape):
    """What an account can do, tried just now."""

    identity: str
    items: list[Right]


class ProjectDocument(Shape):
    """A project that the account sees."""

    id: str
    name: str


class ProjectQuery(PageQuery):
    """Which projects."""

    search: Text = ""


_GATEWAY = (422, 502, 503)


class OrganizationTab:
    """Operations of General Settings."""

    def __init__(self, services: HubServices) -> None:
        self._organization = services.organization

    @declares(Operation("GET", "/organization", "Show the organization", answer=OrganizationDocument))
    def get_organization(self, call: Call) -> Answer:
        """Answer with the organization."""
        return Answer(organization_document(self._organization.show(call.session)))

    @declares(
        Operation(
            "GET",
            "/organization/rights",
            "Try the account now",
            answer=Rights,
            rate="credential",
            problems=(404, 409, *_GATEWAY),
        )
    )
    def get_rights(self, call: Call) -> Answer:
        """Answer with the rights of the stored account."""
        return Answer(_rights(self._organization.check_rights(call.session)))

    @declares(
        Operation(
            "POST",
            "/organization/credential/test",
            "Try a credential without storing it",
            answer=Rights,
            body=CredentialBody,
            rate="credential",
            problems=(409, *_GATEWAY),
        )
    )
    def try_credential(self, call: Call) -> Answer:
        """Answer with the rights of a credential."""
        credential = call.body(CredentialBody).credential()
        return Answer(_rights(self._organization.try_credential(call.session, credential)))

    @declares(
        Operation(
            "PUT",
            "/organization/credential",
            "Work with another credential",
            answer=OrganizationDocument,
            body=CredentialBody,
            rate="credential",
            problems=(409, *_GATEWAY),
        )
    )
    def replace_credential(self, call: Call) -> Answer:
        """Store a credential that works."""
        credential = call.body(CredentialBody).credential()
        return Answer(organization_document(self._organization.replace_credential(call.session, credential)))

    @declares(
        Operation("DELETE", "/organization", "Disconnect the organization from this node", status=204, problems=(409,))
    )
    def disconnect_organization(self, call: Call) -> Answer:
        """Forget the organization."""
        self._organization.disconnect(call.session)
        return Answer()

    @declares(
        Operation(
            "GET",
            "/projects",
            "List projects",
            answer=Page[ProjectDocument],
            query=ProjectQuery,
            problems=(404, *_GATEWAY),
        )
    )
    def list_projects(self, call: Call) -> Answer:
        """Answer with a page of projects."""
        query = call.query(ProjectQuery)
        projects = self._organization.list_projects(call.session, query.search)
        page = cut(projects, _place, query.limit, query.after, is_descending=False)
        items = [ProjectDocument(id=project.id, name=project.name) for project in page.items]
        return Answer(Page[ProjectDocument](items=items, next=page.next, total=page.total))


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations of General Settings."""
    return operations_of(OrganizationTab(services), TAG)


def organization_document(view: OrganizationView) -> OrganizationDocument:
    """Return the organization as pages get it."""
    tenant = view.tenant
    return OrganizationDocument(
        id=tenant.id,
        name=tenant.name,
        url=tenant.url,
        kind=tenant.kind,
        credential=_credential(view.account) if view.account else None,
    )


def _credential(account: Organization) -> CredentialDocument:
    return CredentialDocument(
        kind=account.credential_kind,
        identity=account.identity,
        identity_id=account.identity_id,
        added_at=account.added_at,
    )


def _rights(report: OrganizationReport) -> Rights:
    items = [Right(name=right.name, is_granted=right.is_granted, remedy=right.remedy) for right in report.rights]
    return Rights(identity=report.identity, items=items)


def _place(project: Project) -> tuple[str, str]:
    return project.name.casefold(), project.id
