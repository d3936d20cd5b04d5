"""What goes over the wire, what is tried again, and where the credential never goes."""

import base64
import json
from pathlib import Path

import pytest
from tests.unit.adapters.azure_devops.conftest import TOKEN, make_client
from tests.unit.adapters.azure_devops.scripted_server import DROP, Reply, ScriptedServer, refuse, say

from adnode.adapters.azure_devops.addresses import OrganizationAddress
from adnode.adapters.azure_devops.client import READ_ATTEMPTS, AzureDevOpsClient, Call, is_loopback
from adnode.adapters.azure_devops.credentials import TokenSignIn
from adnode.adapters.azure_devops.failures import Operation
from adnode.adapters.azure_devops.pacing import Pace
from adnode.adapters.azure_devops.resources import BATCH, COMMENTS, PROJECTS, WIQL, WORK_ITEMS
from adnode.domain.errors import (
    AuthenticationFailedError,
    GatewayError,
    GatewayUnavailableError,
    InvalidWriteError,
    LeaseLostError,
    RateLimitedError,
    WorkItemNotFoundError,
)
from adnode.domain.organization import PersonalAccessToken

READ = Operation("read work items", "read work items")
WRITE = Operation("change work item 7", "write work items", is_write=True)
READ_CALL = Call("GET", WORK_ITEMS, READ, query={"ids": [1, 2]})
WRITE_CALL = Call("PATCH", WORK_ITEMS, WRITE, {"id": 7}, content=[])


def ask(client: AzureDevOpsClient, call: Call) -> object:
    return client.ask(call, lambda document: document)


def test_a_call_carries_version_token_and_quoted_names(server: ScriptedServer, client: AzureDevOpsClient) -> None:
    server.script.append(say({"workItems": []}))
    call = Call("POST", WIQL, READ, {"project": "A & B/C"}, {"timePrecision": True, "$top": None}, {"query": "ü"})
    assert ask(client, call) == {"workItems": []}
    [seen] = server.seen
    assert (seen.method, seen.path) == ("POST", "/collection/A%20%26%20B%2FC/_apis/wit/wiql?timePrecision=true")
    assert seen.headers["Accept"] == "application/json;api-version=7.1-preview.2"
    assert base64.b64decode(seen.headers["Authorization"].removeprefix("Basic ")) == f":{TOKEN}".encode()
    assert seen.document == {"query": "ü"}


def test_everything_goes_over_one_connection(server: ScriptedServer, client: AzureDevOpsClient) -> None:
    server.script.append(refuse(404, "WorkItemUnauthorizedAccessException", "TF401232: nothing"))
    with pytest.raises(WorkItemNotFoundError):
        ask(client, READ_CALL)
    for _ in range(5):
        ask(client, READ_CALL)
    ask(client, Call("GET", PROJECTS, READ))
    assert server.connections == 1
    assert len(server.discovery) == 2


def test_an_organization_gets_an_id_of_its_own(server: ScriptedServer, client: AzureDevOpsClient) -> None:
    other = make_client(server.url)
    ask(client, READ_CALL)
    ask(other, READ_CALL)
    ask(client, READ_CALL)
    other.close()
    first, second, third = (seen.headers["X-TFS-Session"] for seen in server.seen)
    assert first == third != second


def test_a_read_is_tried_again(server: ScriptedServer, client: AzureDevOpsClient) -> None:
    server.script.extend([DROP, Reply(503, b"<html><title>Down</title></html>", {}, "text/html"), say({"value": []})])
    assert ask(client, READ_CALL) == {"value": []}
    assert len(server.seen) == 3


def test_a_read_is_given_up_in_the_end(server: ScriptedServer, client: AzureDevOpsClient) -> None:
    server.default = lambda _: Reply(503, b"<html><title>Down</title></html>", {}, "text/html")
    with pytest.raises(GatewayUnavailableError, match=r"503 .* Down") as caught:
        ask(client, READ_CALL)
    assert (caught.value.status, caught.value.effect_unknown) == (503, False)
    assert len(server.seen) == READ_ATTEMPTS


@pytest.mark.parametrize("reply", [DROP, Reply(500), Reply(200, b"{" * 100, cuts=True), Reply(200, b"no JSON")])
def test_a_write_without_a_clear_answer_may_have_happened(
    server: ScriptedServer, client: AzureDevOpsClient, reply: Reply
) -> None:
    server.script.append(reply)
    with pytest.raises(GatewayUnavailableError) as caught:
        ask(client, WRITE_CALL)
    assert caught.value.effect_unknown
    assert len(server.seen) == 1


def test_a_write_that_was_never_sent_has_not_happened() -> None:
    with ScriptedServer() as server:
        client = make_client(server.url)
        ask(client, Call("GET", WORK_ITEMS, READ))
    client.close()
    with pytest.raises(GatewayUnavailableError, match="can't be reached") as caught:
        ask(client, WRITE_CALL)
    client.close()
    assert not caught.value.effect_unknown


def test_a_failing_discovery_leaves_no_doubt_about_a_write() -> None:
    client = make_client("http://127.0.0.1:9/collection")
    with pytest.raises(GatewayUnavailableError) as caught:
        ask(client, WRITE_CALL)
    client.close()
    assert not caught.value.effect_unknown


@pytest.mark.parametrize(
    "reply",
    [
        Reply(203, b"<html><title>Sign In</title></html>", {}, "text/html; charset=utf-8"),
        Reply(200, b"<html><title>Sign In</title></html>", {}, "text/html"),
        Reply(302, b"", {"Location": "https://login.example/"}),
        Reply(401, b"", {"WWW-Authenticate": "Bearer"}, "text/plain"),
    ],
)
@pytest.mark.parametrize("call", [READ_CALL, WRITE_CALL])
def test_a_sign_in_page_is_a_refused_credential(
    server: ScriptedServer, client: AzureDevOpsClient, reply: Reply, call: Call
) -> None:
    server.script.append(reply)
    with pytest.raises(AuthenticationFailedError) as caught:
        ask(client, call)
    assert not caught.value.effect_unknown
    assert len(server.seen) == 1


def test_no_redirect_takes_the_credential_along(server: ScriptedServer, client: AzureDevOpsClient) -> None:
    with ScriptedServer() as thief:
        server.script.append(Reply(302, b"", {"Location": thief.url}))
        with pytest.raises(AuthenticationFailedError):
            ask(client, READ_CALL)
        assert not thief.seen + thief.discovery


def test_no_other_host_gets_the_credential(server: ScriptedServer, client: AzureDevOpsClient) -> None:
    with ScriptedServer() as thief:
        areas = ("5264459e-e5e0-4bd8-b118-0985e68a4ec5", "79134c72-4a58-4b42-976c-04e7115f32bf")
        server.areas = [{"id": area, "name": "wit", "locationUrl": thief.url} for area in areas]
        with pytest.raises(GatewayError, match="does not belong to it"):
            ask(client, READ_CALL)
        assert not thief.seen + thief.discovery


def test_cookies_are_not_kept(server: ScriptedServer, client: AzureDevOpsClient) -> None:
    server.script.append(say({}, Set_Cookie="UserAuthentication=x; path=/"))
    ask(client, READ_CALL)
    ask(client, READ_CALL)
    assert "Cookie" not in server.seen[1].headers


def test_a_password_file_of_the_machine_is_ignored(
    server: ScriptedServer,
    client: AzureDevOpsClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    ask(client, READ_CALL)
    assert base64.b64decode(server.seen[0].headers["Authorization"].removeprefix("Basic ")) == f":{TOKEN}".encode()


def test_a_proxy_is_not_asked_for_this_machine(
    server: ScriptedServer, client: AzureDevOpsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    ask(client, READ_CALL)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:1/x", True),
        ("http://127.8.9.1/x", True),
        ("http://[::1]:2/x", True),
        ("https://dev.azure.com/x", False),
        ("http://10.0.0.1/x", False),
    ],
)
def test_only_loopback_is_this_machine(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected


def test_retry_after_on_a_success_holds_back_the_next_call(server: ScriptedServer) -> None:
    now, slept = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(monotonic=lambda: now[0], sleep=sleep, jitter=lambda: 0.0)
    client = AzureDevOpsClient(OrganizationAddress(server.url), TokenSignIn(PersonalAccessToken(TOKEN)), pace)
    server.script.append(say({}, Retry_After="12"))
    ask(client, READ_CALL)
    assert slept == []
    ask(client, READ_CALL)
    client.close()
    assert slept == [12.0]


def test_too_many_calls_are_tried_again_when_reading_only(server: ScriptedServer, client: AzureDevOpsClient) -> None:
    throttled = refuse(429, "TooManyRequests", "TF400733: The request has been canceled")
    server.script.extend([throttled, say({"value": []})])
    ask(client, READ_CALL)
    server.script.append(throttled)
    with pytest.raises(RateLimitedError) as caught:
        ask(client, WRITE_CALL)
    assert not caught.value.effect_unknown


def test_a_long_pause_is_told_rather_than_waited_for(server: ScriptedServer, client: AzureDevOpsClient) -> None:
    server.script.append(say({"message": "TF400733", "typeKey": "X"}, 429, Retry_After="300"))
    with pytest.raises(RateLimitedError) as caught:
        ask(client, READ_CALL)
    assert caught.value.retry_after_seconds
    assert caught.value.retry_after_seconds > 290
    assert len(server.seen) == 1


def test_an_answer_with_a_byte_order_mark_is_read(server: ScriptedServer, client: AzureDevOpsClient) -> None:
    server.script.append(Reply(200, b"\xef\xbb\xbf" + json.dumps({"value": ["ü"]}).encode()))
    assert ask(client, READ_CALL) == {"value": ["ü"]}


def test_an_empty_answer_is_none(server: ScriptedServer, client: AzureDevOpsClient) -> None:
    server.script.append(Reply(204, b""))
    assert ask(client, WRITE_CALL) is None


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"value": 7}', b'"text"'])
@pytest.mark.parametrize("call", [READ_CALL, WRITE_CALL])
def test_an_answer_that_makes_no_sense_counts_as_none(
    server: ScriptedServer, client: AzureDevOpsClient, body: bytes, call: Call
) -> None:
    server.default = lambda _: Reply(200, body)
    with pytest.raises(GatewayUnavailableError, match="can't be read") as caught:
        client.ask(call, lambda document: document["value"]["id"])
    assert caught.value.effect_unknown is call.operation.is_write
    assert len(server.seen) == (1 if call.operation.is_write else READ_ATTEMPTS)


def test_an_older_server_is_asked_for_the_latest_version_that_it_speaks() -> None:
    with ScriptedServer(max_version="6.0", released="5.1") as server:
        client = make_client(server.url)
        ask(client, READ_CALL)
        assert client.negotiate(COMMENTS, READ) == "6.0-preview"
        client.close()
        assert server.seen[0].headers["Accept"] == "application/json;api-version=6.0-preview"


def test_a_resource_that_the_server_lacks_is_named() -> None:
    with ScriptedServer(without=("BATCH",)) as server:
        client = make_client(server.url)
        with pytest.raises(InvalidWriteError, match="too old"):
            ask(client, Call("PATCH", BATCH, WRITE, content=[]))
        client.close()


def test_a_check_is_made_right_before_sending_and_nothing_is_sent_when_it_says_no(
    server: ScriptedServer, client: AzureDevOpsClient
) -> None:
    """What takes long, such as waiting for the pace and signing in, comes before it."""
    moments: list[int] = []

    def check() -> None:
        moments.append(len(server.seen))
        if len(moments) > 2:
            raise LeaseLostError("Too late.")

    ask(client, READ_CALL)
    guarded = client.guarded_by(check)
    for _ in range(2):
        ask(guarded, WRITE_CALL)
    before = len(server.seen)
    with pytest.raises(LeaseLostError):
        ask(guarded, WRITE_CALL)
    assert moments == [before - 2, before - 1, before]
    assert len(server.seen) == before
    ask(client, WRITE_CALL)
    assert len(server.seen) == before + 1


def test_each_attempt_of_a_read_is_checked(server: ScriptedServer, client: AzureDevOpsClient) -> None:
    ask(client, READ_CALL)
    checks: list[None] = []
    server.script.extend([DROP, DROP, say({"value": []})])
    ask(client.guarded_by(lambda: checks.append(None)), READ_CALL)
    assert len(checks) == READ_ATTEMPTS
