"""Tenants in the database."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from adnode.adapters.storage.hub_rows import IdentityPairRow, TenantRow
from adnode.adapters.storage.upserts import insert_new, insert_or_update
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import Tenant


class SqlTenants:
    """TenantRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, tenant_id: str) -> Tenant | None:
        row = self._session.get(TenantRow, tenant_id, populate_existing=True)
        return _from_row(row) if row else None

    def find_by_url(self, url: str) -> list[Tenant]:
        rows = self._session.scalars(select(TenantRow).where(TenantRow.url_key == _key(url)).order_by(TenantRow.id))
        return [_from_row(row) for row in rows]

    def save(self, tenant: Tenant) -> None:
        values = {
            "id": tenant.id,
            "name": tenant.name,
            "url": tenant.url,
            "url_key": _key(tenant.url),
            "kind": tenant.kind.value,
            "first_seen_at": tenant.first_seen_at,
        }
        insert_or_update(self._session, TenantRow, values, keys=["id"], kept="first_seen_at")

    def remove(self, tenant_id: str) -> None:
        self._session.execute(delete(IdentityPairRow).where(IdentityPairRow.tenant_id == tenant_id))
        self._session.execute(delete(TenantRow).where(TenantRow.id == tenant_id))

    def remember_pair(self, tenant_id: str, app_user_id: str, user_id: str, now: datetime) -> bool:
        values = {"tenant_id": tenant_id, "app_user_id": app_user_id, "user_id": user_id, "first_seen_at": now}
        return insert_new(self._session, IdentityPairRow, values)


def _key(url: str) -> str:
    return url.casefold()[:500]


def _from_row(row: TenantRow) -> Tenant:
    return Tenant(row.id, row.name, row.url, OrganizationKind(row.kind), row.first_seen_at)
