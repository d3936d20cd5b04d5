"""A time in which the node could not write its database."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from adnode.domain.errors import AdnodeError


class DatabaseTrouble(StrEnum):
    """Why the database took nothing."""

    FULL = "full"
    READ_ONLY = "read_only"
    BROKEN = "broken"
    UNREACHABLE = "unreachable"


_WORDS = {
    DatabaseTrouble.FULL: "there was no room left",
    DatabaseTrouble.READ_ONLY: "it could only be read",
    DatabaseTrouble.BROKEN: "the disk or file did not do what was asked",
    DatabaseTrouble.UNREACHABLE: "it did not answer",
}


class DatabaseUnwritableError(AdnodeError):
    """The node could not write its database for a while, and can again."""

    code = "database_unwritable"


@dataclass(frozen=True, slots=True)
class DatabaseOutage:
    """Since when the database takes nothing, as far as this process knows, and why."""

    since: datetime
    trouble: DatabaseTrouble

    def describe(self, until: datetime) -> DatabaseUnwritableError:
        """Return what people are told once it is over."""
        return DatabaseUnwritableError(
            f"This node could not write its database from {self.since:%Y-%m-%d %H:%M:%S} to {until:%H:%M:%S} UTC: "
            f"{_WORDS[self.trouble]}. Nothing was synchronized meanwhile; it goes on by itself now. Look after the "
            "room and health of the disk or database server before it happens again, then resolve this."
        )
