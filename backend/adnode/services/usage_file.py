"""Usage as a CSV file."""

import csv
import io
from collections.abc import Iterable, Iterator

from adnode.domain.usage import Usage

HEADER = ("month", "connection", "destination", "connection_id", "new_pairs")
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")


def usage_file(usages: Iterable[Usage]) -> Iterator[str]:
    """Yield the lines of the file; a name that a spreadsheet would take for a formula is marked as text."""
    yield _line(HEADER)
    for usage in usages:
        yield _line(
            (usage.month, _plain(usage.connection_name), _plain(usage.destination), usage.connection_id, usage.pairs)
        )


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_BEGINS) else text


def _line(values: Iterable[str | int]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(values)
    return text.getvalue()
