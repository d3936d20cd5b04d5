"""What was refused is seen: a log line, a count, and for a connection's own partner an error that ends by itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.contract.peer.fake_node import CONNECTION_ID, make_message
from tests.unit.web.hub.bench import make_bench
from tests.unit.web.test_peer_api import ACCEPTANCE, MESSAGES, OURS, SIGNER, Edge, make_edge

from adnode.domain.error_record import ErrorRecord, ErrorStatus, Impact
from adnode.services.refused_requests import QUIET, REFUSED_LIMIT
from adnode.services.sessions import SessionPolicy
from adnode.web.rate_limits import DEFAULT_RATES

STRANGER = SIGNER.new_private_key()


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    with make_edge(tmp_path) as made:
        yield made


def lines(captured: list[Any]) -> list[dict[str, Any]]:
    return [dict(line) for line in captured if line["event"] == "refused"]


def counts(edge: Edge) -> dict[str, float]:
    text = edge.client.get("/metrics").get_data(as_text=True)
    found = [line.split() for line in text.splitlines() if line.startswith("adnode_refusals_total{")]
    return {name.split('"')[1]: float(count) for name, count in found if float(count)}


def records(edge: Edge, status: ErrorStatus = ErrorStatus.OPEN) -> list[ErrorRecord]:
    with edge.storage.unit_of_work() as work:
        found = work.error_records.list_records(connection_id=CONNECTION_ID, include_closed=True)
    return [record for record in found if record.status is status]


def test_a_refused_signature_is_one_line_without_anything_of_the_message(edge: Edge) -> None:
    with capture_logs() as captured:
        assert edge.push(make_message(1), key=STRANGER).status_code == 401
    [line] = lines(captured)
    assert (line["kind"], line["code"], line["connection"]) == ("signature", "signature_invalid", CONNECTION_ID)
    assert (line["route"], line["address"], line["log_level"]) == ("peer.take_messages", "127.0.0.1", "warning")
    assert set(line) == {"event", "log_level", "kind", "code", "route", "address", "connection"}
    assert counts(edge) == {"signature": 1.0}


def test_a_replay_is_told_from_a_wrong_signature(edge: Edge) -> None:
    body = b'{"messages": []}'
    head = edge.head("POST", MESSAGES, body, OURS, {"content-type": "application/json"})
    assert edge.send(head, MESSAGES, body).status_code == 200
    with capture_logs() as captured:
        assert edge.send(head, MESSAGES, body).status_code == 401
    assert [line["kind"] for line in lines(captured)] == ["replay"]
    assert counts(edge) == {"replay": 1.0}


def test_a_connection_that_is_not_here_and_a_wrong_invitation_are_counted(edge: Edge) -> None:
    unknown = MESSAGES.replace(CONNECTION_ID, "2" * 36)
    with capture_logs() as captured:
        assert edge.call("GET", unknown).status_code == 404
        assert edge.call("POST", ACCEPTANCE, b"{}", key=STRANGER).status_code == 422
    assert [line["kind"] for line in lines(captured)] == ["connection"]


def test_a_stranger_who_asks_too_often_is_counted(edge: Edge) -> None:
    with capture_logs() as captured:
        answers = [edge.client.post(ACCEPTANCE).status_code for _ in range(DEFAULT_RATES["peer_acceptance"].count + 3)]
    assert answers[-3:] == [429] * 3
    assert [line["kind"] for line in lines(captured)].count("rate") == 3
    assert counts(edge)["rate"] == 3.0


def test_a_wrong_metrics_token_is_counted(tmp_path: Path) -> None:
    with make_edge(tmp_path, metrics_token="right") as edge:
        with capture_logs() as captured:
            assert edge.client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
        [line] = lines(captured)
    assert line["kind"] == "metrics"
    assert "wrong" not in str(line)


def test_what_the_partner_is_refused_again_and_again_is_an_error_until_it_is_good(edge: Edge) -> None:
    for _ in range(REFUSED_LIMIT - 1):
        edge.push(make_message(1), key=STRANGER)
    assert records(edge) == []
    edge.push(make_message(1), key=STRANGER)
    [record] = records(edge)
    assert (record.code, record.impact, record.connection_id) == (
        "peer_requests_refused",
        Impact.WARNING,
        CONNECTION_ID,
    )
    assert "Beta" in record.message
    for _ in range(20):
        edge.push(make_message(1), key=STRANGER)
    assert records(edge)[0].occurrences == 1, "a flood writes nothing more for a while"
    assert edge.push(make_message(1)).status_code == 200
    assert records(edge) == []
    assert records(edge, ErrorStatus.CLOSED)[0].resolution.value == "by_itself"


def test_refusals_far_apart_are_no_error(edge: Edge) -> None:
    for _ in range(REFUSED_LIMIT * 3):
        edge.push(make_message(1), key=STRANGER)
        edge.clock.advance(QUIET.total_seconds() / (REFUSED_LIMIT - 1) + 1)
    assert records(edge) == []


def test_an_error_that_another_process_left_ends_with_the_first_good_request(edge: Edge, tmp_path: Path) -> None:
    for _ in range(REFUSED_LIMIT):
        edge.push(make_message(1), key=STRANGER)
    assert len(records(edge)) == 1
    again = edge.reopened()
    assert again.push(make_message(1)).status_code == 200
    assert records(edge) == []


def test_refused_sign_ins_tenants_sessions_and_rights_are_told_apart() -> None:
    bench = make_bench("alpha", policy=SessionPolicy(allowed_organizations=("somebody-else",)))
    (alpha,) = bench.organizations
    bench.person("alice", alpha)
    with capture_logs() as captured:
        bench.open_session("alice", alpha, access="bogus-token")
        bench.open_session("alice", alpha, app="bogus-token")
        bench.open_session("alice", alpha, host_name="../evil")
        assert bench.open_session("alice", alpha).status_code == 403
        bench.client.get("/api/v1/connections", headers={"Authorization": "Bearer bogus-token"})
    found = lines(captured)
    assert [line["kind"] for line in found] == ["sign_in"] * 3 + ["tenant", "session"]
    assert found[3]["organization"] == alpha.id
    assert "bogus-token" not in str(found)


def test_a_panel_that_asks_for_an_administrators_page_is_a_refused_right() -> None:
    bench = make_bench("alpha")
    bench.person("rita", bench.organizations[0], is_administrator=False)
    page = bench.sign_in("rita", bench.organizations[0], purpose="panel")
    with capture_logs() as captured:
        assert page.call("GET", "/connections").status_code == 403
        assert bench.open_session("rita", bench.organizations[0]).status_code == 403
    assert [line["kind"] for line in lines(captured)] == ["right", "sign_in"]


def test_what_a_person_does_wrong_is_no_refusal() -> None:
    bench = make_bench("alpha")
    bench.person("alice", bench.organizations[0])
    page = bench.sign_in("alice", bench.organizations[0])
    with capture_logs() as captured:
        assert page.call("POST", "/invitations/acceptance", {"code": "torn", "project": "Fabrikam"}).status_code == 422
        assert page.call("GET", "/connections/no-such").status_code == 404
    assert lines(captured) == []
