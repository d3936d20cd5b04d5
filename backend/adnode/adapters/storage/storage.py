"""One database, opened."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select
from sqlalchemy.orm import sessionmaker

from adnode.adapters.storage.durability import Durability
from adnode.adapters.storage.engine import make_engine
from adnode.adapters.storage.unit_of_work import SqlUnitOfWork
from adnode.adapters.storage.write_probe import WriteProbe
from adnode.domain.database_outage import DatabaseTrouble
from adnode.domain.license_plan import UNLIMITED, LicensePlan

UPGRADE_LOCK = 4_130_211_987
"""Any number that nothing else locks."""


class Storage:
    """The database of a node: units of work and its schema's version."""

    def __init__(self, url: str, plan: LicensePlan = UNLIMITED) -> None:
        self._plan = plan
        self._engine = make_engine(url)
        self._durability = Durability(self._engine)
        self._sessions = sessionmaker(self._engine, expire_on_commit=False, autoflush=False)
        self._probe = WriteProbe(self.unit_of_work)
        self._is_sqlite = self._engine.dialect.name == "sqlite"

    def unit_of_work(self) -> SqlUnitOfWork:
        """Return a new unit of work."""
        return SqlUnitOfWork(self._sessions, self._durability, self._plan)

    def upgrade(self) -> None:
        """Bring the schema to the version of this release."""
        config = _alembic_config()
        with self._engine.begin() as connection:
            if not self._is_sqlite:
                # Two processes may start at once; on SQLite the transaction itself excludes the other.
                connection.execute(select(func.pg_advisory_xact_lock(UPGRADE_LOCK)))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def is_current(self) -> bool:
        """Say whether the schema is the one of this release."""
        with self._engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        return current == ScriptDirectory.from_config(_alembic_config()).get_current_head()

    def trouble(self) -> DatabaseTrouble | None:
        """Return why the database can't be written, None when it can; true for some seconds."""
        return self._probe.trouble()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def open_storage(url: str, plan: LicensePlan = UNLIMITED) -> Storage:
    """Open the database of that URL (``sqlite:///file`` or ``postgresql+psycopg://…``); the plan limits new pairs."""
    return Storage(url, plan)


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
