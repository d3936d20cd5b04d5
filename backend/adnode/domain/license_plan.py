"""The license plan: how many new pairs of work items a month may bring. Nothing is sold; the operator sets it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from adnode.domain.errors import ValidationError

FREE_PAIRS = 1000
"""New pairs of a month in the original's free plan."""
LIMIT_CODE = "plan_limit_reached"
"""Code of the warning that names how many pairs of a connection wait."""
WAITS_FOR_PLAN = "Waits for the plan: this month's new pairs are used up."
"""What is said of one work item whose twin is held; jobs put it into the row, which stays started."""
_PAIRS = re.compile(r"pairs:([1-9][0-9]{0,8})", re.ASCII)


@dataclass(frozen=True, slots=True)
class LicensePlan:
    """A plan. ``pairs_per_month`` is None without a limit. A month is one of UTC, whatever the zone of a reader."""

    name: str = "unlimited"
    pairs_per_month: int | None = None

    def room(self, used: int) -> int | None:
        """Return how many more pairs may be made in a month that has used that many; None without a limit."""
        return None if self.pairs_per_month is None else max(0, self.pairs_per_month - used)


UNLIMITED = LicensePlan()


def read_plan(text: str) -> LicensePlan:
    """Return the plan of that name: '' (no limit), ``free`` or ``pairs:<n>``; raises ValidationError."""
    if not text:
        return UNLIMITED
    if text == "free":
        return LicensePlan("free", FREE_PAIRS)
    found = _PAIRS.fullmatch(text)
    if found is None:
        raise ValidationError("There are the plans free and pairs:<n>, for example pairs:5000; leave it out for none.")
    return LicensePlan(text, int(found.group(1)))


def month_of(moment: datetime) -> str:
    """Return the month (of UTC) of a time as ``YYYY-MM``."""
    return f"{moment.astimezone(UTC):%Y-%m}"


def month_end(moment: datetime) -> datetime:
    """Return when the month of a time ends and the next one begins: then the count starts again from nothing."""
    begin = moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    years, month = divmod(begin.month, 12)
    return begin.replace(year=begin.year + years, month=month + 1)


def list_months(moment: datetime, count: int) -> list[str]:
    """Return the month of a time and those before it, the oldest first."""
    last = moment.astimezone(UTC)
    numbers = [last.year * 12 + last.month - 1 - back for back in range(count - 1, -1, -1)]
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in numbers]
