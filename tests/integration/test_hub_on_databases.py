"""The hub on real databases: what must happen once happens once, also when it is asked for at the same moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.contract.storage.databases import empty, sqlite_storage
from tests.contract.storage.fixtures import POSTGRESQL, database_url, postgresql_url, sqlite_template
from tests.unit.web.hub.bench import Page, make_bench

from adnode.adapters.storage import Storage, open_storage

__all__ = ["database_url", "postgresql_url", "sqlite_template"]

CLICKS = 8


@pytest.fixture(params=["sqlite", POSTGRESQL])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    if request.param == "sqlite":
        with sqlite_storage(request.getfixturevalue("sqlite_template"), tmp_path) as (_, storage):
            yield storage
    else:
        url = request.getfixturevalue("postgresql_url")
        empty(url)
        storage = open_storage(url)
        yield storage
        storage.close()


@pytest.fixture
def alice(database: Storage) -> Page:
    bench = make_bench("alpha", storage=database)
    bench.person("alice", bench.organizations[0])
    return bench.sign_in("alice", bench.organizations[0])


def at_once(click: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(CLICKS) as pool:
        return list(pool.map(click, range(CLICKS)))


def test_the_first_sessions_of_an_organization_at_once_register_it_once(database: Storage) -> None:
    bench = make_bench("alpha", storage=database)
    bench.person("alice", bench.organizations[0])
    statuses = at_once(lambda _number: bench.open_session("alice", bench.organizations[0]).status_code)
    assert statuses == [200] * CLICKS
    with database.unit_of_work() as work:
        assert work.tenants.find(bench.organizations[0].id) is not None


def test_clicks_at_the_same_moment_initiate_once(alice: Page) -> None:
    wish = {"project": "Fabrikam", "visibility": "private"}

    def click(_number: int) -> tuple[int, str, str]:
        answer = alice.call("POST", "/connections", wish, Idempotency_Key="click-1")
        return answer.status_code, answer.json["code"], answer.json["connection"]["id"]

    assert len(set(at_once(click))) == 1
    assert alice.get("/connections")["total"] == 1
    assert alice.actions().count("connection_initiated") == 1


def test_of_edits_made_against_one_state_exactly_one_is_stored(alice: Page) -> None:
    seen = alice.initiate()["connection"]

    def edit(number: int) -> tuple[int, str]:
        answer = alice.edit("PATCH", seen, body={"name": f"Name {number}", "description": f"Text {number}"})
        return answer.status_code, answer.json.get("name", "")

    answers = at_once(edit)
    assert sorted(status for status, _ in answers) == [200] + [412] * (CLICKS - 1)
    stored = alice.connection(seen["id"])
    assert [name for status, name in answers if status == 200] == [stored["name"]]
    assert stored["description"] == stored["name"].replace("Name", "Text")
    assert alice.actions(seen["id"]).count("connection_changed") == 1


def test_a_connection_lives_on_both_databases(alice: Page, database: Storage) -> None:
    partner = make_bench("beta", url="", network=alice.bench.network, clock=alice.bench.clock)
    partner.person("bob", partner.organizations[0])
    bob = partner.sign_in("bob", partner.organizations[0])
    made = alice.initiate()
    bob.accept(made["code"])
    ours = alice.connection(made["connection"]["id"])
    assert (ours["status"], ours["name"]) == ("active", "alpha to beta")
    stopped = alice.edit("POST", ours, "/deactivate").json
    started = alice.edit("POST", stopped, "/activate").json
    code = alice.edit("POST", started, "/invitation").json["code"]
    bob.accept(code)
    removed = alice.edit("DELETE", alice.connection(ours["id"]))
    assert removed.status_code == 204
    assert alice.get("/connections")["items"] == []
    assert alice.actions(ours["id"])[:3] == ["connection_removed", "connection_accepted", "invitation_renewed"]
