"""Organizations in the database."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import OrganizationRow
from adnode.domain.errors import NotFoundError
from adnode.domain.organization import CredentialKind, Organization, OrganizationKind


class SqlOrganizations:
    """OrganizationRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, organization: Organization, sealed_credential: bytes) -> None:
        self._session.add(_to_row(organization, sealed_credential))
        self._session.flush()

    def get(self, organization_id: str) -> Organization:
        return _from_row(self._row(organization_id))

    def list_all(self) -> list[Organization]:
        rows = self._session.scalars(select(OrganizationRow).order_by(OrganizationRow.name))
        return [_from_row(row) for row in rows]

    def sealed_credential(self, organization_id: str) -> bytes:
        return self._row(organization_id).sealed_credential

    def replace_credential(self, organization: Organization, sealed_credential: bytes) -> None:
        self._row(organization.id)
        self._session.merge(_to_row(organization, sealed_credential))
        self._session.flush()

    def remove(self, organization_id: str) -> None:
        self._session.execute(delete(OrganizationRow).where(OrganizationRow.id == organization_id))

    def _row(self, organization_id: str) -> OrganizationRow:
        row = self._session.get(OrganizationRow, organization_id)
        if row is None:
            raise NotFoundError(
                f"This node serves no organization {organization_id}. List them to see which it serves."
            )
        return row


def _to_row(organization: Organization, sealed_credential: bytes) -> OrganizationRow:
    return OrganizationRow(
        id=organization.id,
        name=organization.name,
        url=organization.url,
        kind=organization.kind.value,
        credential_kind=organization.credential_kind.value,
        identity=organization.identity,
        identity_id=organization.identity_id,
        added_at=organization.added_at,
        sealed_credential=sealed_credential,
    )


def _from_row(row: OrganizationRow) -> Organization:
    return Organization(
        id=row.id,
        name=row.name,
        url=row.url,
        kind=OrganizationKind(row.kind),
        credential_kind=CredentialKind(row.credential_kind),
        identity=row.identity,
        identity_id=row.identity_id,
        added_at=row.added_at,
    )
