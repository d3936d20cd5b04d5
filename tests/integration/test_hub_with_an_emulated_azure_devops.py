"""The whole hub, as bootstrap wires it, with a local Azure DevOps: its tokens, identities and permissions."""

import base64
import json
import secrets
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.unit.azure_devops_emulator.callers import ADMINISTRATOR_TOKEN, Caller

from adnode.bootstrap import open_node, web_services
from adnode.domain.session import ExtensionKey
from adnode.settings import Settings
from adnode.web.application import create_application
from azure_devops_emulator.host.extension import DEFAULT_AUDIENCE, DEFAULT_KEY
from azure_devops_emulator.identities import Identity, Role
from azure_devops_emulator.organizations import Organization
from azure_devops_emulator.server import EmulatorServer

ORGANIZATION, COLLECTION = "fabrikam", "ContosoCollection"


@dataclass(slots=True)
class Tokens:
    app: str
    access: str


@dataclass(slots=True)
class Stage:
    """An emulator, and a node in front of it."""

    emulator: EmulatorServer
    client: Any

    def organization(self, name: str) -> Organization:
        return self.emulator.landscape.organization(name)

    def tokens(self, name: str, role: Role = Role.ADMINISTRATOR) -> Tokens:
        """Return both tokens of somebody new, as the page gets them from Azure DevOps."""
        organization = self.organization(name)
        identity = Identity(f"{role.value} person", f"{role.value}@people.example", role)
        pat = f"pat-{identity.id}"
        organization.add_token(pat, identity)
        caller = Caller(f"{self.emulator.url}/{name}", pat)
        return Tokens(self._mint(caller, 1), self._mint(caller, 0))

    def _mint(self, caller: Caller, kind: int) -> str:
        body = {"publisherName": "idalko-tools", "extensionName": "exalate", "tokenType": kind}
        path = "_apis/WebPlatformAuth/SessionToken?api-version=7.1-preview"
        return str(caller("POST", path, body).body["token"])

    def open_session(self, name: str, tokens: Tokens, **claims: object) -> Any:
        organization = self.organization(name)
        body = {
            "host_id": organization.instance_id,
            "host_name": name,
            "is_hosted": not organization.is_server,
            "collection_url": f"{self.emulator.url}/{name}" if organization.is_server else "",
            **claims,
        }
        headers = {"Authorization": f"Bearer {tokens.app}", "X-AzureDevOps-AccessToken": tokens.access}
        return self.client.post("/api/v1/session", json=body, headers=headers)

    def call(self, method: str, path: str, session: Any, body: object = None, access: str = "") -> Any:
        headers = {"Authorization": f"Bearer {session.json['token']}"}
        if access:
            headers["X-AzureDevOps-AccessToken"] = access
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=headers)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    emulator = EmulatorServer(
        organizations=[(ORGANIZATION, "Agile")], server_collections=[(COLLECTION, "Scrum")], pats=[ADMINISTRATOR_TOKEN]
    )
    with emulator:
        settings = Settings(
            data_directory=tmp_path,
            database_url=f"sqlite:///{tmp_path / 'node.db'}",
            secret_keys=(secrets.token_bytes(32),),
            wakeups_url=f"sqlite:///{tmp_path / 'wakeups.db'}",
            url="https://node.example",
            allows_loopback_http=True,
            server_urls=(f"{emulator.url}/{COLLECTION}",),
            extension_keys=(ExtensionKey(DEFAULT_AUDIENCE, DEFAULT_KEY),),
            services_url=emulator.url,
        )
        with open_node(settings) as node:
            yield Stage(emulator, create_application(web_services(node)).test_client())


@pytest.mark.parametrize("name", [ORGANIZATION, COLLECTION])
def test_an_administrator_signs_in_sets_up_the_account_and_invites(stage: Stage, name: str) -> None:
    session = stage.open_session(name, stage.tokens(name))
    assert session.status_code == 200, session.text
    assert session.json["organization"]["kind"] == ("services" if name == ORGANIZATION else "server")
    assert session.json["organization"]["credential"] is None
    credential = {"kind": "personal_access_token", "token": ADMINISTRATOR_TOKEN}
    saved = stage.call("PUT", "/organization/credential", session, credential)
    assert saved.status_code == 200, saved.text
    rights = stage.call("GET", "/organization/rights", session).json
    assert all(right["is_granted"] for right in rights["items"])
    assert [one["name"] for one in stage.call("GET", "/projects", session).json["items"]] == ["Fabrikam"]
    made = stage.call("POST", "/connections", session, {"project": "Fabrikam", "visibility": "private"})
    assert made.status_code == 201, made.text
    assert made.json["connection"]["name"] == f"{name} to unknown"


@pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.READER])
@pytest.mark.parametrize("name", [ORGANIZATION, COLLECTION])
def test_everybody_else_is_told_which_right_is_missing(stage: Stage, name: str, role: Role) -> None:
    answer = stage.open_session(name, stage.tokens(name, role))
    assert (answer.status_code, answer.json["code"]) == (403, "administrator_required")
    panel = stage.open_session(name, stage.tokens(name, role), purpose="panel")
    assert (panel.status_code, panel.json["is_administrator"]) == (200, False)


def test_a_person_of_one_organization_is_nobody_in_another(stage: Stage) -> None:
    answer = stage.open_session(ORGANIZATION, stage.tokens(COLLECTION))
    assert (answer.status_code, answer.json["code"]) == (401, "session_refused")


def test_a_public_project_does_not_let_strangers_in(stage: Stage) -> None:
    next(iter(stage.organization(ORGANIZATION).projects.values())).visibility = "public"
    tokens = stage.tokens(ORGANIZATION)
    assert stage.open_session(ORGANIZATION, Tokens(tokens.app, "bogus")).status_code == 401


def test_the_panel_shows_and_allows_what_azure_devops_allows(stage: Stage) -> None:
    administrator = Caller(f"{stage.emulator.url}/{ORGANIZATION}")
    patch = [{"op": "add", "path": "/fields/System.Title", "value": "It crashes"}]
    request = urllib.request.Request(
        f"{administrator.url}/Fabrikam/_apis/wit/workitems/$Bug?api-version=7.1",
        method="POST",
        data=json.dumps(patch).encode(),
        headers={"Content-Type": "application/json-patch+json", "Authorization": _basic()},
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        work_item_id = json.load(response)["id"]
    for role, may_edit in ((Role.CONTRIBUTOR, True), (Role.READER, False)):
        tokens = stage.tokens(ORGANIZATION, role)
        session = stage.open_session(ORGANIZATION, tokens, purpose="panel")
        path = f"/work-items/{work_item_id}/twins"
        shown = stage.call("GET", path, session, access=tokens.access)
        assert (shown.status_code, shown.json["can_edit"]) == (200, may_edit)
        missing = stage.call("GET", "/work-items/999/twins", session, access=tokens.access)
        assert (missing.status_code, missing.json["code"]) == (404, "work_item_not_found")


def _basic() -> str:
    return "Basic " + base64.b64encode(f":{ADMINISTRATOR_TOKEN}".encode()).decode()
