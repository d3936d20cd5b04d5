"""Organizations in the database."""

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import OrganizationRow
from adnode.adapters.storage.statements import changed_rows, read_rows
from adnode.adapters.storage.upserts import insert_new
from adnode.domain.errors import NotFoundError, StateError
from adnode.domain.organization import CredentialKind, Organization, OrganizationKind


class SqlOrganizations:
    """OrganizationRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, organization: Organization, sealed_credential: bytes) -> None:
        if not insert_new(self._session, OrganizationRow, _values(organization, sealed_credential)):
            raise StateError(f"Organization {organization.name} is served by this node already.")

    def get(self, organization_id: str) -> Organization:
        return _from_row(self._row(organization_id))

    def list_all(self) -> list[Organization]:
        rows = read_rows(self._session, select(OrganizationRow))
        # Databases sort texts by rules of their own.
        return sorted((_from_row(row) for row in rows), key=lambda organization: (organization.name, organization.id))

    def sealed_credential(self, organization_id: str) -> bytes:
        return self._row(organization_id).sealed_credential

    def replace_credential(self, organization: Organization, sealed_credential: bytes) -> None:
        values = _values(organization, sealed_credential)
        statement = update(OrganizationRow).where(OrganizationRow.id == organization.id).values(values)
        if not changed_rows(self._session, statement):
            raise _not_found(organization.id)

    def remove(self, organization_id: str) -> None:
        changed_rows(self._session, delete(OrganizationRow).where(OrganizationRow.id == organization_id))

    def _row(self, organization_id: str) -> OrganizationRow:
        rows = read_rows(self._session, select(OrganizationRow).where(OrganizationRow.id == organization_id))
        if not rows:
            raise _not_found(organization_id)
        return rows[0]


def _not_found(organization_id: str) -> NotFoundError:
    return NotFoundError(f"This node serves no organization {organization_id}. List them to see which it serves.")


def _values(organization: Organization, sealed_credential: bytes) -> dict[str, Any]:
    return {
        "id": organization.id,
        "name": organization.name,
        "url": organization.url,
        "kind": organization.kind.value,
        "credential_kind": organization.credential_kind.value,
        "identity": organization.identity,
        "identity_id": organization.identity_id,
        "added_at": organization.added_at,
        "sealed_credential": sealed_credential,
    }


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
