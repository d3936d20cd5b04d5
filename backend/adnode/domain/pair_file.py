"""Files of pairs: which work item here belongs to which one on the other side. CSV, as people and clean-up write it."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from adnode.domain.errors import PairFileError

LOCAL_COLUMN = "local_work_item_id"
REMOTE_COLUMN = "remote_work_item_id"
CONNECTION_COLUMN = "connection"
ROW_LIMIT = 10_000
FILE_LIMIT_BYTES = 2 * 1024 * 1024
TEMPLATE = f"{LOCAL_COLUMN},{REMOTE_COLUMN}\r\n"
NUMBER_LIMIT = 2**31 - 1
"""Highest number of a work item."""
DELIMITERS = (",", ";", "\t")
_FORMULA_SIGNS = "=+-@"
_SHOWN = 40
"""Characters of a wrong cell that are repeated in its error."""


class Encoding(StrEnum):
    """How a file is written."""

    UTF_8 = "UTF-8"
    UTF_16 = "UTF-16"


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two work items, and the line where they stand. ``connection`` is a name, '' where the file has none."""

    line: int
    work_item_id: int
    remote_work_item_id: int
    connection: str = ""


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A line that can't be used, and why. The numbers are there as far as they could be read."""

    line: int
    reason: str
    work_item_id: int | None = None
    remote_work_item_id: int | None = None
    is_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class PairFile:
    """What a file says. Together ``rows`` and ``wrong`` are all of its lines but the header and empty ones."""

    encoding: Encoding
    delimiter: str
    rows: tuple[PairRow, ...]
    wrong: tuple[WrongRow, ...]

    @property
    def total(self) -> int:
        """Return how many lines there are."""
        return len(self.rows) + len(self.wrong)


def read_pairs(content: bytes) -> PairFile:
    """Return what a file says; raises PairFileError when it is none at all. A wrong line is no reason to refuse it."""
    encoding, text = _decode(content)
    delimiter, header, lines = _open(text)
    places = _find_columns(header)
    found = [_read_row(line, cells, places) for line, cells in lines]
    if not found:
        raise PairFileError("The file has a header, but no rows. Add one row for each pair of work items.")
    rows = [row for row in found if isinstance(row, PairRow)]
    wrong = [row for row in found if isinstance(row, WrongRow)]
    return PairFile(encoding, delimiter, tuple(rows), tuple(wrong))


def write_pairs(rows: Iterable[PairRow]) -> Iterator[str]:
    """Yield the text of a file with those pairs; what spreadsheets would take for a formula is made plain text."""
    yield f"{LOCAL_COLUMN},{REMOTE_COLUMN},{CONNECTION_COLUMN}\r\n"
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([row.work_item_id, row.remote_work_item_id, make_plain(row.connection)])
        yield line.getvalue()


def make_plain(text: str) -> str:
    """Return a text that no spreadsheet calculates, and that stays on its line."""
    one_line = " ".join(text.replace("\0", "").split())
    return f"'{one_line}" if one_line[:1] and one_line[0] in _FORMULA_SIGNS else one_line


def _decode(content: bytes) -> tuple[Encoding, str]:
    if not content.strip(b" \t\r\n\xef\xbb\xbf\xff\xfe\x00"):
        raise PairFileError(f"The file is empty. Its first line must be: {LOCAL_COLUMN},{REMOTE_COLUMN}")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return Encoding.UTF_16, content.decode("utf-16")
        except UnicodeDecodeError:
            raise PairFileError("The file begins as UTF-16 and is cut or broken. Save it again as CSV UTF-8.") from None
    if b"\0" in content:
        raise PairFileError(
            "The file is no text in UTF-8: a workbook perhaps, or UTF-16 without its mark. Save it as CSV UTF-8."
        )
    try:
        return Encoding.UTF_8, content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PairFileError(
            f"Line {line} is not UTF-8; the file seems to be in an older encoding, such as Windows-1252. Save it again "
            "as “CSV UTF-8”."
        ) from None


def _open(text: str) -> tuple[str, list[str], list[tuple[int, list[str]]]]:
    """Return the delimiter, the cells of the header, and the other lines that are not empty."""
    delimiters: Sequence[str] = DELIMITERS
    skipped = 0
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep="):
        # Spreadsheets put it there to tell each other the delimiter.
        text, skipped = rest, 1
        delimiters = [first.strip()[4:5] or "\t"]
    for delimiter in delimiters:
        if delimiter in DELIMITERS:
            lines = _split(text, delimiter, skipped)
            header = next(lines, (0, []))[1]
            if _has_columns(header):
                return delimiter, header, _limited(lines)
    raise PairFileError(
        f"The first line must name the columns {LOCAL_COLUMN} and {REMOTE_COLUMN}, separated by a comma, a semicolon "
        "or a tab. The template has it."
    )


def _split(text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + skipped + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise PairFileError(
                f"Line {line} can't be read as CSV ({error}): quotation marks must be closed, and stand only around a "
                "whole cell."
            ) from None
        if any(cells):
            yield line, cells


def _limited(lines: Iterator[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    found: list[tuple[int, list[str]]] = []
    for line in lines:
        if len(found) == ROW_LIMIT:
            raise PairFileError(f"The file has more than {ROW_LIMIT:,} rows. Cut it into smaller ones.")
        found.append(line)
    return found


def _name(cell: str) -> str:
    return cell.casefold().replace(" ", "_")


def _has_columns(header: Sequence[str]) -> bool:
    return {LOCAL_COLUMN, REMOTE_COLUMN} <= {_name(cell) for cell in header}


def _find_columns(header: Sequence[str]) -> dict[str, int]:
    names = [_name(cell) for cell in header]
    for name in (LOCAL_COLUMN, REMOTE_COLUMN, CONNECTION_COLUMN):
        if names.count(name) > 1:
            raise PairFileError(f"The first line names the column {name} twice. Leave one of them.")
    return {name: place for place, name in enumerate(names)}


def _read_row(line: int, cells: Sequence[str], places: dict[str, int]) -> PairRow | WrongRow:
    def cell(name: str) -> str:
        place = places.get(name, len(cells))
        return cells[place] if place < len(cells) else ""

    texts = {name: cell(name) for name in (LOCAL_COLUMN, REMOTE_COLUMN)}
    faults = [reason for name, text in texts.items() if (reason := _fault(name, text))]
    local_id, remote_id = (_number(text) for text in texts.values())
    if faults or local_id is None or remote_id is None:
        return WrongRow(line, " ".join(faults), local_id, remote_id)
    return PairRow(line, local_id, remote_id, cell(CONNECTION_COLUMN))


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(NUMBER_LIMIT))
    return int(text) if is_number and 1 <= int(text) <= NUMBER_LIMIT else None


def _fault(name: str, text: str) -> str:
    if _number(text) is not None:
        return ""
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    if not text:
        return f"{name} is empty."
    if text[0] in _FORMULA_SIGNS:
        return f"{name} “{shown}” is a formula or has a sign, and nothing is calculated here. Write the number itself."
    if text.isascii() and text.isdecimal():
        return f"{name} {shown} is no number that a work item can have (1 to {NUMBER_LIMIT})."
    return f"{name} “{shown}” is no number of a work item."


def part_doubles(rows: Sequence[PairRow]) -> tuple[tuple[PairRow, ...], list[WrongRow]]:
    """Part the rows of one connection from those that name a work item which another row names too.

    Of a pair that is only repeated the first one stays. Where the partners differ, nobody knows which row is meant, and
    none of them stays.
    """
    first: dict[tuple[int, int], PairRow] = {}
    doubled: list[WrongRow] = []
    for row in rows:
        known = first.setdefault((row.work_item_id, row.remote_work_item_id), row)
        if known is not row:
            doubled.append(_double(row, f"The same pair stands in line {known.line}."))
    for_local = _by_number(first.values(), lambda row: row.work_item_id)
    for_remote = _by_number(first.values(), lambda row: row.remote_work_item_id)
    good: list[PairRow] = []
    for row in first.values():
        others = {*for_local[row.work_item_id], *for_remote[row.remote_work_item_id]} - {row.line}
        if others:
            lines = ", ".join(str(line) for line in sorted(others)[:3])
            reason = f"One of its work items also stands in line {lines}, with another partner. Leave one row of them."
            doubled.append(_double(row, reason))
        else:
            good.append(row)
    return tuple(good), doubled


def _by_number(rows: Iterable[PairRow], number: Callable[[PairRow], int]) -> dict[int, list[int]]:
    lines: dict[int, list[int]] = {}
    for row in rows:
        lines.setdefault(number(row), []).append(row.line)
    return lines


def _double(row: PairRow, reason: str) -> WrongRow:
    return WrongRow(row.line, reason, row.work_item_id, row.remote_work_item_id, is_duplicate=True)
