"""The audit entry is written in the transaction of the deed: when it can't be written, nothing was done."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from tests.unit.web.hub.bench import Bench, Pair, make_bench, make_pair
from tests.unit.web.hub.test_errors_tab import add as add_error

from adnode.adapters.memory.storage.hub import MemoryAuditTrail
from adnode.domain.work_item import TITLE

TOKEN = {"kind": "personal_access_token", "token": "another-token"}
Act = Callable[[], Any]
Prepare = Callable[[Pair, Any], Act]


def pending(pair: Pair) -> Any:
    return pair.alice.initiate(name="Second")["connection"]


def accept(pair: Pair, _ours: Any) -> Act:
    body = {"code": pair.alice.initiate(name="Second")["code"], "project": "Fabrikam"}
    return lambda: pair.bob.call("POST", "/invitations/acceptance", body)


def exalate(pair: Pair, ours: Any) -> Act:
    return lambda: pair.alice.call("POST", f"/connections/{ours['id']}/work-items", {"work_item": "1"})


def connect(pair: Pair, ours: Any) -> Act:
    body = {"connection_id": ours["id"], "remote_work_item_id": "5", "content": "local"}
    return lambda: pair.alice.call("POST", "/work-items/1/connect", body, with_token=True)


def unexalate(pair: Pair, ours: Any) -> Act:
    assert exalate(pair, ours)().status_code == 202
    return lambda: pair.alice.call("DELETE", f"/connections/{ours['id']}/work-items/1?waiting=stop")


def of_pending(method: str) -> Prepare:
    def prepare(pair: Pair, _ours: Any) -> Act:
        connection = pending(pair)
        return lambda: pair.alice.edit(method, connection, "/invitation")

    return prepare


def of_error(path: str, body: Any = None) -> Prepare:
    def prepare(pair: Pair, ours: Any) -> Act:
        add_error(pair, ours, "e-1", work_item_id=1)
        return lambda: pair.alice.call("POST", f"/errors/e-1/{path}", body)

    return prepare


def of_ours(method: str, path: str = "", body: Any = None) -> Prepare:
    return lambda pair, ours: lambda: pair.alice.edit(method, ours, path, body)


def of_page(method: str, path: str, body: Any = None) -> Prepare:
    return lambda pair, _ours: lambda: pair.alice.call(method, path, body)


def sign_others_out(pair: Pair, _ours: Any) -> Act:
    pair.alpha.person("anton", pair.alpha.organizations[0])
    pair.alpha.sign_in("anton", pair.alpha.organizations[0])
    return lambda: pair.alice.call("DELETE", "/sessions")


DEEDS: dict[str, Prepare] = {
    "initiate": of_page("POST", "/connections", {"project": "Fabrikam", "visibility": "private"}),
    "edit": of_ours("PATCH", "", {"name": "New"}),
    "exalate": exalate,
    "connect": connect,
    "unexalate": unexalate,
    "show the code": of_pending("GET"),
    "renew": of_pending("POST"),
    "revoke": of_pending("DELETE"),
    "retry": of_error("retry"),
    "resolve": of_error("resolve", {"note": "It is so."}),
    "give an account": of_page("PUT", "/organization/credential", TOKEN),
    "sign others out": sign_others_out,
}


@pytest.fixture
def pair() -> Pair:
    made = make_pair()
    made.alpha.organizations[0].create("Fabrikam", "Bug", {TITLE: "It crashes"})
    person = made.alpha.directory.people[made.alpha.organizations[0].address.url, "access-alice"]
    person.readable = person.editable = frozenset({1})
    return made


def tables(bench: Bench) -> dict[str, Any]:
    found = bench.storage._tables
    return {each.name: dict(getattr(found, each.name)) for each in fields(found)}


def break_trail(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(MemoryAuditTrail, "add", refuse)
    monkeypatch.setattr(MemoryAuditTrail, "add_all", refuse)


@pytest.mark.parametrize("name", DEEDS)
def test_a_deed_that_can_not_be_written_down_is_not_done(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    act = DEEDS[name](pair, pair.connect()[0])
    before = tables(pair.alpha)
    break_trail(monkeypatch)
    assert act().status_code == 500
    assert tables(pair.alpha) == before


@pytest.mark.parametrize("name", DEEDS)
def test_a_deed_is_written_down_once(pair: Pair, name: str) -> None:
    act = DEEDS[name](pair, pair.connect()[0])
    before = len(pair.alice.actions())
    assert act().status_code < 300
    assert len(pair.alice.actions()) == before + 1


@pytest.mark.parametrize(("method", "path"), [("POST", "/deactivate"), ("DELETE", "")])
def test_an_end_that_can_not_be_written_down_does_not_come_although_the_partner_was_told(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    ours, _ = pair.connect()
    break_trail(monkeypatch)
    assert pair.alice.edit(method, ours, path).status_code == 500
    assert pair.alice.connection(ours["id"])["status"] == "active"


def test_an_acceptance_that_can_not_be_written_down_is_none(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    act = accept(pair, None)
    before = tables(pair.beta)["connections"]
    break_trail(monkeypatch)
    assert act().status_code >= 400
    active = {
        row.connection.id for row in tables(pair.beta)["connections"].values() if row.connection.status == "active"
    }
    assert active == set(before)


def test_leaving_is_written_down_or_does_not_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make_bench("alpha")
    bench.person("alice", bench.organizations[0])
    page = bench.sign_in("alice", bench.organizations[0])
    before = tables(bench)
    with monkeypatch.context() as broken:
        break_trail(broken)
        assert page.call("DELETE", "/organization").status_code == 500
    assert tables(bench) == before
    assert page.call("DELETE", "/organization").status_code == 204
