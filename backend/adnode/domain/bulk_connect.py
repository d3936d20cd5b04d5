"""Bulk connect: what is known of the rows of a file before any of them is connected."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from adnode.domain.pair_file import Encoding


class Verdict(StrEnum):
    """What stands against connecting a row.

    ALREADY_SYNCED: one of its work items is under sync over the connection already. OUT_OF_SCOPE: ours is in another
    project than the connection's, or the row is of another connection.
    """

    OK = "ok"
    MALFORMED = "malformed"
    DUPLICATE = "duplicate"
    NOT_FOUND = "not_found"
    ALREADY_SYNCED = "already_synced"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A line of the file with its verdict; ``reason`` is '' for a good one."""

    line: int
    work_item_id: int | None
    remote_work_item_id: int | None
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file whose every line has a verdict, in the order of the lines."""

    encoding: Encoding
    delimiter: str
    rows: tuple[CheckedRow, ...]

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """Return how many lines have which verdict."""
        return Counter(row.verdict for row in self.rows)

    @property
    def problems(self) -> tuple[CheckedRow, ...]:
        """Return the lines that can't be connected."""
        return tuple(row for row in self.rows if row.verdict is not Verdict.OK)
