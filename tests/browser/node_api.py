"""What the hub page asks of its node, asked without a browser: to set a scene quickly."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
from tests.browser.stage import Company

TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class NodeApi:
    """The hub API of a company's node, as its administrator. ``sign_in`` shows fresh tokens, as the page does when the
    node asks for them every few minutes.
    """

    url: str
    headers: dict[str, str]
    sign_in: Callable[[], dict[str, str]]

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call the API and return its answer's document; fail with what it says when it refuses."""
        answer = self._ask(method, path, body, headers)
        if answer.status_code == 401 and answer.json()["code"] == "session_expired":
            self.headers.update(self.sign_in())
            answer = self._ask(method, path, body, headers)
        assert answer.ok, f"{method} {path} answered {answer.status_code}: {answer.text}"
        return answer.json() if answer.content else None

    def _ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> requests.Response:
        return requests.request(
            method, f"{self.url}{path}", json=body, headers={**self.headers, **headers}, timeout=TIMEOUT_SECONDS
        )

    def connections(self) -> list[dict[str, Any]]:
        """Every connection."""
        return list(self.call("GET", "/connections?limit=200")["items"])

    def initiate(self, project: str, name: str) -> str:
        """Make a private connection; return its code."""
        body = {"project": project, "mode": "basic", "visibility": "private", "name": name}
        return str(self.call("POST", "/connections", body)["code"])

    def accept(self, code: str, project: str, name: str) -> dict[str, Any]:
        """Accept an invitation."""
        body = {"code": code, "project": project, "name": name}
        return dict(self.call("POST", "/invitations/acceptance", body))

    def let_connect(self, connection: dict[str, Any]) -> dict[str, Any]:
        """Let the partner connect to every existing work item of this side; return the connection as it is then."""
        return self.give_consent(connection, "all")

    def give_consent(self, connection: dict[str, Any], consent: str) -> dict[str, Any]:
        """Say to which existing work items the partner may connect; return the connection as it is then."""
        tag = {"If-Match": f'"{connection["revision"]}"'}
        return dict(self.call("PATCH", f"/connections/{connection['id']}", {"consent": consent}, **tag))

    def remove(self, connection: dict[str, Any]) -> None:
        """Remove a connection."""
        tag = {"If-Match": f'"{connection["revision"]}"'}
        self.call("DELETE", f"/connections/{connection['id']}", **tag)


def open_api(company: Company) -> NodeApi:
    """Return the API with a session of the administrator."""

    def sign_in() -> dict[str, str]:
        return {"Authorization": f"Bearer {_open_session(company)}"}

    return NodeApi(_url(company), sign_in(), sign_in)


def _url(company: Company) -> str:
    return f"http://127.0.0.1:{company.node.port}/api/v1"


def _open_session(company: Company) -> str:
    """Open a session with the tokens that the hub page would get; return its token."""
    mint = f"{company.organization_url}/_apis/WebPlatformAuth/SessionToken?api-version=7.1-preview.1"
    extension = {"publisherName": "idalko-tools", "extensionName": "exalate"}
    tokens = [
        requests.post(
            mint, json={**extension, "tokenType": kind}, auth=("", company.pat), timeout=TIMEOUT_SECONDS
        ).json()["token"]
        for kind in (1, 0)
    ]
    organization = company.emulator.landscape.organization(company.name)
    body = {
        "host_id": organization.instance_id,
        "host_name": organization.name,
        "is_hosted": not organization.is_server,
        "collection_url": company.organization_url,
    }
    headers = {"Authorization": f"Bearer {tokens[0]}", "X-AzureDevOps-AccessToken": tokens[1]}
    answer = requests.post(f"{_url(company)}/session", json=body, headers=headers, timeout=TIMEOUT_SECONDS)
    assert answer.ok, answer.text
    return str(answer.json()["token"])


def give_account(api: NodeApi, company: Company) -> None:
    """Let the node act with the company's personal access token."""
    api.call("PUT", "/organization/credential", {"kind": "personal_access_token", "token": company.pat})
