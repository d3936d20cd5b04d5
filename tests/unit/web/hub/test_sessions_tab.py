"""Who is signed in, ending that, and a right that was lost while somebody was signed in."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.web.hub.bench import ACCESS_TOKEN, Bench, Page, make_bench

from adnode.domain.actor import ActorKind
from adnode.domain.audit import AuditEntry
from adnode.services.sessions import SessionPolicy

FIVE_MINUTES = 300


@pytest.fixture
def bench() -> Bench:
    made = make_bench("alpha", "beta")
    for name in ("alice", "anton"):
        made.person(name, made.organizations[0])
    made.person("bob", made.organizations[1])
    return made


@pytest.fixture
def alice(bench: Bench) -> Page:
    return bench.sign_in("alice", bench.organizations[0])


@pytest.fixture
def anton(bench: Bench) -> Page:
    return bench.sign_in("anton", bench.organizations[0])


def audit(bench: Bench, place: int = 0) -> list[AuditEntry]:
    with bench.storage.unit_of_work() as work:
        return list(work.audit.list_page(bench.organizations[place].id, limit=50))


def listed(page: Page) -> list[Any]:
    return list(page.get("/sessions")["items"])


def code(page: Page) -> tuple[int, str]:
    answer = page.ask("GET", "/connections")
    return answer.status_code, "" if answer.status_code == 200 else answer.json["code"]


def lose_right(bench: Bench, name: str) -> None:
    key = (bench.organizations[0].address.url, f"access-{name}")
    bench.directory.people[key] = replace(bench.directory.people[key], is_administrator=False)


# the list ------------------------------------------------------------------------------------------------------------


def test_sessions_of_the_organization_are_listed_with_who_when_and_where(bench: Bench, alice: Page) -> None:
    bench.clock.advance(60)
    bench.sign_in("anton", bench.organizations[0])
    bench.sign_in("bob", bench.organizations[1])
    bench.person("rita", bench.organizations[0], is_administrator=False)
    bench.sign_in("rita", bench.organizations[0], purpose="panel")
    items = listed(alice)
    assert [(item["user"]["name"], item["is_current"]) for item in items] == [("Alice", True), ("Anton", False)]
    assert (items[1]["opened_at"], items[1]["address"]) == ("2026-01-05T09:01:00Z", "127.0.0.1")
    assert items[1]["browser"].startswith("Werkzeug/")


def test_a_long_and_strange_browser_is_cut_and_cleaned(bench: Bench) -> None:
    headers = {"Authorization": "Bearer app-alice", ACCESS_TOKEN: "access-alice", "User-Agent": "é<b>\tx" + "y" * 500}
    claim = bench.claim(bench.organizations[0])
    token = bench.client.post("/api/v1/session", json=claim, headers=headers).json["token"]
    (item,) = listed(Page(bench, "alice", bench.organizations[0], token))
    assert item["browser"] == "<b>x" + "y" * 196


def test_opening_is_an_audit_entry_and_so_is_a_refusal(bench: Bench, alice: Page) -> None:
    bench.person("rita", bench.organizations[0], is_administrator=False)
    for _ in range(3):
        assert bench.open_session("rita", bench.organizations[0]).status_code == 403
    refused, opened, _ = audit(bench)
    assert (opened.action.value, opened.user_name, opened.details["address"]) == (
        "session_opened",
        "Alice",
        "127.0.0.1",
    )
    assert (refused.action.value, refused.user_name) == ("session_refused", "Rita")
    assert refused.details["reason"] == "administrator_required"
    bench.clock.advance(601)
    bench.open_session("rita", bench.organizations[0])
    assert [entry.action.value for entry in audit(bench)][:2] == ["session_refused", "session_refused"]
    assert alice.get("/audit")["total"] == 4


def test_strangers_write_nothing_into_a_trail(bench: Bench) -> None:
    bench.person("rita", bench.organizations[0], is_administrator=False)
    bench.open_session("rita", bench.organizations[0])
    bench.open_session("alice", bench.organizations[0], access="bogus")
    assert audit(bench) == []


def test_the_panel_of_a_work_item_leaves_the_trail_alone(bench: Bench, alice: Page) -> None:
    before = len(audit(bench))
    bench.sign_in("anton", bench.organizations[0], purpose="panel")
    assert len(audit(bench)) == before
    assert len(listed(alice)) == 1


# ending --------------------------------------------------------------------------------------------------------------


def test_an_ended_session_is_refused_at_once_and_says_so(bench: Bench, alice: Page, anton: Page) -> None:
    (session_id,) = [item["id"] for item in listed(alice) if not item["is_current"]]
    assert alice.call("DELETE", f"/sessions/{session_id}").status_code == 204
    assert code(anton) == (401, "session_ended")
    assert [item["user"]["name"] for item in listed(alice)] == ["Alice"]
    ended = audit(bench)[0]
    assert (ended.action.value, ended.user_name, ended.details["user"]) == ("session_ended", "Alice", "Anton")
    assert ended.details["how"] == "ended"
    assert alice.call("DELETE", f"/sessions/{session_id}").status_code == 404


def test_an_ended_session_does_not_go_on_by_the_pages_renewal(bench: Bench, alice: Page, anton: Page) -> None:
    (session_id,) = [item["id"] for item in listed(alice) if not item["is_current"]]
    alice.call("DELETE", f"/sessions/{session_id}")
    again = bench.open_session("anton", bench.organizations[0], so_far=anton.token)
    assert again.status_code == 200, "the person still holds the right"
    assert code(anton) == (401, "session_ended")
    assert [entry.action.value for entry in audit(bench)][:2] == ["session_opened", "session_ended"]


def test_signing_out_ends_ones_own_session(alice: Page, bench: Bench) -> None:
    (item,) = listed(alice)
    assert alice.call("DELETE", f"/sessions/{item['id']}").status_code == 204
    assert code(alice) == (401, "session_ended")
    assert audit(bench)[0].details["how"] == "left"


def test_all_others_end_at_once_and_panels_with_them(bench: Bench, alice: Page, anton: Page) -> None:
    bob = bench.sign_in("bob", bench.organizations[1])
    panel = bench.sign_in("anton", bench.organizations[0], purpose="panel")
    assert alice.call("DELETE", "/sessions").json == {"ended": 1}
    assert [code(page) for page in (alice, anton, panel, bob)] == [
        (200, ""),
        (401, "session_ended"),
        (401, "session_ended"),
        (200, ""),
    ]


def test_a_session_of_a_neighbour_is_not_there(bench: Bench, alice: Page) -> None:
    bob = bench.sign_in("bob", bench.organizations[1])
    (session_id,) = [item["id"] for item in listed(alice)]
    assert bob.call("DELETE", f"/sessions/{session_id}").status_code == 404
    assert bob.call("DELETE", "/sessions").json == {"ended": 0}
    assert code(alice) == (200, "")


# a right that is lost ------------------------------------------------------------------------------------------------


def test_a_lost_right_ends_a_session_within_five_minutes(bench: Bench, alice: Page, anton: Page) -> None:
    lose_right(bench, "anton")
    bench.clock.advance(FIVE_MINUTES - 1)
    assert code(anton) == (200, "")
    bench.clock.advance(1)
    assert code(anton) == (401, "session_expired")
    answer = bench.open_session("anton", bench.organizations[0], so_far=anton.token)
    assert (answer.status_code, answer.json["code"]) == (403, "administrator_required")
    assert code(anton) == (401, "session_ended")
    entry = audit(bench)[0]
    assert (entry.action.value, entry.user_name, entry.details["how"]) == ("session_ended", "Anton", "right_lost")
    assert [item["user"]["name"] for item in listed(alice)] == ["Alice"]


def test_a_session_whose_right_is_still_there_goes_on_as_the_same_one(bench: Bench, alice: Page) -> None:
    (before,) = listed(alice)
    for _ in range(12):
        bench.clock.advance(FIVE_MINUTES)
        (after,) = listed(alice)
    assert (after["id"], after["opened_at"]) == (before["id"], before["opened_at"])
    assert [entry.action.value for entry in audit(bench)] == ["session_opened", "organization_registered"]


def test_azure_devops_is_asked_about_the_right_once_in_five_minutes(bench: Bench, alice: Page) -> None:
    asked = len(bench.directory.sent)
    for _ in range(10):
        bench.clock.advance(59)
        alice.get("/connections")
    assert len(bench.directory.sent) - asked == 2, "who it is, and whether they may"


def test_a_session_does_not_go_on_for_another_person_or_purpose(bench: Bench, alice: Page) -> None:
    (mine,) = listed(alice)
    for name, claims in (("anton", {}), ("alice", {"purpose": "panel"}), ("bob", {})):
        place = bench.organizations[1] if name == "bob" else bench.organizations[0]
        assert bench.open_session(name, place, so_far=alice.token, **claims).status_code == 200
    assert next(item for item in listed(alice) if item["is_current"])["used_at"] == mine["used_at"]
    assert [item["user"]["name"] for item in listed(alice)].count("Anton") == 1


def test_a_token_that_is_none_begins_a_new_session(bench: Bench, alice: Page) -> None:
    assert bench.open_session("alice", bench.organizations[0], so_far="bogus").status_code == 200
    assert len(listed(alice)) == 2
    assert bench.open_session("alice", bench.organizations[0], so_far="x" * 9000).status_code == 422


def test_after_half_a_day_it_is_another_session(bench: Bench, alice: Page) -> None:
    (first,) = listed(alice)
    for _ in range(12 * 12):
        bench.clock.advance(FIVE_MINUTES)
        alice.get("/connections")
    found = listed(alice)
    assert first["id"] not in {item["id"] for item in found if item["is_current"]}


def test_an_administrators_panel_loses_the_right_too(bench: Bench, alice: Page) -> None:
    panel = bench.sign_in("anton", bench.organizations[0], purpose="panel")
    assert code(panel) == (200, "")
    lose_right(bench, "anton")
    bench.clock.advance(FIVE_MINUTES)
    assert panel.call("GET", "/connections").status_code == 403


# what runs out -------------------------------------------------------------------------------------------------------


def test_a_session_that_nobody_renews_runs_out_and_is_forgotten_later(bench: Bench, alice: Page) -> None:
    bench.clock.advance(2701)
    sessions = bench.services.hub.console.sessions  # type: ignore[union-attr]
    sessions.tend()
    entry = audit(bench)[0]
    assert (entry.action.value, entry.user_name, entry.details["user"]) == ("session_ended", "This node", "Alice")
    assert entry.actor is ActorKind.NODE
    sessions.tend()
    assert [one.action.value for one in audit(bench)].count("session_ended") == 1
    bench.clock.advance(24 * 3600 + 1)
    sessions.tend()
    with bench.storage.unit_of_work() as work:
        assert work.sessions.forget(bench.clock.now()) == 0


def test_a_token_without_its_record_is_worth_nothing(alice: Page, bench: Bench) -> None:
    with bench.storage.unit_of_work() as work:
        (record,) = work.sessions.list_live(bench.organizations[0].id, bench.clock.now())
        work.sessions.end(record.id, bench.clock.now(), "left")
        work.sessions.forget(bench.clock.now().replace(year=2030))
        work.commit()
    assert code(alice) == (401, "session_refused")


def test_the_use_of_a_session_is_noted_once_a_minute(bench: Bench, alice: Page) -> None:
    bench.clock.advance(30)
    assert listed(alice)[0]["used_at"] == "2026-01-05T09:00:00Z"
    bench.clock.advance(31)
    alice.get("/connections")
    assert listed(alice)[0]["used_at"].startswith("2026-01-05T09:01:01")


def test_a_tenant_that_may_not_use_the_node_any_more_is_written_down(bench: Bench) -> None:
    bench.sign_in("alice", bench.organizations[0])
    shared = {"storage": bench.storage, "clock": bench.clock, "directory": bench.directory}
    stricter = make_bench(
        "alpha",
        url="https://other.example",
        policy=SessionPolicy(allowed_organizations=("else",)),
        has_credentials=False,
        app_tokens=bench.app_tokens,
        **shared,
    )
    assert stricter.open_session("alice", bench.organizations[0]).status_code == 403
    assert audit(bench)[0].details["reason"] == "organization_not_allowed"
