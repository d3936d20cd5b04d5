"""When a field that goes to and fro is taken for the work of automations."""

from datetime import UTC, datetime, timedelta

import pytest

from adnode.domain.field_loop import CHANGES, FieldChange
from adnode.sync.field_loops import is_loop

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def changes(values: str, step_seconds: float = 10.0) -> list[FieldChange]:
    """Return a change for each letter, the last one now."""
    count = len(values)
    return [
        FieldChange(NOW - timedelta(seconds=step_seconds * (count - 1 - place)), value)
        for place, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("ab" * 6, True),
        ("abc" * 4, True),
        ("ab" * 5 + "a", False),
        ("abcdefabcdef", True),
        ("abcdefgabcde", False),
        ("abcdefghijkl", False),
        ("a" * 12, True),
    ],
)
def test_many_changes_of_which_many_return_are_a_loop(values: str, expected: bool) -> None:
    assert is_loop(changes(values), NOW) is expected
    assert is_loop(list(reversed(changes(values))), NOW) is expected


def test_changes_before_the_window_do_not_count() -> None:
    assert is_loop(changes("ab" * 6, step_seconds=54.0), NOW)
    assert not is_loop(changes("ab" * 6, step_seconds=55.0), NOW)
    assert len(changes("ab" * 6)) == CHANGES
