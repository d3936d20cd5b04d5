"""The organization of a session: its account here, the rights of that account, its projects, and leaving."""

from dataclasses import dataclass

from adnode.domain.audit import AuditAction
from adnode.domain.credential_documents import kind_of
from adnode.domain.errors import ForeignOrganizationError, NotFoundError
from adnode.domain.organization import Credential, Organization, OrganizationReport
from adnode.domain.session import Session, Tenant
from adnode.domain.work_item import Project
from adnode.ports.gateway import OrganizationGateways
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.services.audit import AuditService
from adnode.services.organizations import OrganizationService
from adnode.services.subscribers import forget_notifications


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """The session's organization; ``account`` is None until somebody gave the node a credential."""

    tenant: Tenant
    account: Organization | None


class HubOrganizationService:
    """Use cases of General Settings."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        organizations: OrganizationService,
        gateways: OrganizationGateways,
        audit: AuditService,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._organizations = organizations
        self._gateways = gateways
        self._audit = audit

    def show(self, session: Session) -> OrganizationView:
        """Return the organization as it is here."""
        with self._new_unit_of_work() as work:
            try:
                return OrganizationView(session.tenant, work.organizations.get(session.tenant.id))
            except NotFoundError:
                return OrganizationView(session.tenant, None)

    def check_rights(self, session: Session) -> OrganizationReport:
        """Try the stored credential now; raises NotFoundError without one, and what the gateway raises."""
        self._require_account(session)
        return self._organizations.check(session.tenant.id)

    def try_credential(self, session: Session, credential: Credential) -> OrganizationReport:
        """Return what a credential can do in the session's organization; nothing is stored."""
        with self._gateways.open(session.tenant.url, credential) as gateway:
            report = gateway.check()
        if report.organization_id.lower() != session.tenant.id:
            raise ForeignOrganizationError(
                f"This credential leads to {report.name}, not to {session.tenant.name}. Nothing was stored."
            )
        return report

    def replace_credential(self, session: Session, credential: Credential) -> OrganizationView:
        """Work with this credential from now on; raises as OrganizationService.add does."""
        self.try_credential(session, credential)

        def note(work: UnitOfWork, organization: Organization) -> None:
            details = {"kind": kind_of(credential).value, "identity": organization.identity}
            self._audit.note(work, session, AuditAction.CREDENTIAL_SAVED, details=details)

        self._organizations.add(session.tenant.url, credential, note)
        return self.show(session)

    def disconnect(self, session: Session) -> None:
        """Forget the organization and its credential; raises StateError while it has connections."""
        if self.show(session).account is not None:
            self._organizations.remove(session.tenant.id, lambda work, _organization: self._forget(work, session))
            return
        with self._new_unit_of_work() as work:
            # Somebody may be told of an organization that never had an account here.
            forget_notifications(work, session.tenant.id)
            self._forget(work, session)
            work.commit()

    def _forget(self, work: UnitOfWork, session: Session) -> None:
        work.tenants.remove(session.tenant.id)
        self._audit.note(work, session, AuditAction.ORGANIZATION_DISCONNECTED)

    def list_projects(self, session: Session, search: str = "") -> list[Project]:
        """Return the projects that the account sees, by name; raises NotFoundError without an account."""
        self._require_account(session)
        projects = self._gateways.get(session.tenant.id).list_projects()
        wanted = search.strip().casefold()
        found = [project for project in projects if wanted in project.name.casefold()]
        return sorted(found, key=lambda project: (project.name.casefold(), project.id))

    def _require_account(self, session: Session) -> None:
        if self.show(session).account is None:
            raise NotFoundError(
                f"This node has no account in {session.tenant.name} yet. Set one up under General Settings.",
                reason="credential_missing",
            )
