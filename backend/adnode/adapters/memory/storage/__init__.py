"""The database in memory: every repository and the unit of work, for tests. Forgets everything with the process."""

from adnode.adapters.memory.storage.storage import MemoryStorage, MemoryUnitOfWork

__all__ = ["MemoryStorage", "MemoryUnitOfWork"]
