"""Drift over the hub API."""

from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from tests.unit.web.hub.bench import Bench, Page, make_bench

from adnode.domain.connection import Connection, ConnectionStatus, Mode, PeerIdentity, Role, TransportKind, Visibility
from adnode.domain.drift import DriftKind, Finding
from adnode.domain.job import JobKind


@pytest.fixture
def bench() -> Bench:
    made = make_bench("alpha", "beta")
    for organization in made.organizations:
        made.person(organization.address.url[-1], organization)
    return made


def admin(bench: Bench, place: int = 0) -> Page:
    organization = bench.organizations[place]
    return bench.sign_in(organization.address.url[-1], organization)


def connect(bench: Bench, connection_id: str = "c1", status: ConnectionStatus = ConnectionStatus.ACTIVE) -> str:
    connection = Connection(
        id=connection_id,
        name="Shared work",
        organization_id=bench.organizations[0].id,
        project="Fabrikam",
        mode=Mode.BASIC,
        visibility=Visibility.PUBLIC,
        role=Role.INITIATOR,
        status=status,
        transport=TransportKind.PUSH,
        sealed_private_key=b"x",
        public_key=b"p" * 32,
        created_at=bench.clock.now(),
        peer=PeerIdentity("peer", "contoso", "https://dev.azure.com/contoso", "https://node.example", b"q" * 32),
    )
    with bench.storage.unit_of_work() as work:
        work.connections.add(connection)
        work.commit()
    return f"/connections/{connection_id}/drift"


def find(bench: Bench, *numbers: int, kind: DriftKind = DriftKind.LOCAL_CHANGE) -> None:
    findings = [
        Finding(
            id=f"f{number}",
            organization_id=bench.organizations[0].id,
            connection_id="c1",
            comparison_id="job",
            kind=kind,
            subject=str(number),
            detail="The summary was changed.",
            found_at=bench.clock.now(),
            work_item_id=number,
            keys=("summary",),
        )
        for number in numbers
    ]
    with bench.storage.unit_of_work() as work:
        work.drift.save_found(findings)
        work.commit()


def audited(page: Page) -> list[Any]:
    return [entry["action"] for entry in page.get("/audit")["items"]]


def test_before_the_first_comparison_there_is_nothing_to_report(bench: Bench) -> None:
    path = connect(bench)
    assert admin(bench).get(f"{path}/report") == {"comparison": None, "deep_comparison": None, "counts": {}}


def test_a_comparison_is_started_once_and_written_down(bench: Bench) -> None:
    path, page = connect(bench), admin(bench)
    job = page.call("POST", f"{path}/compare").json
    assert (job["kind"], job["status"]) == ("comparison", "waiting")
    assert page.call("POST", f"{path}/compare").json["id"] == job["id"]
    assert page.get(f"{path}/report")["comparison"]["id"] == job["id"]
    assert audited(page).count("comparison_started") == 1


def test_a_deep_comparison_is_started_beside_a_plain_one_and_shown(bench: Bench) -> None:
    path, page = connect(bench), admin(bench)
    plain = page.call("POST", f"{path}/compare").json
    bench.clock.advance(1)
    deep = page.call("POST", f"{path}/compare-in-depth").json
    assert (deep["kind"], deep["title"]) == ("deep_comparison", "Compare Shared work in depth")
    assert page.call("POST", f"{path}/compare-in-depth").json["id"] == deep["id"]
    report = page.get(f"{path}/report")
    assert (report["comparison"]["id"], report["deep_comparison"]["id"]) == (deep["id"], deep["id"])
    assert plain["id"] != deep["id"]
    assert audited(page).count("comparison_started") == 2


def test_findings_are_listed_by_kind_in_pages(bench: Bench) -> None:
    path, page = connect(bench), admin(bench)
    find(bench, 1, 2, 3)
    find(bench, 9, kind=DriftKind.NEVER_SYNCED)
    first = page.get(f"{path}?limit=2")
    assert ([item["work_item_id"] for item in first["items"]], first["total"]) == (["1", "2"], 4)
    rest = page.get(f"{path}?limit=9&after={first['next']}")
    assert ([item["work_item_id"] for item in rest["items"]], rest["next"]) == (["3", "9"], None)
    assert first["items"][0]["work_item_url"].endswith("/_workitems/edit/1")
    only = page.get(f"{path}?kind=never_synced")
    assert ([item["work_item_id"] for item in only["items"]], only["total"]) == (["9"], 1)
    assert page.get(f"{path}/report")["counts"] == {"local_change": 3, "never_synced": 1}
    assert page.call("GET", f"{path}?after=nonsense").status_code == 422


def test_repair_takes_the_named_or_all_findings(bench: Bench) -> None:
    path, page = connect(bench), admin(bench)
    find(bench, 1, 2)
    one = page.call("POST", f"{path}/repair", {"finding_ids": ["f2"]}).json
    assert (one["kind"], one["total"]) == ("drift_repair", 1)
    everything = page.call("POST", f"{path}/repair", {}).json
    assert everything["total"] == 2
    assert audited(page).count("drift_repaired") == 2


def test_there_must_be_something_to_repair(bench: Bench) -> None:
    path, page = connect(bench), admin(bench)
    answer = page.call("POST", f"{path}/repair", {})
    assert (answer.status_code, answer.json["code"]) == (422, "validation")
    assert page.call("POST", f"{path}/repair", {"finding_ids": []}).status_code == 422


def test_a_stopped_connection_is_neither_compared_nor_repaired(bench: Bench) -> None:
    path, page = connect(bench, status=ConnectionStatus.DEACTIVATED), admin(bench)
    find(bench, 1)
    for answer in (page.call("POST", f"{path}/compare"), page.call("POST", f"{path}/repair", {})):
        assert (answer.status_code, answer.json["code"]) == (409, "state")


def test_another_organization_sees_nothing_of_it(bench: Bench) -> None:
    path, stranger = connect(bench), admin(bench, 1)
    find(bench, 1)
    answers = [
        stranger.call("GET", path),
        stranger.call("GET", f"{path}/report"),
        stranger.call("POST", f"{path}/compare"),
        stranger.call("POST", f"{path}/compare-in-depth"),
        stranger.call("POST", f"{path}/repair", {}),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5


def test_every_connection_is_compared_in_depth_once_a_week(bench: Bench) -> None:
    connect(bench)
    hub = bench.services.hub
    assert hub is not None
    for _ in range(15 * 24):
        bench.clock.advance(timedelta(hours=1).total_seconds())
        hub.console.drift.compare_due()
    with bench.storage.unit_of_work() as work:
        jobs = work.jobs.list_page(bench.organizations[0].id, limit=99)
    kinds = [job.kind for job in reversed(jobs)]
    assert kinds == ([JobKind.COMPARISON] * 6 + [JobKind.DEEP_COMPARISON]) * 2 + [JobKind.COMPARISON]


def test_every_connection_is_compared_once_a_day(bench: Bench) -> None:
    connect(bench)
    connect(bench, "c2", ConnectionStatus.DEACTIVATED)
    hub = bench.services.hub
    assert hub is not None
    drift = hub.console.drift
    counts = []
    for hours in (1, 22, 2, 1, 24):
        bench.clock.advance(timedelta(hours=hours).total_seconds())
        counts.append(drift.compare_due())
    assert counts == [0, 0, 1, 0, 1]
    assert drift.tend(Event()) is False
    with bench.storage.unit_of_work() as work:
        jobs = work.jobs.list_page(bench.organizations[0].id, kinds=[JobKind.COMPARISON], limit=9)
    assert [(job.connection_id, job.created_by) for job in jobs] == [("c1", "adnode, once a day")] * 2
