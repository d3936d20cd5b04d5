"""Bulk Connect and Clean-up Tools over the API."""

import io
from threading import Event
from typing import Any

import pytest
from tests.unit.web.hub.bench import Bench, Page, make_bench

from adnode.domain.connection import Connection, ConnectionStatus, Mode, PeerIdentity, Role, TransportKind, Visibility
from adnode.domain.pair_file import FILE_LIMIT_BYTES
from adnode.domain.twin import Twin, TwinStatus
from adnode.domain.work_item import TITLE

HEADER = "local_work_item_id,remote_work_item_id\n"


class Unreadable(io.BytesIO):
    """A body that nobody may read."""

    def read(self, *_: Any) -> bytes:
        raise AssertionError("the body was read")


@pytest.fixture
def bench() -> Bench:
    bench = make_bench("alpha", "beta")
    for name, organization in zip(("ada", "bob"), bench.organizations, strict=True):
        bench.person(name, organization)
    bench.person("mia", bench.organizations[0], is_administrator=False)
    add_connection(bench, "c1", "To Contoso")
    return bench


@pytest.fixture
def ada(bench: Bench) -> Page:
    return bench.sign_in("ada", bench.organizations[0])


def add_connection(
    bench: Bench, connection_id: str, name: str, status: ConnectionStatus = ConnectionStatus.ACTIVE
) -> None:
    connection = Connection(
        id=connection_id,
        name=name,
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
        peer=PeerIdentity(
            "peer", "contoso", "https://dev.azure.com/contoso", "https://node.contoso.example", b"q" * 32
        ),
    )
    with bench.storage.unit_of_work() as work:
        work.connections.add(connection)
        work.commit()


def add_items(bench: Bench, count: int) -> list[int]:
    return [bench.organizations[0].create("Fabrikam", "Task", {TITLE: f"Item {number}"}) for number in range(count)]


def add_twins(bench: Bench, *numbers: int, connection_id: str = "c1") -> None:
    with bench.storage.unit_of_work() as work:
        for number in numbers:
            twin = Twin(
                id=f"{connection_id}-{number}",
                connection_id=connection_id,
                organization_id=bench.organizations[0].id,
                status=TwinStatus.SYNCHRONIZED,
                created_at=bench.clock.now(),
                work_item_id=number,
                remote_work_item_id=number + 500,
            )
            work.twins.add(twin, due_at=None)
        work.commit()


def upload(page: Page, path: str, content: bytes, content_type: str = "text/csv") -> Any:
    headers = {"Authorization": f"Bearer {page.token}"}
    return page.bench.client.post(f"/api/v1{path}", data=content, content_type=content_type, headers=headers)


def run_jobs(bench: Bench) -> None:
    assert bench.services.hub is not None
    for _ in range(10):
        bench.clock.advance(5)
        bench.services.hub.console.job_runner.run(Event())


def test_the_template_is_a_file_that_is_read_again(ada: Page) -> None:
    answer = ada.call("GET", "/bulk-connect/template")
    assert answer.text == "local_work_item_id,remote_work_item_id\r\n"
    assert "bulk-connect-template.csv" in answer.headers["Content-Disposition"]


def test_a_file_is_checked_line_by_line(bench: Bench, ada: Page) -> None:
    one, two = add_items(bench, 2)
    add_twins(bench, two)
    text = f"local_work_item_id;remote_work_item_id\n{one};11\n4711;12\n{two};13\n=1+1;14\n{one};11\n"
    answer = upload(ada, "/connections/c1/bulk-connect/check", text.encode())
    assert answer.status_code == 200, answer.text
    checked = answer.json
    assert (checked["encoding"], checked["delimiter"], checked["total"]) == ("UTF-8", ";", 5)
    assert checked["counts"] == {"ok": 1, "not_found": 1, "already_synced": 1, "malformed": 1, "duplicate": 1}
    assert [(row["line"], row["verdict"]) for row in checked["problems"]] == [
        (3, "not_found"),
        (4, "already_synced"),
        (5, "malformed"),
        (6, "duplicate"),
    ]
    assert "formula" in checked["problems"][2]["reason"]
    with bench.storage.unit_of_work() as work:
        assert work.jobs.count(bench.organizations[0].id) == 0


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "first line"),
        (HEADER.encode() + "1,Grün\n".encode("cp1252"), "UTF-8"),
        (HEADER.encode() + b"1,2\n" * 10_001, "10,000"),
    ],
)
def test_what_is_no_file_of_pairs_is_named(ada: Page, content: bytes, word: str) -> None:
    for path in ("/connections/c1/bulk-connect/check", "/connections/c1/bulk-connect"):
        answer = upload(ada, path, content)
        assert (answer.status_code, answer.json["code"]) == (422, "pair_file")
        assert word in answer.json["detail"]


@pytest.mark.parametrize("announced", [100 * 1024 * 1024, FILE_LIMIT_BYTES + 1])
def test_a_huge_file_is_refused_before_it_is_read(ada: Page, announced: int) -> None:
    headers = {"Authorization": f"Bearer {ada.token}"}
    answer = ada.bench.client.post(
        "/api/v1/connections/c1/bulk-connect/check",
        content_type="text/csv",
        headers=headers,
        environ_overrides={"CONTENT_LENGTH": str(announced), "wsgi.input": Unreadable()},
    )
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert "Cut the file" in answer.json["detail"]


def test_only_csv_is_taken(ada: Page) -> None:
    answer = upload(ada, "/connections/c1/bulk-connect/check", b"{}", "application/json")
    assert answer.status_code == 415


def test_a_start_needs_good_rows_or_the_wish_to_skip(bench: Bench, ada: Page) -> None:
    (one,) = add_items(bench, 1)
    content = f"{HEADER}{one},11\n4711,12\n".encode()
    refused = upload(ada, "/connections/c1/bulk-connect", content)
    assert (refused.status_code, refused.json["code"]) == (422, "wrong_rows")
    assert "Line 3" in refused.json["detail"]
    answer = upload(
        ada, "/connections/c1/bulk-connect?skip_wrong=true&content=local&comments=true&file_name=pairs.csv", content
    )
    assert answer.status_code == 202, answer.text
    assert (answer.json["kind"], answer.json["total"], answer.json["connection_id"]) == ("bulk_connect", 2, "c1")
    with bench.storage.unit_of_work() as work:
        job = work.jobs.get(answer.json["id"])
    assert job.parameters["content"] == "local"
    assert (job.parameters["comments"], job.parameters["attachments"]) == (True, False)
    run_jobs(bench)
    rows = ada.get(f"/jobs/{job.id}/rows")["items"]
    assert [(row["number"], row["outcome"]) for row in rows] == [(2, "started"), (3, "skipped")]
    with bench.storage.unit_of_work() as work:
        (twin,) = work.twins.find_by_work_item(bench.organizations[0].id, [one])
    assert twin.terms is not None
    assert (twin.terms.remote_work_item_id, twin.terms.comments) == (11, True)


def test_nonsense_options_are_named(ada: Page) -> None:
    answer = upload(ada, "/connections/c1/bulk-connect?content=nobody", HEADER.encode() + b"1,2\n")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "content"


def test_a_clean_up_shows_first_what_would_go(bench: Bench, ada: Page) -> None:
    one, two = add_items(bench, 2)
    add_twins(bench, one, two)
    preview = ada.call("POST", "/clean-up/preview", {"scope": "connection", "connection_id": "c1"}).json
    assert (preview["key"], preview["total"]["twins"], preview["is_orphaning"]) == ("To Contoso", 2, False)
    one_item = ada.call("POST", "/clean-up/preview", {"scope": "work_item", "work_item_id": str(one)}).json
    assert (one_item["key"], one_item["total"]["twins"]) == (str(one), 1)
    everything = ada.call("POST", "/clean-up/preview", {"scope": "organization"}).json
    assert everything["key"] == "alpha"
    assert [each["name"] for each in everything["connections"]] == ["To Contoso"]


def test_a_clean_up_is_confirmed_runs_and_leaves_a_file(bench: Bench, ada: Page) -> None:
    numbers = add_items(bench, 3)
    add_twins(bench, *numbers)
    wish = {"scope": "connection", "connection_id": "c1"}
    refused = ada.call("POST", "/clean-up", {**wish, "confirmation": "Contoso"})
    assert (refused.status_code, "To Contoso" in refused.json["detail"]) == (422, True)
    answer = ada.call("POST", "/clean-up", {**wish, "confirmation": "To Contoso"})
    assert answer.status_code == 202, answer.text
    run_jobs(bench)
    job = ada.get(f"/jobs/{answer.json['id']}")
    assert (job["status"], job["counts"]) == ("finished", {"done": 3})
    file = ada.call("GET", f"/clean-up/{job['id']}/file")
    assert file.text.splitlines() == [
        "local_work_item_id,remote_work_item_id,connection",
        *(f"{number},{number + 500},To Contoso" for number in numbers),
    ]
    assert 'filename="connect-CONNECTION-To-Contoso-' in file.headers["Content-Disposition"]
    checked = upload(ada, "/connections/c1/bulk-connect/check", file.data)
    assert checked.json["counts"] == {"ok": 3}
    entries = [each for each in ada.get("/audit")["items"] if each["action"] == "clean_up_started"]
    assert [(each["connection_name"], each["details"]["pairs"]) for each in entries] == [("To Contoso", "3")]


def test_orphaning_the_other_side_has_to_be_meant(bench: Bench, ada: Page) -> None:
    add_connection(bench, "c2", "Stopped", ConnectionStatus.BLOCKED)
    (number,) = add_items(bench, 1)
    add_twins(bench, number, connection_id="c2")
    wish = {"scope": "connection", "connection_id": "c2", "confirmation": "Stopped"}
    preview = ada.call("POST", "/clean-up/preview", {"scope": "connection", "connection_id": "c2"}).json
    assert preview["is_orphaning"]
    assert "decision" in preview["connections"][0]["orphaning"]
    refused = ada.call("POST", "/clean-up", wish)
    assert (refused.status_code, refused.json["code"]) == (409, "clean_up_orphans")
    assert ada.call("POST", "/clean-up", {**wish, "keeps_remote_pairs": True}).status_code == 202


def test_nothing_to_clean_up_is_said(ada: Page) -> None:
    answer = ada.call("POST", "/clean-up", {"scope": "work_item", "work_item_id": "7", "confirmation": "7"})
    assert (answer.status_code, answer.json["code"]) == (409, "state")
    assert "not under sync" in answer.json["detail"]
    wrong = ada.call("POST", "/clean-up/preview", {"scope": "work_item", "work_item_id": "abc"})
    assert wrong.status_code == 422
    missing = ada.call("POST", "/clean-up/preview", {"scope": "work_item"})
    assert missing.status_code == 422


def test_others_see_and_change_nothing(bench: Bench, ada: Page) -> None:
    (number,) = add_items(bench, 1)
    add_twins(bench, number)
    job = ada.call("POST", "/clean-up", {"scope": "organization", "confirmation": "alpha"}).json
    bob, mia = (
        bench.sign_in("bob", bench.organizations[1]),
        bench.sign_in("mia", bench.organizations[0], purpose="panel"),
    )
    content = f"{HEADER}{number},1\n".encode()
    assert upload(bob, "/connections/c1/bulk-connect/check", content).status_code == 404
    assert upload(bob, "/connections/c1/bulk-connect", content).status_code == 404
    assert bob.call("GET", f"/clean-up/{job['id']}/file").status_code == 404
    wish = {"scope": "connection", "connection_id": "c1"}
    assert bob.call("POST", "/clean-up/preview", wish).status_code == 404
    assert bob.call("POST", "/clean-up/preview", {"scope": "organization"}).json["total"]["twins"] == 0
    assert bob.call("POST", "/clean-up", {**wish, "confirmation": "To Contoso"}).status_code == 404
    assert mia.call("POST", "/clean-up/preview", wish).status_code == 403
    assert upload(mia, "/connections/c1/bulk-connect/check", content).status_code == 403
