"""Work items that are not made for now."""

from collections.abc import Sequence
from datetime import datetime

from adnode.domain.clock_difference import ClockVerdict, judge, make_error
from adnode.services.reconciliation.drafting import Draft


def hold_creates(drafts: Sequence[Draft], now: datetime, azure_time: datetime | None) -> list[Draft]:
    """Return what can be written; what makes a work item fails while this machine's clock is far off. Not known is no
    reason: Azure DevOps answers nothing at all then.
    """
    if azure_time is None or judge(now - azure_time) is not ClockVerdict.WRONG:
        return list(drafts)
    for draft in drafts:
        if draft.creates:
            draft.piece.failure = make_error(now - azure_time)
    return [draft for draft in drafts if not draft.creates]
