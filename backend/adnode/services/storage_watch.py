"""Noticing that the database can't be written, and telling it once it can again."""

from collections.abc import Callable
from threading import Event

import structlog

from adnode.domain.database_outage import DatabaseOutage, DatabaseTrouble
from adnode.domain.error_record import Impact
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Clock, Ids
from adnode.services.failures import make_organization_record

log = structlog.get_logger(__name__)

WATCHED_SECONDS = 10.0


class StorageWatch:
    """Asks every so often whether the database takes what is written. ``trouble`` says why not, None when it does.

    Nothing can be stored while it does not, so what happened is remembered in this process and stored afterwards.
    """

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        trouble: Callable[[], DatabaseTrouble | None],
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._trouble = trouble
        self._clock = clock
        self._ids = ids
        self._outage: DatabaseOutage | None = None

    def watch(self, stopping: Event | None = None) -> bool:
        """Ask once; there is never more to do at once. Raises StorageUnavailableError when it is over only for a
        moment: what happened is told the next time then.
        """
        if stopping is not None and stopping.is_set():
            return False
        trouble = self._trouble()
        if trouble is not None:
            self._begin(trouble)
        elif self._outage is not None:
            self._tell(self._outage)
            self._outage = None
        return False

    def _begin(self, trouble: DatabaseTrouble) -> None:
        if self._outage is None:
            self._outage = DatabaseOutage(self._clock.now(), trouble)
            log.error("database_unwritable", trouble=trouble.value)

    def _tell(self, outage: DatabaseOutage) -> None:
        now = self._clock.now()
        error = outage.describe(now)
        with self._new_unit_of_work() as work:
            for organization in work.organizations.list_all():
                work.error_records.open(
                    make_organization_record(error, organization.id, Impact.WARNING, self._ids, now, subject="")
                )
            work.commit()
        log.warning("database_writable_again", since=outage.since.isoformat(), trouble=outage.trouble.value)
