"""Any bytes are read as a file of pairs, or refused as none; what is written is read back."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from adnode.domain.errors import PairFileError
from adnode.domain.pair_file import NUMBER_LIMIT, PairRow, part_doubles, read_pairs, write_pairs

HEADER = b"local_work_item_id,remote_work_item_id\n"
numbers = st.integers(1, NUMBER_LIMIT)
cells = st.text(st.characters(codec="utf-8") | st.sampled_from('",;\t\r\n=+-@0123456789'), max_size=12)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for each in (content, HEADER + content, b"\xff\xfe" + content):
        with suppress(PairFileError):
            read_pairs(each)


@given(st.lists(st.lists(cells, max_size=4).map(",".join), max_size=20))
def test_any_cells_are_rows_or_wrong_lines(lines: list[str]) -> None:
    with suppress(PairFileError):
        found = read_pairs(HEADER + "\n".join(lines).encode())
        for row in found.rows:
            assert 1 <= row.work_item_id <= NUMBER_LIMIT
            assert 1 <= row.remote_work_item_id <= NUMBER_LIMIT
        assert all(row.reason for row in found.wrong)
        numbered = [row.line for row in found.rows] + [row.line for row in found.wrong]
        assert len(numbered) == len(set(numbered)) == found.total


@given(st.lists(st.tuples(numbers, numbers, cells), min_size=1, max_size=30))
def test_what_is_written_is_read_back(pairs: list[tuple[int, int, str]]) -> None:
    rows = [PairRow(line, *pair) for line, pair in enumerate(pairs, start=2)]
    found = read_pairs("".join(write_pairs(rows)).encode())
    assert [(row.work_item_id, row.remote_work_item_id) for row in found.rows] == [pair[:2] for pair in pairs]
    assert not found.wrong


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=12))
def test_doubles_are_parted_so_that_every_work_item_is_named_once(pairs: list[tuple[int, int]]) -> None:
    rows = [PairRow(line, *pair) for line, pair in enumerate(pairs, start=2)]
    good, doubled = part_doubles(rows)
    assert len(good) + len(doubled) == len(rows)
    assert len({row.work_item_id for row in good}) == len({row.remote_work_item_id for row in good}) == len(good)
