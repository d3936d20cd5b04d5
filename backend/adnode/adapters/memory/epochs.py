"""The count of a database's states, kept by a test outside of the database."""

from adnode.domain.epoch import Epoch


class MemoryEpochWitness:
    """EpochWitness that lives as long as the object."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def recall(self, database_id: str) -> int:
        """Return the number that was kept last of that database, 0 when none was."""
        return self.numbers.get(database_id, 0)

    def keep(self, epoch: Epoch) -> None:
        """Keep the number of that database."""
        self.numbers[epoch.database_id] = epoch.number
