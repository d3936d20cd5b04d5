import base64
import http.client
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.unit.azure_devops_emulator.callers import Place
from tests.unit.azure_devops_emulator.tracker import Tracker, link, refusal

from azure_devops_emulator.identities import Role

MEGABYTE = 1024 * 1024


def upload(tracker: Tracker, content: bytes, name: str = "a.bin") -> Any:
    return send(tracker, "POST", f"Fabrikam/_apis/wit/attachments?api-version=7.1&fileName={name}", [content])


def send(tracker: Tracker, method: str, path: str, pieces: Iterator[bytes] | list[bytes], **headers: str) -> Any:
    """The answer to a body sent in chunks."""
    address = urlsplit(tracker.caller.url)
    connection = http.client.HTTPConnection(address.netloc, timeout=60)
    token = base64.b64encode(f":{tracker.caller.token}".encode()).decode()
    given = {"Authorization": f"Basic {token}", "Content-Type": "application/octet-stream", **headers}
    try:
        connection.request(method, f"{address.path}/{path}", iter(pieces), given, encode_chunked=True)
        with connection.getresponse() as response:
            return response.status, response.read()
    finally:
        connection.close()


def stored(tracker: Tracker, content: bytes, name: str = "a.bin") -> dict[str, str]:
    status, body = upload(tracker, content, name)
    assert status == 201, body
    made: dict[str, str] = json.loads(body)
    return made


def download(tracker: Tracker, url: str, query: str = "") -> Any:
    path = url.removeprefix(tracker.caller.url + "/").partition("?")[0]
    return tracker.caller("GET", f"{path}?api-version=7.1{query}")


def test_a_file_comes_back_as_it_was_sent(tracker: Tracker) -> None:
    content = bytes(range(256)) * 4000
    made = stored(tracker, content)
    answered = download(tracker, made["url"], "&fileName=b%20%C3%A4.bin&download=true")
    assert answered.content == content
    assert answered.headers["content-type"] == "application/octet-stream"
    assert answered.headers["content-length"] == str(len(content))
    disposition = answered.headers["content-disposition"]
    assert disposition == "attachment; filename=\"b _.bin\"; filename*=UTF-8''b%20%C3%A4.bin"


def test_a_linked_file_raises_the_revision_and_tells_of_itself(services: Place, tracker: Tracker) -> None:
    item, made = tracker.create(), stored(tracker, b"12345", "notes.txt")
    linked = tracker.update(item["id"], link("AttachedFile", made["url"], comment="see"))
    assert linked["rev"] == 2
    [relation] = linked["relations"]
    assert relation["url"] == f"{services.url}/{services.project.id}/_apis/wit/attachments/{made['id']}"
    attributes = relation["attributes"]
    assert (attributes["name"], attributes["comment"], attributes["resourceSize"]) == ("notes.txt", "see", 5)
    assert {"id", "authorizedDate", "resourceCreatedDate", "resourceModifiedDate", "revisedDate"} <= set(attributes)
    refusal(tracker.try_update(item["id"], link("AttachedFile", made["url"])), 400, "RelationAlreadyExistsException")


def test_a_file_that_was_never_uploaded_cannot_be_linked(tracker: Tracker) -> None:
    item, made = tracker.create(), stored(tracker, b"x")
    other = made["url"].replace(made["id"], "00000000-0000-0000-0000-000000000000")
    refusal(tracker.try_update(item["id"], link("AttachedFile", other)), 400, "WorkItemResourceLinkException")
    assert download(tracker, other).status == 404


def test_a_hundred_files_are_the_most(tracker: Tracker) -> None:
    files = [link("AttachedFile", stored(tracker, b"x")["url"]) for _ in range(101)]
    item = tracker.create("Task", *files[:100])
    refusal(tracker.try_update(item["id"], files[100]), 400, "WorkItemAttachmentLimitExceededException")


def test_a_file_arrives_in_chunks(tracker: Tracker) -> None:
    path = "Fabrikam/_apis/wit/attachments"
    made = tracker.done("POST", f"{path}?uploadType=chunked&fileName=big.bin", {})
    item = tracker.create()
    refusal(tracker.try_update(item["id"], link("AttachedFile", made["url"])), 400, "WorkItemResourceLinkException")
    address = f"{path}/{made['id']}?fileName=big.bin&api-version=7.1"
    for text, content in (("bytes 0-2/5", b"abc"), ("bytes 3-4/5", b"de")):
        assert send(tracker, "PUT", address, [content], **{"Content-Range": text})[0] == 201
    assert download(tracker, made["url"]).content == b"abcde"
    assert tracker.update(item["id"], link("AttachedFile", made["url"]))["rev"] == 2


@pytest.mark.parametrize(("text", "content"), [("bytes 3-4/5", b"de"), ("bytes 0-2/5", b"ab"), ("all", b"abc")])
def test_a_chunk_must_follow_the_one_before(tracker: Tracker, text: str, content: bytes) -> None:
    made = tracker.done("POST", "_apis/wit/attachments?uploadType=chunked&fileName=a", {})
    path = f"_apis/wit/attachments/{made['id']}?api-version=7.1"
    assert send(tracker, "PUT", path, [content], **{"Content-Range": text})[0] == 400


def test_services_takes_sixty_megabytes_and_server_more(tracker: Tracker, server_tracker: Tracker) -> None:
    too_much = [bytes(MEGABYTE)] * 60 + [b"x"]
    path = "Fabrikam/_apis/wit/attachments?api-version=7.1&fileName=a"
    status, body = send(tracker, "POST", path, too_much)
    assert (status, b"60 MB" in body) == (400, True)
    assert send(tracker, "POST", path, too_much[:60])[0] == 201
    assert send(server_tracker, "POST", path, too_much)[0] == 201


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss differs")
def test_large_files_never_wait_in_memory(tracker: Tracker) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    path = "Fabrikam/_apis/wit/attachments?api-version=7.1&fileName=a"
    status, _ = send(tracker, "POST", path, (bytes(65_536) for _ in range(16 * 60)))
    assert status == 201
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30 * 1024


def test_the_bytes_are_counted(services: Place, tracker: Tracker) -> None:
    made = stored(tracker, b"x" * 1000)
    download(tracker, made["url"])
    counted = services.server.landscape.statistics.document()["attachment_bytes"]
    assert counted == {"in": 1000, "out": 1000, "total": 2000}


def test_a_reader_cannot_upload(services: Place) -> None:
    reader = Tracker(services.caller(Role.READER))
    assert upload(reader, b"x")[0] == 403


def test_a_file_needs_a_name(tracker: Tracker) -> None:
    assert upload(tracker, b"x", "")[0] == 400
