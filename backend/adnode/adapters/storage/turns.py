"""Who may change a connection now: units of work that name the same connection take turns."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import ConnectionRow


class Turns:
    """The connections that one unit of work has to itself, until it ends.

    On PostgreSQL the row of the connection is locked before anything that belongs to it is changed. Whoever changes
    twins, messages or records of a connection thereby waits in one queue, always at the same first lock, so that no two
    wait for each other; and what was read after it stays true. On SQLite the whole database is the unit's own.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._is_needed = session.get_bind().dialect.name == "postgresql"
        self._taken: set[str] = set()

    def take(self, *connection_ids: str) -> None:
        """Wait until the connections are free, in the order of their ids. Unknown ones are passed over."""
        wanted = sorted(set(connection_ids) - self._taken - {""})
        if not wanted or not self._is_needed:
            return
        query = select(ConnectionRow.id).where(ConnectionRow.id.in_(wanted)).order_by(ConnectionRow.id)
        self._session.execute(query.with_for_update()).all()
        self._taken.update(wanted)

    def take_of(self, connection_ids: Select[str]) -> None:
        """Wait for the connections that the query names."""
        if self._is_needed:
            self.take(*self._session.scalars(connection_ids))

    def take_claims(self, connection_id: str) -> None:
        """Wait until nobody else claims twins of the connection's organization: two twins of one work item must not be
        leased at once. To be called with the connection taken.
        """
        if not self._is_needed:
            return
        organization_id = (
            select(ConnectionRow.organization_id).where(ConnectionRow.id == connection_id).scalar_subquery()
        )
        self._session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(organization_id, 0)))).all()

    def take_pairs(self, organization_id: str) -> None:
        """Wait until nobody else makes pairs of the organization, whose number a plan limits. To be called with all
        connections taken that the unit needs.
        """
        if self._is_needed:
            key = func.hashtextextended(f"pairs of {organization_id}", 0)
            self._session.execute(select(func.pg_advisory_xact_lock(key))).all()

    def end(self) -> None:
        """The transaction is over: nothing is held any more."""
        self._taken.clear()
