"""What the hub page asks of its node, asked without a browser: to set a scene quickly."""

from dataclasses import dataclass
from typing import Any

import requests
from tests.browser.stage import Company

TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class NodeApi:
    """The hub API of a company's node, as its administrator."""

    url: str
    headers: dict[str, str]

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call the API and return its answer's document; fail with what it says when it refuses."""
        answer = requests.request(
            method, f"{self.url}{path}", json=body, headers={**self.headers, **headers}, timeout=TIMEOUT_SECONDS
        )
        assert answer.ok, f"{method} {path} answered {answer.status_code}: {answer.text}"
        return answer.json() if answer.content else None

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

    def remove(self, connection: dict[str, Any]) -> None:
        """Remove a connection."""
        tag = {"If-Match": f'"{connection["revision"]}"'}
        self.call("DELETE", f"/connections/{connection['id']}", **tag)


def open_api(company: Company) -> NodeApi:
    """Open a session as the administrator, with the tokens that the hub page would get."""
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
    url = f"http://127.0.0.1:{company.node.port}/api/v1"
    headers = {"Authorization": f"Bearer {tokens[0]}", "X-AzureDevOps-AccessToken": tokens[1]}
    answer = requests.post(f"{url}/session", json=body, headers=headers, timeout=TIMEOUT_SECONDS)
    assert answer.ok, answer.text
    return NodeApi(url, {"Authorization": f"Bearer {answer.json()['token']}"})


def give_account(api: NodeApi, company: Company) -> None:
    """Let the node act with the company's personal access token."""
    api.call("PUT", "/organization/credential", {"kind": "personal_access_token", "token": company.pat})
