"""What a person does in Azure DevOps, over its REST API (version 7.1), with a token."""

from typing import Any
from urllib.parse import quote

import requests

from adnode.cli.demo.processes import DemoError

API = {"api-version": "7.1"}
COMMENTS_API = {"api-version": "7.1-preview.4"}
PATCH = "application/json-patch+json"
TIMEOUT_SECONDS = 30
LINKED_FILE = "AttachedFile"


class AzureDevOpsUser:
    """A person at work in one project of one organization."""

    def __init__(self, organization_url: str, project: str, token: str) -> None:
        self.organization_url = organization_url.rstrip("/")
        self.project = project
        self._session = requests.Session()
        self._session.auth = ("", token)
        self._session.trust_env = False

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def create(self, type_name: str, fields: dict[str, object], markdown: tuple[str, ...] = ()) -> int:
        """Create a work item and return its number."""
        operations = _field_operations(fields, markdown)
        return int(
            self._patch("POST", f"{quote(self.project)}/_apis/wit/workitems/${quote(type_name)}", operations)["id"]
        )

    def update(self, work_item_id: int, fields: dict[str, object], markdown: tuple[str, ...] = ()) -> dict[str, Any]:
        """Set fields."""
        return self._patch("PATCH", f"_apis/wit/workitems/{work_item_id}", _field_operations(fields, markdown))

    def read(self, work_item_id: int) -> dict[str, Any]:
        """Return the work item with everything."""
        return self._json("GET", f"_apis/wit/workitems/{work_item_id}", params={**API, "$expand": "all"})

    def fields(self, work_item_id: int) -> dict[str, Any]:
        """Return the fields by reference name."""
        return dict(self.read(work_item_id)["fields"])

    def find(self, wiql: str) -> list[int]:
        """Return the work items that a query matches."""
        document = self._json("POST", f"{quote(self.project)}/_apis/wit/wiql", params=API, json={"query": wiql})
        return [int(row["id"]) for row in document["workItems"]]

    def delete(self, work_item_id: int) -> None:
        """Move the work item to the recycle bin."""
        self._json("DELETE", f"_apis/wit/workitems/{work_item_id}", params=API)

    def restore(self, work_item_id: int) -> None:
        """Take the work item out of the recycle bin."""
        path = f"{quote(self.project)}/_apis/wit/recyclebin/{work_item_id}"
        self._json("PATCH", path, params=API, json={"IsDeleted": False})

    def comments(self, work_item_id: int) -> list[dict[str, Any]]:
        """Return the comments, oldest first."""
        params = {**COMMENTS_API, "order": "asc"}
        return list(self._json("GET", self._comments_path(work_item_id), params=params)["comments"])

    def add_comment(self, work_item_id: int, text: str, text_format: str = "html") -> int:
        """Add a comment and return its number."""
        path = self._comments_path(work_item_id)
        document = self._json("POST", path, params={**COMMENTS_API, "format": text_format}, json={"text": text})
        return int(document.get("id") or document["commentId"])

    def edit_comment(self, work_item_id: int, comment_id: int, text: str, text_format: str = "html") -> None:
        """Change a comment."""
        path = f"{self._comments_path(work_item_id)}/{comment_id}"
        self._json("PATCH", path, params={**COMMENTS_API, "format": text_format}, json={"text": text})

    def delete_comment(self, work_item_id: int, comment_id: int) -> None:
        """Delete a comment."""
        self._json("DELETE", f"{self._comments_path(work_item_id)}/{comment_id}", params=COMMENTS_API)

    def upload(self, name: str, content: bytes) -> str:
        """Upload a file and return its URL; it belongs to no work item yet."""
        path = f"{quote(self.project)}/_apis/wit/attachments"
        headers = {"Content-Type": "application/octet-stream"}
        params = {**API, "fileName": name}
        return str(self._json("POST", path, params=params, data=content, headers=headers)["url"])

    def attach(self, work_item_id: int, name: str, content: bytes) -> str:
        """Attach a file to the work item and return its URL."""
        url = self.upload(name, content)
        relation: dict[str, object] = {"rel": LINKED_FILE, "url": url, "attributes": {"name": name}}
        operation: dict[str, object] = {"op": "add", "path": "/relations/-", "value": relation}
        self._patch("PATCH", f"_apis/wit/workitems/{work_item_id}", [operation])
        return url

    def detach(self, work_item_id: int, name: str) -> None:
        """Remove the attached file of that name."""
        relations = self.read(work_item_id).get("relations") or []
        index = next(number for number, one in enumerate(relations) if one["attributes"].get("name") == name)
        self._patch("PATCH", f"_apis/wit/workitems/{work_item_id}", [{"op": "remove", "path": f"/relations/{index}"}])

    def attachments(self, work_item_id: int) -> dict[str, str]:
        """Return the URLs of the attached files by name."""
        relations = self.read(work_item_id).get("relations") or []
        return {one["attributes"]["name"]: one["url"] for one in relations if one["rel"] == LINKED_FILE}

    def download(self, url: str) -> bytes:
        """Return the content of a file of this organization."""
        response = self._session.get(url, params=API, timeout=TIMEOUT_SECONDS)
        response.raise_for_status()
        return response.content

    def instance_id(self) -> str:
        """Return the id of the organization."""
        return str(self._json("GET", "_apis/connectionData")["instanceId"])

    def _comments_path(self, work_item_id: int) -> str:
        return f"{quote(self.project)}/_apis/wit/workItems/{work_item_id}/comments"

    def _patch(self, method: str, path: str, operations: list[dict[str, object]]) -> dict[str, Any]:
        params = {**API, "$expand": "all"}
        return self._json(method, path, params=params, json=operations, headers={"Content-Type": PATCH})

    def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        url = f"{self.organization_url}/{path}"
        response = self._session.request(method, url, timeout=TIMEOUT_SECONDS, allow_redirects=False, **options)
        if not response.ok or response.status_code == 203:
            raise DemoError(f"{method} {url} answered {response.status_code}: {response.text[:500]}")
        return dict(response.json()) if response.content else {}


def _field_operations(fields: dict[str, object], markdown: tuple[str, ...]) -> list[dict[str, object]]:
    operations: list[dict[str, object]] = [
        {"op": "add", "path": f"/fields/{name}", "value": value} for name, value in fields.items()
    ]
    return operations + [
        {"op": "add", "path": f"/multilineFieldsFormat/{name}", "value": "Markdown"} for name in markdown
    ]
