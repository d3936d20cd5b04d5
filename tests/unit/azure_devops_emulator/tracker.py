"""Somebody at work on the work items of one project."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from tests.unit.azure_devops_emulator.callers import Answered, Caller

PATCH = {"Content-Type": "application/json-patch+json"}
Operation = dict[str, Any]


def put(name: str, value: object) -> Operation:
    return {"op": "add", "path": f"/fields/{name if '.' in name else 'System.' + name}", "value": value}


def markdown(name: str) -> Operation:
    return {"op": "add", "path": f"/multilineFieldsFormat/{name}", "value": "Markdown"}


def locked(revision: int) -> Operation:
    return {"op": "test", "path": "/rev", "value": revision}


def link(rel: str, url: str, **attributes: object) -> Operation:
    return {"op": "add", "path": "/relations/-", "value": {"rel": rel, "url": url, "attributes": attributes}}


def unlink(index: int) -> Operation:
    return {"op": "remove", "path": f"/relations/{index}"}


@dataclass(frozen=True)
class Tracker:
    caller: Caller
    project: str = "Fabrikam"

    def ask(self, method: str, path: str, body: object = None, version: str = "7.1", **query: Any) -> Answered:
        headers = PATCH if method in ("POST", "PATCH") and isinstance(body, list) and "$batch" not in path else {}
        address = f"{path}{'&' if '?' in path else '?'}{urlencode({'api-version': version, **query})}"
        return self.caller(method, address, body, **headers)

    def done(self, method: str, path: str, body: object = None, version: str = "7.1", **query: Any) -> Any:
        answered = self.ask(method, path, body, version, **query)
        assert answered.status in (200, 201), answered.content
        return answered.body

    def try_create(self, type_name: str, *operations: Operation, **query: Any) -> Answered:
        path = f"{quote(self.project)}/_apis/wit/workItems/${quote(type_name)}"
        return self.ask("POST", path, [*operations], **query)

    def create(self, type_name: str = "Task", *operations: Operation, **query: Any) -> Any:
        given = {operation["path"] for operation in operations}
        title = [] if "/fields/System.Title" in given else [put("Title", "A title")]
        answered = self.try_create(type_name, *title, *operations, **query)
        assert answered.status == 200, answered.content
        return answered.body

    def try_update(self, identifier: int, *operations: Operation, **query: Any) -> Answered:
        return self.ask("PATCH", f"_apis/wit/workItems/{identifier}", [*operations], **query)

    def update(self, identifier: int, *operations: Operation, **query: Any) -> Any:
        answered = self.try_update(identifier, *operations, **query)
        assert answered.status == 200, answered.content
        return answered.body

    def read(self, identifier: int, version: str = "7.1", **query: Any) -> Any:
        return self.done("GET", f"_apis/wit/workItems/{identifier}", version=version, **query)

    def read_all(self, identifier: int) -> Any:
        return self.read(identifier, **{"$expand": "all"})

    def watermark(self, identifier: int) -> int:
        return int(self.read_all(identifier)["fields"]["System.Watermark"])

    def comments(self, identifier: int, **query: Any) -> Any:
        return self.done("GET", self.comments_path(identifier), version="7.1-preview.4", **query)

    def comment(self, identifier: int, text: str, version: str = "7.1-preview.4", **query: Any) -> Any:
        return self.done("POST", self.comments_path(identifier), {"text": text}, version, **query)

    def comments_path(self, identifier: int) -> str:
        return f"{quote(self.project)}/_apis/wit/workItems/{identifier}/comments"

    def find(self, wiql: str, **query: Any) -> list[int]:
        found = self.done("POST", f"{quote(self.project)}/_apis/wit/wiql", {"query": wiql}, **query)
        return [row["id"] for row in found["workItems"]]

    def changes(self, **query: Any) -> Any:
        return self.done("GET", f"{quote(self.project)}/_apis/wit/reporting/workItemRevisions", **query)


def refusal(answered: Answered, status: int, type_key: str, text: str = "") -> Any:
    """The error body of a call that had to be refused in that way."""
    assert (answered.status, answered.body["typeKey"]) == (status, type_key), answered.content
    assert text in answered.body["message"]
    assert set(answered.body) >= {"$id", "innerException", "message", "typeName", "typeKey", "errorCode", "eventId"}
    return answered.body
