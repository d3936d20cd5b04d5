"""A count of the states of a database, by which one that went back in time is told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Epoch:
    """A count that only rises, of the database with that id. A restored database has the id and the count that it had
    when the backup was made.
    """

    database_id: str
    number: int
