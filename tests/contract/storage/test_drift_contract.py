"""Findings of comparisons, on every storage."""

from dataclasses import replace

from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import NOW, later, make_error_record

from adnode.domain.drift import DriftKind, Finding, FindingStatus


def make_finding(finding_id: str, kind: DriftKind = DriftKind.LOCAL_CHANGE, **changes: object) -> Finding:
    finding = Finding(
        id=finding_id,
        organization_id="org-a",
        connection_id="c1",
        comparison_id="job-1",
        kind=kind,
        subject=f"twin-{finding_id}",
        detail="Summary was changed here.",
        found_at=NOW,
        twin_id=f"twin-{finding_id}",
        work_item_id=7,
        keys=("summary", "comment/org-a:1"),
    )
    return replace(finding, **changes)  # type: ignore[arg-type]


def save(storage: AnyStorage, *findings: Finding) -> None:
    with changing(storage) as work:
        work.drift.save_found(findings)


def test_findings_come_back_as_they_were_found(storage: AnyStorage) -> None:
    findings = [make_finding("f1"), make_finding("f2", DriftKind.NEVER_SYNCED, twin_id="", subject="9", keys=())]
    save(storage, *findings)
    with storage.unit_of_work() as work:
        assert work.drift.find(["f1", "f2", "other"]) == {"f1": findings[0], "f2": findings[1]}
        assert work.drift.find([]) == {}


def test_one_subject_is_found_once_and_again(storage: AnyStorage) -> None:
    save(storage, make_finding("f1"))
    with changing(storage) as work:
        work.drift.settle(["f1"], FindingStatus.REPAIRED, later(1))
    again = make_finding("f9", subject="twin-f1", twin_id="twin-f1", comparison_id="job-2", detail="Again.")
    save(storage, again)
    with storage.unit_of_work() as work:
        assert work.drift.find(["f1"]) == {"f1": replace(again, id="f1")}
        assert work.drift.find(["f9"]) == {}


def test_findings_are_listed_by_kind_in_pages(storage: AnyStorage) -> None:
    save(
        storage,
        make_finding("f3"),
        make_finding("f1", DriftKind.PARTNER_DIFFERS),
        make_finding("f2"),
        make_finding("f4", DriftKind.WORK_ITEM_GONE),
        make_finding("f5", connection_id="c2"),
        make_finding("f6", status=FindingStatus.GONE),
    )
    with storage.unit_of_work() as work:
        first = work.drift.list_page("c1", limit=2)
        assert [finding.id for finding in first] == ["f2", "f3"]
        rest = work.drift.list_page("c1", after=(first[-1].kind.value, first[-1].id), limit=9)
        assert [finding.id for finding in rest] == ["f1", "f4"]
        assert [finding.id for finding in work.drift.list_page("c1", kinds=[DriftKind.WORK_ITEM_GONE], limit=9)] == [
            "f4"
        ]
        assert [each.id for each in work.drift.list_page("c1", status=FindingStatus.GONE, limit=9)] == ["f6"]
        assert work.drift.count("c1") == {
            DriftKind.WORK_ITEM_GONE: 1,
            DriftKind.LOCAL_CHANGE: 2,
            DriftKind.PARTNER_DIFFERS: 1,
        }


def test_only_open_findings_are_settled(storage: AnyStorage) -> None:
    save(storage, make_finding("f1"), make_finding("f2", status=FindingStatus.GONE, settled_at=NOW))
    with changing(storage) as work:
        work.drift.settle(["f1", "f2"], FindingStatus.REPAIRED, later(5))
    with storage.unit_of_work() as work:
        found = work.drift.find(["f1", "f2"])
    assert (found["f1"].status, found["f1"].settled_at) == (FindingStatus.REPAIRED, later(5))
    assert (found["f2"].status, found["f2"].settled_at) == (FindingStatus.GONE, NOW)


def test_what_a_comparison_did_not_confirm_is_gone(storage: AnyStorage) -> None:
    save(
        storage,
        make_finding("f1"),
        make_finding("f2", comparison_id="job-2"),
        make_finding("f3", connection_id="c2"),
        make_finding("f4", status=FindingStatus.REPAIRED, settled_at=NOW),
    )
    with changing(storage) as work:
        assert work.drift.settle_unconfirmed("c1", "job-2", later(5)) == 1
    with storage.unit_of_work() as work:
        statuses = {key: each.status for key, each in work.drift.find(["f1", "f2", "f3", "f4"]).items()}
    assert statuses == {
        "f1": FindingStatus.GONE,
        "f2": FindingStatus.OPEN,
        "f3": FindingStatus.OPEN,
        "f4": FindingStatus.REPAIRED,
    }


def test_twins_with_open_errors_are_told_apart(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.error_records.open(make_error_record("e1", twin_id="t1"))
        work.error_records.open(make_error_record("e2", twin_id="t2"))
        work.error_records.close(later(1), twin_id="t2")
        assert work.drift.with_open_errors(["t1", "t2", "t3"]) == {"t1"}
        assert work.drift.with_open_errors([]) == set()


def test_old_settled_findings_are_forgotten(storage: AnyStorage) -> None:
    save(
        storage,
        make_finding("f1", status=FindingStatus.GONE, settled_at=NOW),
        make_finding("f2", status=FindingStatus.REPAIRED, settled_at=later(100)),
        make_finding("f3"),
    )
    with changing(storage) as work:
        assert work.drift.forget_settled(later(50)) == 1
        assert work.drift.find(["f1", "f2", "f3"]).keys() == {"f2", "f3"}
