"""Files of pairs: what is read, and which line is wrong for which reason."""

import pytest

from adnode.domain.errors import PairFileError
from adnode.domain.pair_file import (
    ROW_LIMIT,
    TEMPLATE,
    Encoding,
    PairRow,
    part_doubles,
    read_pairs,
    write_pairs,
)

HEADER = "local_work_item_id,remote_work_item_id\n"


def read_text(text: str) -> list[tuple[int, int, int]]:
    return [(row.line, row.work_item_id, row.remote_work_item_id) for row in read_pairs(text.encode()).rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_ends_of_lines_are_recognized(delimiter: str, end: str) -> None:
    lines = ["local_work_item_id,remote_work_item_id", "1,11", "2,22", ""]
    found = read_pairs(end.join(lines).replace(",", delimiter).encode())
    assert found.delimiter == delimiter
    assert [(row.line, row.work_item_id, row.remote_work_item_id) for row in found.rows] == [(2, 1, 11), (3, 2, 22)]


@pytest.mark.parametrize(
    "content",
    [
        (HEADER + "1,11\n").encode(),
        b"\xef\xbb\xbf" + (HEADER + "1,11\n").encode(),
        (HEADER + "1,11\n").encode("utf-16"),
        "\ufeff".encode("utf-16-be") + (HEADER + "1,11\n").encode("utf-16-be"),
    ],
)
def test_encodings_are_recognized_by_their_mark(content: bytes) -> None:
    found = read_pairs(content)
    assert [row.work_item_id for row in found.rows] == [1]
    assert found.encoding is (Encoding.UTF_16 if b"\0" in content else Encoding.UTF_8)


def test_columns_are_found_by_name_in_any_order_among_others() -> None:
    text = 'note;Remote Work Item ID;LOCAL_WORK_ITEM_ID;Connection\n"a;b";11;1;To Fabrikam\nx;22;2\n'
    assert read_pairs(text.encode()).rows == (PairRow(2, 1, 11, "To Fabrikam"), PairRow(3, 2, 22))


def test_a_line_that_names_the_separator_is_passed_over() -> None:
    assert read_text("sep=;\nlocal_work_item_id;remote_work_item_id\n1;11\n") == [(3, 1, 11)]


def test_empty_lines_and_quoted_cells_keep_the_numbers_of_lines() -> None:
    text = HEADER + '\n"1","11"\n,\n  \n"2"," 22 "\n'
    assert read_text(text) == [(3, 1, 11), (6, 2, 22)]
    with_break = 'local_work_item_id,note,remote_work_item_id\n1,"two\nlines",11\n2,,22\n'
    assert read_text(with_break) == [(2, 1, 11), (4, 2, 22)]


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ("=1+1,11", "formula"),
        ("1,=cmd|' /C calc'!A0", "formula"),
        ("+5,11", "formula"),
        ("@SUM(A1),11", "formula"),
        ("-3,11", "formula"),
        ("abc,11", "no number of a work item"),
        ("1.5,11", "no number of a work item"),
        ("１,11", "no number of a work item"),
        ("0,11", "1 to 2147483647"),
        ("2147483648,11", "1 to 2147483647"),
        ("9" * 4000 + ",11", "1 to 2147483647"),
        ("1", "remote_work_item_id is empty"),
        (",11", "local_work_item_id is empty"),
    ],
)
def test_a_wrong_line_is_named_and_stops_no_other(cells: str, word: str) -> None:
    found = read_pairs(f"{HEADER}7,77\n{cells}\n8,88\n".encode())
    assert [row.work_item_id for row in found.rows] == [7, 8]
    (wrong,) = found.wrong
    assert wrong.line == 3
    assert word in wrong.reason
    assert len(wrong.reason) < 300
    assert found.total == 3


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (HEADER.encode(), "no rows"),
        (TEMPLATE.encode(), "no rows"),
        (b"1,11\n2,22\n", "first line"),
        (b"local_work_item_id|remote_work_item_id\n1|11\n", "first line"),
        (b"local_work_item_id,local_work_item_id,remote_work_item_id\n1,1,11\n", "twice"),
        (HEADER.encode() + "1,11\nGrün,12\n".encode("cp1252"), "Line 3"),
        (HEADER.encode("utf-16-le"), "UTF-16"),
        (b"\xff\xfe" + HEADER.encode("utf-16-le") + b"\x00", "cut or broken"),
        (b"PK\x03\x04\x00\x00", "workbook"),
        (HEADER.encode() + b'1,"11\n2,22\n', "Line 2"),
        (HEADER.encode() + b'1,11\n"2"x,22\n', "Line 3"),
        (HEADER.encode() + b"1," + b"x" * 200_000 + b"\n", "Line 2"),
    ],
)
def test_what_is_no_file_of_pairs_is_refused_with_the_reason(content: bytes, word: str) -> None:
    with pytest.raises(PairFileError, match=word):
        read_pairs(content)


def test_ten_thousand_rows_are_taken_and_one_more_is_too_many() -> None:
    lines = [f"{number},{number + 50_000}" for number in range(1, ROW_LIMIT + 1)]
    assert read_pairs((HEADER + "\n".join(lines)).encode()).total == ROW_LIMIT
    with pytest.raises(PairFileError, match="10,000"):
        read_pairs((HEADER + "\n".join([*lines, "99999,1"])).encode())


def test_of_a_repeated_pair_the_first_stays() -> None:
    good, doubled = part_doubles([PairRow(2, 1, 11), PairRow(3, 2, 22), PairRow(4, 1, 11), PairRow(5, 1, 11)])
    assert [row.line for row in good] == [2, 3]
    assert [(row.line, row.is_duplicate, "line 2" in row.reason) for row in doubled] == [
        (4, True, True),
        (5, True, True),
    ]


def test_where_partners_differ_no_row_stays() -> None:
    good, doubled = part_doubles(
        [PairRow(2, 1, 11), PairRow(3, 1, 12), PairRow(4, 2, 22), PairRow(5, 3, 22), PairRow(6, 4, 44)]
    )
    assert [row.line for row in good] == [6]
    assert {row.line: row.reason.split("line ")[1][0] for row in doubled} == {2: "3", 3: "2", 4: "5", 5: "4"}


def test_what_is_written_is_read_again_and_holds_no_formula() -> None:
    rows = [PairRow(2, 1, 11, "To Fabrikam"), PairRow(3, 2, 22, '=HYPERLINK("x"),\n'), PairRow(4, 3, 33)]
    text = "".join(write_pairs(rows))
    assert "'=HYPERLINK" in text
    found = read_pairs(text.encode())
    assert [(row.line, row.work_item_id, row.remote_work_item_id) for row in found.rows] == [
        (row.line, row.work_item_id, row.remote_work_item_id) for row in rows
    ]
    assert found.rows[0].connection == "To Fabrikam"
