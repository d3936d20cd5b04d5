"""The database: SQLAlchemy rows, repositories and the unit of work, on SQLite or PostgreSQL."""

from adnode.adapters.storage.storage import Storage, open_storage

__all__ = ["Storage", "open_storage"]
