"""Files on their way: connections that are given back, and sizes."""

from collections.abc import Iterator

import pytest
from tests.unit.adapters.azure_devops.scripted_server import DROP, Reply, ScriptedServer, refuse, say

from adnode.adapters.azure_devops.attachments import CHUNK_SIZE, Attachments
from adnode.adapters.azure_devops.client import AzureDevOpsClient
from adnode.domain.errors import AttachmentTooLargeError, AuthenticationFailedError, GatewayUnavailableError
from adnode.ports.gateway import chunk_stream

GUID = "A5CEDDE4-2dd5-4fcf-befe-fd0977dd3433"
BYTES = "application/octet-stream"


@pytest.fixture
def attachments(client: AzureDevOpsClient) -> Attachments:
    return Attachments(client, limit=1000)


def test_an_upload_goes_out_in_chunks_of_unknown_number(server: ScriptedServer, attachments: Attachments) -> None:
    server.script.append(say({"id": GUID, "url": "https://file"}, 201))
    uploaded = attachments.upload("My Project", "a b.txt", chunk_stream([b"one ", b"", b"two"]))
    assert (uploaded.id, uploaded.url) == (GUID.lower(), "https://file")
    [seen] = server.seen
    assert seen.path == "/collection/My%20Project/_apis/wit/attachments?fileName=a%20b.txt"
    assert seen.headers["Transfer-Encoding"] == "chunked"
    assert seen.body == b"one two"


def test_an_upload_is_never_repeated(server: ScriptedServer, attachments: Attachments) -> None:
    server.script.append(DROP)
    with pytest.raises(GatewayUnavailableError) as caught:
        attachments.upload("P", "a.txt", chunk_stream([b"x"]))
    assert caught.value.effect_unknown
    assert len(server.seen) == 1


def test_a_refusal_for_size_is_recognized(server: ScriptedServer, attachments: Attachments) -> None:
    server.script.append(refuse(400, "X", "TF237082: The file exceeds the supported file upload size."))
    with pytest.raises(AttachmentTooLargeError):
        attachments.upload("P", "a.txt", chunk_stream([b"x"]))


def test_the_limit_holds_for_what_really_comes(server: ScriptedServer, attachments: Attachments) -> None:
    with pytest.raises(AttachmentTooLargeError):
        attachments.upload("P", "a.txt", chunk_stream([b"x" * 600, b"x" * 600], size=900))
    server.script.append(say({"id": GUID, "url": "https://file"}))
    attachments.upload("P", "a.txt", chunk_stream([b"x" * 1000]))


def test_a_download_is_asked_for_as_bytes(server: ScriptedServer, attachments: Attachments) -> None:
    server.script.append(Reply(200, b"content", {}, BYTES))
    with attachments.open(GUID, "a&b.json") as stream:
        assert (stream.size, b"".join(stream.chunks)) == (7, b"content")
    [seen] = server.seen
    assert seen.path == f"/collection/_apis/wit/attachments/{GUID}?fileName=a%26b.json&download=true"
    assert seen.headers["Accept"].startswith(BYTES)


def test_a_download_that_is_read_to_its_end_gives_its_connection_back(
    server: ScriptedServer, attachments: Attachments
) -> None:
    for _ in range(5):
        server.script.append(Reply(200, b"x" * CHUNK_SIZE * 3, {}, BYTES))
        with attachments.open(GUID, "a") as stream:
            assert sum(map(len, stream.chunks)) == CHUNK_SIZE * 3
    assert server.connections == 1


def test_a_download_that_is_left_closes_its_connection(
    server: ScriptedServer, attachments: Attachments, client: AzureDevOpsClient
) -> None:
    for _ in range(3):
        server.script.append(Reply(200, b"x" * CHUNK_SIZE * 100, {}, BYTES))
        with attachments.open(GUID, "a") as stream:
            next(stream.chunks)
    pools = client._session.get_adapter(server.url).poolmanager.pools  # type: ignore[attr-defined]
    pool = pools[next(iter(pools.keys()))]
    idle = [connection for connection in pool.pool.queue if connection is not None and connection.is_connected]
    assert idle == []
    assert server.connections == 3


def test_a_download_that_breaks_off_is_told(server: ScriptedServer, attachments: Attachments) -> None:
    server.script.append(Reply(200, b"x" * 1000, {}, BYTES, cuts=True))
    with pytest.raises(GatewayUnavailableError), attachments.open(GUID, "a") as stream:
        b"".join(stream.chunks)


def test_a_sign_in_page_is_no_file(server: ScriptedServer, attachments: Attachments) -> None:
    server.script.append(Reply(203, b"<html>Sign in</html>", {}, "text/html"))
    with pytest.raises(AuthenticationFailedError), attachments.open(GUID, "a"):
        pass


def test_a_source_that_breaks_is_told_as_it_is(server: ScriptedServer, attachments: Attachments) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"some"
        raise ConnectionResetError("the peer went away")

    with pytest.raises(ConnectionResetError, match="the peer went away"):
        attachments.upload("P", "a.txt", chunk_stream(chunks()))
    assert server.seen == []
