"""What an error record is: how it ends, what its cause is, and what to do about it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adnode.domain import errors
from adnode.domain.error_advice import ADVICE, NEVER_RETRIED, Place, advise
from adnode.domain.error_record import (
    NOTE_LIMIT,
    SEVERITY,
    TRANSITIONS,
    ErrorRecord,
    ErrorStatus,
    Impact,
    Resolution,
)
from adnode.domain.errors import AdnodeError, StateError

NOW = datetime(2026, 1, 5, tzinfo=UTC)
RECORD = ErrorRecord(
    id="e1",
    organization_id="org",
    connection_id="c1",
    twin_id="t1",
    impact=Impact.WORK_ITEM,
    code="rule_violation",
    message="Work item 42: a rule refused the write.",
    opened_at=NOW,
    last_seen_at=NOW,
    work_item_id=42,
)


def all_kinds(kind: type[AdnodeError]) -> list[type[AdnodeError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in all_kinds(child))]


def test_what_azure_devops_and_peers_refuse_has_advice_of_its_own() -> None:
    outside = [*all_kinds(errors.GatewayError), *all_kinds(errors.PeerError)]
    missing = {kind.code for kind in outside if kind.__module__ == errors.__name__} - set(ADVICE)
    assert missing == {errors.GatewayError.code}


@pytest.mark.parametrize("impact", list(Impact))
def test_every_record_says_what_to_do(impact: Impact) -> None:
    advice = advise(replace(RECORD, impact=impact, code="something_new"))
    assert advice.step.endswith(".")
    assert impact in SEVERITY


def test_what_happened_there_is_for_the_partner_to_mend() -> None:
    advice = advise(replace(RECORD, is_remote=True, code=min(NEVER_RETRIED)))
    assert (advice.place, advice.can_retry) == (Place.PARTNER, True)


def test_records_of_one_cause_differ_in_work_items_and_files_only() -> None:
    other = replace(RECORD, id="e2", twin_id="t2", work_item_id=7, message="Work item 7: a rule  refused the write.")
    assert other.cause_key == RECORD.cause_key
    files = [
        replace(RECORD, message=f"File {name} of work item {number} can't be had from the other side.")
        for name, number in (("a plan.pdf", 1), ("x.bin", 22))
    ]
    assert files[0].cause_key == files[1].cause_key != RECORD.cause_key


@pytest.mark.parametrize(
    "other",
    [
        replace(RECORD, organization_id="other"),
        replace(RECORD, connection_id="c2"),
        replace(RECORD, impact=Impact.CONNECTION),
        replace(RECORD, code="other"),
        replace(RECORD, is_remote=True),
        replace(RECORD, message="Work item 42: another rule refused the write."),
    ],
)
def test_another_cause_has_another_key(other: ErrorRecord) -> None:
    assert other.cause_key != RECORD.cause_key


def test_a_record_closes_by_itself_or_as_retried() -> None:
    closed = RECORD.closed(NOW)
    assert (closed.status, closed.resolution, closed.closed_at) == (ErrorStatus.CLOSED, Resolution.BY_ITSELF, NOW)
    assert replace(RECORD, retried_at=NOW).closed(NOW).resolution is Resolution.RETRIED


def test_what_fails_again_was_not_mended_by_the_retry() -> None:
    again = replace(RECORD, retried_at=NOW).repeated(replace(RECORD, message="Again.", correlation_id="2"))
    assert (again.occurrences, again.message, again.correlation_id, again.retried_at) == (2, "Again.", "2", None)


def test_a_person_resolves_with_a_note_of_limited_length() -> None:
    closed = RECORD.closed(NOW, Resolution.RESOLVED, resolved_by="Ada", note="x" * (NOTE_LIMIT + 1))
    assert (closed.resolved_by, len(closed.note)) == ("Ada", NOTE_LIMIT)


@pytest.mark.parametrize("resolution", [Resolution.BY_ITSELF, Resolution.RETRIED, Resolution.RESOLVED])
def test_what_is_closed_stays_closed(resolution: Resolution) -> None:
    with pytest.raises(StateError):
        RECORD.closed(NOW, resolution).closed(NOW)
    assert TRANSITIONS[ErrorStatus.CLOSED, resolution] == frozenset()
