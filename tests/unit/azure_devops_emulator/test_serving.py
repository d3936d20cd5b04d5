"""What goes over the wire: connections, versions, credentials, headers."""

import base64
import http.client
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from tests.unit.azure_devops_emulator.callers import ADMINISTRATOR_TOKEN, Caller, Place
from tests.unit.azure_devops_emulator.tracker import Tracker, put, refusal

from azure_devops_emulator.identities import Identity, Right, Role
from azure_devops_emulator.server import EmulatorServer

FIELD = "_apis/wit/fields/System.Title"


@pytest.fixture
def wire(services: Place) -> Iterator[socket.socket]:
    address = urlsplit(services.server.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        yield connection


def head(path: str, *lines: str, method: str = "GET") -> bytes:
    token = base64.b64encode(f":{ADMINISTRATOR_TOKEN}".encode()).decode()
    given = [f"{method} {path} HTTP/1.1", "Host: emulator.example", f"Authorization: Basic {token}", *lines]
    return "\r\n".join([*given, "", ""]).encode()


def answer(wire: socket.socket) -> tuple[int, bytes]:
    with http.client.HTTPResponse(wire) as response:
        response.begin()
        return response.status, response.read()


def test_a_connection_is_kept_for_the_next_call(services: Place, wire: socket.socket) -> None:
    for _ in range(3):
        wire.sendall(head(f"/{services.organization.name}/{FIELD}"))
        assert answer(wire)[0] == 200


def test_calls_may_follow_each_other_without_waiting(services: Place, wire: socket.socket) -> None:
    path = f"/{services.organization.name}/{FIELD}"
    wire.sendall(head(path) + head(path, "Connection: close"))
    content = b""
    while piece := wire.recv(65_536):
        content += piece
    assert content.count(b"HTTP/1.1 200 OK") == 2
    assert b"Connection: close" in content


def test_a_body_may_come_in_chunks_with_extensions_and_trailers(services: Place, wire: socket.socket) -> None:
    path = f"/{services.organization.name}/_apis/wit/wiql?api-version=7.1"
    body = b'{"query": "SELECT [System.Id] FROM WorkItems"}'
    chunks = b"".join(b"%x;note=1\r\n%b\r\n" % (1, body[i : i + 1]) for i in range(len(body)))
    lines = ("Transfer-Encoding: chunked", "Content-Type: application/json")
    wire.sendall(head(path, *lines, method="POST") + chunks + b"0\r\nTrailer: x\r\n\r\n")
    assert answer(wire)[0] == 200
    wire.sendall(head(f"/{services.organization.name}/{FIELD}"))
    assert answer(wire)[0] == 200


def test_a_body_is_asked_for_when_the_caller_waits(services: Place, wire: socket.socket) -> None:
    path = f"/{services.organization.name}/_apis/wit/attachments?fileName=a&api-version=7.1"
    wire.sendall(head(path, "Content-Length: 3", "Expect: 100-continue", method="POST"))
    assert wire.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.sendall(b"abc")
    assert answer(wire)[0] == 201


def test_a_refused_body_is_not_mistaken_for_the_next_call(services: Place, wire: socket.socket) -> None:
    path = f"/{services.organization.name}/_apis/wit/nothing"
    wire.sendall(head(path, "Content-Length: 5000", method="POST") + b"x" * 5000)
    assert answer(wire)[0] == 501
    wire.sendall(head(f"/{services.organization.name}/{FIELD}"))
    assert answer(wire)[0] == 200


@pytest.mark.parametrize("sent", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"GET /"])
def test_what_is_no_http_ends_the_connection(wire: socket.socket, sent: bytes) -> None:
    wire.sendall(sent)
    wire.shutdown(socket.SHUT_WR)
    assert wire.recv(1000) == b""


def test_an_unknown_route_says_that_the_emulator_does_not_have_it(services: Place) -> None:
    answered = services.administrator("DELETE", "Fabrikam/_apis/wit/dreams/7")
    assert answered.status == 501
    assert answered.content == b"The emulator does not have this route: DELETE Fabrikam/_apis/wit/dreams/7"


def test_an_unknown_organization_is_not_found(services: Place) -> None:
    assert Caller(f"{services.server.url}/nowhere")("GET", FIELD).status == 404


def test_names_are_found_in_any_letter_case(services: Place) -> None:
    caller = Caller(f"{services.server.url}/{services.organization.name.upper()}")
    assert caller("GET", "FABRIKAM/_apis/wit/fields").status == 200
    assert caller("GET", f"{services.project.id.upper()}/_apis/wit/fields").status == 200


def test_an_unknown_project_is_told_with_its_code(services: Place) -> None:
    answered = services.administrator("GET", "Nowhere/_apis/wit/fields")
    refusal(answered, 404, "ProjectDoesNotExistWithNameException", "TF200016: The following project does not exist")


def test_addresses_use_the_name_that_the_caller_uses(on_premises: Place) -> None:
    name = on_premises.organization.name
    for base in (f"{on_premises.server.url}/{name}", f"{on_premises.server.url}/tfs/{name}"):
        assert Caller(base).get(FIELD)["url"].startswith(f"{base}/_apis/")


@pytest.mark.parametrize(
    ("version", "status"),
    [("1.0", 200), ("4.0", 200), ("7.2-preview.9", 200), ("8.0", 400), ("0.9", 400), ("soon", 400)],
)
def test_versions_from_1_0_to_7_2_are_taken(services: Place, version: str, status: int) -> None:
    in_query = services.administrator("GET", f"{FIELD}?api-version={version}")
    in_header = services.administrator("GET", FIELD, Accept=f"application/json;api-version={version}")
    assert (in_query.status, in_header.status) == (status, status)
    if status == 200:
        assert in_header.headers["content-type"] == f"application/json; charset=utf-8; api-version={version}"


def test_a_change_must_name_its_version(services: Place) -> None:
    path = "Fabrikam/_apis/wit/workItems/$Task"
    answered = services.administrator(
        "POST", path, [put("Title", "x")], **{"Content-Type": "application/json-patch+json"}
    )
    refusal(answered, 400, "VssVersionNotSpecifiedException", "No api-version was supplied")


def test_every_answer_has_the_headers_of_the_service(services: Place) -> None:
    answered = services.administrator("GET", FIELD, **{"X-TFS-Session": "a-session"})
    person = services.organization.administrator
    assert answered.headers["x-tfs-session"] == "a-session"
    assert answered.headers["x-vss-userdata"] == f"{person.id}:{person.unique_name}"
    assert answered.headers["activityid"] == answered.headers["x-vss-e2eid"]
    assert answered.headers["x-vss-senderdeploymentid"] == services.organization.deployment_id
    assert {"x-tfs-processid", "cache-control", "pragma", "expires", "x-content-type-options", "p3p", "vary"} <= set(
        answered.headers
    )
    failed = services.administrator("GET", "_apis/wit/workItems/4711")
    assert failed.headers["x-tfs-serviceerror"].startswith("TF401232%3A%20Work%20item%204711")


@pytest.mark.parametrize("authorization", ["Basic OndyonZz", "Basic %%%", "Bearer nobody", "Digest x"])
def test_a_wrong_credential_is_turned_away(services: Place, authorization: str) -> None:
    answered = Caller(services.url, token=None)("GET", FIELD, Authorization=authorization)
    assert (answered.status, answered.content) == (401, b"")
    assert "Basic" in answered.headers["www-authenticate"]


def test_without_a_credential_programs_get_401_and_browsers_the_sign_in_page(services: Place) -> None:
    nobody = Caller(services.url, token=None)
    quiet = nobody("GET", FIELD, **{"X-TFS-FedAuthRedirect": "Suppress"})
    assert (quiet.status, quiet.content) == (401, b"")
    page = nobody("GET", FIELD)
    assert page.status == 203
    assert page.headers["content-type"].startswith("text/html")


def test_the_token_of_another_organization_is_known_but_not_authorized(services: Place, on_premises: Place) -> None:
    stranger = on_premises.caller(Role.READER)
    answered = Caller(services.url, stranger.token)("GET", FIELD)
    refusal(answered, 401, "UnauthorizedRequestException", "TF400813")


def test_a_revoked_token_is_turned_away(services: Place) -> None:
    services.organization.add_token("old", revoked=True)
    assert Caller(services.url, "old")("GET", FIELD).status == 401


def test_a_bearer_token_is_no_password(services: Place) -> None:
    services.organization.add_token("entra", kind="bearer")
    nobody = Caller(services.url, token=None)
    assert nobody("GET", FIELD, Authorization="Bearer entra").status == 200
    assert Caller(services.url, "entra")("GET", FIELD).status == 401


@pytest.mark.parametrize(
    ("scopes", "reads", "writes"),
    [
        (("vso.work",), True, False),
        (("vso.work_write",), True, True),
        (("vso.work_full",), True, True),
        (("vso.code",), False, False),
    ],
)
def test_a_token_reaches_as_far_as_its_scopes(
    services: Place, scopes: tuple[str, ...], reads: bool, writes: bool
) -> None:
    made = Tracker(services.administrator).create()["id"]
    person = Identity("Scoped Person", "scoped@people.example", Role.ADMINISTRATOR)
    scoped = Tracker(services.caller_as(person, scopes))
    answers = scoped.ask("GET", f"_apis/wit/workItems/{made}"), scoped.try_update(made, put("Title", "x"))
    assert [each.status for each in answers] == [200 if reads else 401, 200 if writes else 401]
    if not writes:
        refusal(answers[1], 401, "UnauthorizedRequestException", "TF400813")


def test_rights_decide_in_each_project(services: Place) -> None:
    tracker = Tracker(services.administrator)
    made = tracker.create()["id"]
    reader = Tracker(services.caller(Role.READER))
    assert reader.read(made)["id"] == made
    refusal(reader.try_update(made, put("Title", "x")), 403, "WorkItemUnauthorizedAccessException", "TF237111")
    refusal(reader.try_create("Task", put("Title", "x")), 403, "WorkItemUnauthorizedAccessException")
    comment = reader.ask("POST", reader.comments_path(made), {"text": "x"}, "7.1-preview.4")
    refusal(comment, 403, "WorkItemUnauthorizedAccessException")
    outsider = Tracker(services.caller(Role.OUTSIDER))
    answered = outsider.ask("GET", f"_apis/wit/workItems/{made}")
    refusal(answered, 404, "WorkItemUnauthorizedAccessException", "TF401232")
    answered = outsider.ask("GET", f"Fabrikam/_apis/wit/workItems/{made}")
    refusal(answered, 404, "ProjectDoesNotExistWithNameException")


@pytest.mark.parametrize(
    ("query", "right", "text"),
    [
        ("bypassRules", Right.BYPASS_RULES, "TF401322"),
        ("suppressNotifications", Right.SUPPRESS_NOTIFICATIONS, "suppress notifications"),
    ],
)
def test_special_permissions_are_needed_for_special_ways(services: Place, query: str, right: Right, text: str) -> None:
    person = Identity("Some Body", "some@people.example")
    tracker = Tracker(services.caller_as(person))
    made = tracker.create()["id"]
    refused = tracker.try_update(made, put("Title", "x"), **{query: "true"})
    refusal(refused, 403, "WorkItemTrackingPermissionException", text)
    person.project_rights[services.project.id] = frozenset({Right.READ, Right.WRITE, right})
    assert tracker.update(made, put("Title", "x"), **{query: "true"})["rev"] == 2


def test_a_move_needs_rights_on_both_sides(services: Place) -> None:
    other = services.organization.add_project("Other", "Agile")
    person = Identity("Some Body", "some@people.example")
    tracker = Tracker(services.caller_as(person))
    made = tracker.create()["id"]
    place = [put("TeamProject", "Other"), put("AreaPath", "Other"), put("IterationPath", "Other")]
    person.project_rights[other.id] = frozenset({Right.READ})
    refusal(tracker.try_update(made, *place), 403, "WorkItemTrackingPermissionException")
    person.project_rights = {services.project.id: frozenset({Right.READ, Right.WRITE})}
    refusal(tracker.try_update(made, *place), 403, "WorkItemTrackingPermissionException")
    person.project_rights = {}
    assert tracker.update(made, *place)["fields"]["System.TeamProject"] == "Other"


def test_a_stopped_emulator_leaves_no_connection_and_no_thread(services: Place) -> None:
    with EmulatorServer(organizations=[("short", "Agile")], pats=["x"]) as server:
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port), timeout=20) as idle:
            assert Caller(f"{server.url}/short", "x")("GET", FIELD).status == 200
            server.stop()
            assert idle.recv(10) == b""
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((address.hostname, address.port), timeout=5)


def test_many_callers_at_once_lose_nothing(services: Place) -> None:
    tracker = Tracker(services.administrator)
    made = tracker.create()["id"]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: tracker.update(made, put("Title", f"Title {number}")), range(40)))
    assert tracker.read(made)["rev"] == 41
    revisions = tracker.done("GET", f"_apis/wit/workItems/{made}/revisions")["value"]
    assert len({each["fields"]["System.ChangedDate"] for each in revisions}) == 41


def test_a_bug_of_the_emulator_is_a_500(services: Place) -> None:
    services.organization.tracking.find = None  # type: ignore[assignment, method-assign]
    answered = services.administrator("GET", "_apis/wit/workItems/1")
    assert answered.status == 500
    assert json.loads(answered.content)["typeKey"] == "VssServiceException"
