"""The license plan and its months."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from adnode.domain.errors import ValidationError
from adnode.domain.license_plan import UNLIMITED, LicensePlan, list_months, month_end, month_of, read_plan

TOKYO = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("text", "plan"),
    [("", UNLIMITED), ("free", LicensePlan("free", 1000)), ("pairs:2", LicensePlan("pairs:2", 2))],
)
def test_a_plan_is_read_by_its_name(text: str, plan: LicensePlan) -> None:
    assert read_plan(text) == plan


@pytest.mark.parametrize("text", ["Free", "pairs:", "pairs:0", "pairs:-1", "pairs:1e3", "pairs:1,000", "5000", "pro"])
def test_another_name_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="pairs:5000"):
        read_plan(text)


def test_room_is_what_is_left_and_never_less_than_nothing() -> None:
    plan = LicensePlan("pairs:3", 3)
    assert [plan.room(used) for used in (0, 2, 3, 9)] == [3, 1, 0, 0]
    assert UNLIMITED.room(10**9) is None


def test_months_are_those_of_utc() -> None:
    new_year_in_tokyo = datetime(2027, 1, 1, 8, tzinfo=TOKYO)
    assert month_of(new_year_in_tokyo) == "2026-12"
    assert month_end(new_year_in_tokyo) == datetime(2027, 1, 1, tzinfo=UTC)
    assert month_end(datetime(2027, 1, 1, tzinfo=UTC)) == datetime(2027, 2, 1, tzinfo=UTC)
    assert list_months(new_year_in_tokyo, 3) == ["2026-10", "2026-11", "2026-12"]
    assert list_months(datetime(2027, 2, 3, tzinfo=UTC), 3) == ["2026-12", "2027-01", "2027-02"]
