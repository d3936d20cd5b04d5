"""The count of the database's states in memory."""

from adnode.adapters.memory.storage.tables import Tables
from adnode.domain.epoch import Epoch

DATABASE_ID = "memory"


class MemoryEpochs:
    """EpochRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._numbers = tables.epochs

    def current(self) -> Epoch:
        return Epoch(DATABASE_ID, self._numbers.get(DATABASE_ID, 0))

    def step(self) -> None:
        self.leap(self.current().number + 1)

    def leap(self, number: int) -> None:
        self._numbers[DATABASE_ID] = max(number, self.current().number)
