"""License Details and the dashboard over the API."""

from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from tests.unit.web.hub.bench import Bench, Page, make_bench

from adnode.adapters.memory.clock import MemoryIds
from adnode.adapters.memory.storage import MemoryStorage
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.connection import Connection, ConnectionStatus, Mode, PeerIdentity, Role, TransportKind, Visibility
from adnode.domain.error_record import Impact
from adnode.domain.license_plan import LIMIT_CODE, UNLIMITED, LicensePlan
from adnode.domain.tally import Tally, TallyKind, day_of
from adnode.domain.twin import Twin, TwinStatus
from adnode.services.held_pairs import HeldPairsService

TWO = LicensePlan("pairs:2", 2)
DESTINATION = "https://dev.azure.com/contoso"


def bench_of(plan: LicensePlan) -> Bench:
    bench = make_bench("alpha", "beta", plan=plan, storage=MemoryStorage(plan))
    for organization in bench.organizations:
        bench.person(f"admin-{organization.address.url[-1]}", organization)
    return bench


@pytest.fixture
def bench() -> Bench:
    return bench_of(TWO)


def admin(bench: Bench, place: int = 0) -> Page:
    organization = bench.organizations[place]
    return bench.sign_in(f"admin-{organization.address.url[-1]}", organization)


def connect(bench: Bench, connection_id: str, name: str, place: int = 0) -> Connection:
    connection = Connection(
        id=connection_id,
        name=name,
        organization_id=bench.organizations[place].id,
        project="Fabrikam",
        mode=Mode.BASIC,
        visibility=Visibility.PUBLIC,
        role=Role.INITIATOR,
        status=ConnectionStatus.ACTIVE,
        transport=TransportKind.PUSH,
        sealed_private_key=b"x",
        public_key=b"p" * 32,
        created_at=bench.clock.now(),
        peer=PeerIdentity("peer", "contoso", DESTINATION, "https://node.contoso.example", b"q" * 32),
    )
    with bench.storage.unit_of_work() as work:
        work.connections.add(connection)
        work.commit()
    return connection


def pair(bench: Bench, connection: Connection, *numbers: int, **changes: Any) -> None:
    for number in numbers:
        bench.clock.advance(1)
        twin = Twin(
            id=f"{connection.id}-{number}",
            connection_id=connection.id,
            organization_id=connection.organization_id,
            status=TwinStatus.PENDING,
            created_at=bench.clock.now(),
            work_item_id=changes.pop("work_item_id", number),
            **changes,
        )
        with bench.storage.unit_of_work() as work:
            work.twins.add(twin, due_at=bench.clock.now())
            work.commit()


# the plan ------------------------------------------------------------------------------------------------------------


def test_the_plan_and_its_use_are_shown(bench: Bench) -> None:
    pair(bench, connect(bench, "c1", "Contoso"), 1, 2, 3)
    now = bench.clock.now()
    shown = admin(bench).get("/license")
    assert (shown["plan"], shown["limit"], shown["used"], shown["remaining"], shown["held"]) == ("pairs:2", 2, 2, 0, 1)
    assert shown["month"] == f"{now:%Y-%m}"
    assert shown["resets_at"] > f"{now:%Y-%m-%dT}"
    assert len(shown["months"]) == 12
    assert shown["months"][-1] == {"month": f"{now:%Y-%m}", "pairs": 2}


def test_without_a_limit_nothing_remains_to_be_said() -> None:
    shown = admin(bench_of(UNLIMITED)).get("/license")
    assert (shown["plan"], shown["limit"], shown["remaining"], shown["used"]) == ("unlimited", None, None, 0)


def test_an_answer_that_did_not_change_is_not_sent_again(bench: Bench) -> None:
    page = admin(bench)
    for path in ("/license", "/dashboard"):
        etag = page.call("GET", path).headers["ETag"]
        assert page.call("GET", path, If_None_Match=etag).status_code == 304


def test_usage_is_listed_page_by_page_with_its_destination(bench: Bench) -> None:
    pair(bench, connect(bench, "c1", "Contoso"), 1)
    pair(bench, connect(bench, "c2", "Tailspin"), 1)
    page = admin(bench)
    first = page.get("/license/usage?limit=1")
    rest = page.get(f"/license/usage?limit=1&after={first['next']}")
    assert (first["total"], rest["next"]) == (2, None)
    assert [item["connection_name"] for item in first["items"] + rest["items"]] == ["Tailspin", "Contoso"]
    assert first["items"][0]["destination"] == DESTINATION


def test_the_line_is_listed_in_its_order(bench: Bench) -> None:
    connection = connect(bench, "c1", "Contoso")
    pair(bench, connection, 1, 2, 3)
    pair(bench, connection, 4, work_item_id=None, remote_work_item_id=17, remote_url=f"{DESTINATION}/17")
    page = admin(bench)
    first = page.get("/license/held?limit=1")
    [third] = first["items"]
    [fourth] = page.get(f"/license/held?limit=1&after={first['next']}")["items"]
    assert (third["work_item_id"], third["connection_name"], third["remote_work_item_id"]) == ("3", "Contoso", None)
    assert third["url"].endswith("/_workitems/edit/3")
    assert (fourth["work_item_id"], fourth["url"], fourth["remote_work_item_id"]) == (None, None, "17")
    assert first["total"] == 2


def test_what_waits_is_said_of_the_work_item_too(bench: Bench) -> None:
    connection = connect(bench, "c1", "Contoso")
    pair(bench, connection, 1, 2, 3)
    page = admin(bench)
    shown = {number: page.get(f"/connections/c1/work-items/{number}") for number in (2, 3)}
    assert [(twin["is_held"], twin["in_progress"]) for twin in shown.values()] == [(False, True), (True, False)]


def test_the_export_is_a_csv_that_no_spreadsheet_takes_for_formulas(bench: Bench) -> None:
    pair(bench, connect(bench, "c1", '=HYPERLINK("x"), "y"'), 1)
    answer = admin(bench).call("GET", "/license/export")
    assert answer.mimetype == "text/csv"
    assert "adnode-usage.csv" in answer.headers["Content-Disposition"]
    month = f"{bench.clock.now():%Y-%m}"
    assert answer.text.splitlines() == [
        "month,connection,destination,connection_id,new_pairs",
        f'{month},"\'=HYPERLINK(""x""), ""y""",{DESTINATION},c1,1',
    ]


@pytest.mark.parametrize("path", ["/license/usage", "/license/held"])
@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyJhIiwiYiJd", "WyIyMDI2LTAxIiwxLDJd", "WyIyMDI2LTAxLTAxIiwiYSJd"])
def test_a_cursor_of_another_list_is_refused(bench: Bench, path: str, cursor: str) -> None:
    answer = admin(bench).call("GET", f"{path}?after={cursor}")
    assert answer.status_code == 422


def test_others_see_nothing_of_it(bench: Bench) -> None:
    pair(bench, connect(bench, "c1", "Contoso"), 1, 2, 3)
    other = admin(bench, 1)
    assert other.get("/license")["used"] == 0
    for path in ("/license/usage", "/license/held"):
        assert other.get(path) == {"items": [], "next": None, "total": 0}
    assert other.call("GET", "/license/export").text.count("\n") == 1
    assert other.get("/dashboard")["twins"] == {}


@pytest.mark.parametrize("path", ["/license", "/license/usage", "/license/held", "/license/export", "/dashboard"])
def test_it_is_for_administrators(bench: Bench, path: str) -> None:
    bench.person("guest", bench.organizations[0], is_administrator=False)
    page = bench.sign_in("guest", bench.organizations[0], purpose="panel")
    assert page.call("GET", path).status_code == 403


def test_the_warning_stands_among_the_errors(bench: Bench) -> None:
    pair(bench, connect(bench, "c1", "Contoso"), 1, 2, 3)
    ids, wakeups = MemoryIds("held"), MemoryWakeups()
    HeldPairsService(bench.storage.unit_of_work, TWO, wakeups, bench.clock, ids).tend(_never())
    with bench.storage.unit_of_work() as work:
        [record] = work.error_records.list_records(connection_id="c1")
    assert (record.code, record.impact) == (LIMIT_CODE, Impact.WARNING)


def _never() -> Event:
    return Event()


# the dashboard -------------------------------------------------------------------------------------------------------


def test_a_dashboard_without_anything_is_empty(bench: Bench) -> None:
    shown = admin(bench).get("/dashboard")
    assert (shown["connections"], shown["twins"], shown["errors"], shown["slowest"]) == ({}, {}, {}, [])
    assert shown["queue"] == {"outgoing": 0, "incoming": 0}
    assert shown["latency"] is None
    assert (len(shown["days"]), len(shown["weeks"])) == (30, 12)


def test_the_dashboard_shows_how_it_stands_and_how_it_went(bench: Bench) -> None:
    connection = connect(bench, "c1", "Contoso")
    pair(bench, connection, 1, 2, 3)
    now = bench.clock.now()
    tallies = [
        Tally(connection.organization_id, "c1", day_of(now - timedelta(days=days)), 9, kind, bucket, count)
        for days, kind, bucket, count in (
            (0, TallyKind.INCOMING, 1, 90),
            (0, TallyKind.INCOMING, 6, 10),
            (0, TallyKind.OUTGOING, 0, 7),
            (1, TallyKind.ERROR, 0, 2),
        )
    ]
    with bench.storage.unit_of_work() as work:
        work.tallies.add(tallies)
        work.commit()
    shown = admin(bench).get("/dashboard")
    assert shown["connections"] == {"active": 1}
    assert (shown["twins"], shown["held"]) == ({"pending": 2}, 1)
    today, yesterday = shown["days"][-1], shown["days"][-2]
    assert (today["incoming"], today["outgoing"], today["pairs"]) == (100, 7, 2)
    assert yesterday["errors"] == 2
    assert today["latency"]["p50"] < 100 < today["latency"]["p95"] <= 5_000
    assert shown["slowest"] == [
        {"connection_id": "c1", "name": "Contoso", "applied": 100, "latency": shown["latency"]},
    ]
