"""Callers of an emulator that listens at a real port: plain requests, and the official Python client."""

import base64
import json
import os
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

# The client creates its cache directory while it is imported.
os.environ.setdefault("AZURE_DEVOPS_CACHE_DIR", tempfile.mkdtemp(prefix="azure-devops-cache-"))

from azure.devops.connection import Connection
from msrest.authentication import BasicAuthentication

from azure_devops_emulator.identities import Identity, Role
from azure_devops_emulator.organizations import Organization
from azure_devops_emulator.projects import Project
from azure_devops_emulator.server import EmulatorServer

ADMINISTRATOR_TOKEN = "administrator-token"


@dataclass(frozen=True)
class Answered:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)


def read_to_the_end(response: Any, *_: object, **__: object) -> None:
    """The client leaves bodies unread that it does not need (those of deletes), and their connections open."""
    response.content  # noqa: B018 - reading is the effect


@dataclass(frozen=True)
class Clients:
    """The official clients as they are published, each closing what it opens."""

    connection: Connection

    def __getattr__(self, name: str) -> Any:
        def get_client() -> Any:
            client = getattr(self.connection.clients_v7_1, name)()
            client.config.hooks.append(read_to_the_end)
            return client

        return get_client


@dataclass(frozen=True)
class Caller:
    """Calls one organization with one token (none: without credentials). Header names come back in lower case."""

    url: str
    token: str | None = ADMINISTRATOR_TOKEN

    def __call__(self, method: str, path: str, body: object = None, **headers: str) -> Answered:
        sent = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        if self.token:
            sent["Authorization"] = "Basic " + base64.b64encode(f":{self.token}".encode()).decode()
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/{path}", method=method, data=content, headers=sent)
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return self._answered(response.status, response)
        except urllib.error.HTTPError as error:
            with error:
                return self._answered(error.code, error)

    def _answered(self, status: int, response: Any) -> Answered:
        return Answered(status, {name.lower(): value for name, value in response.headers.items()}, response.read())

    def get(self, path: str) -> Any:
        answered = self("GET", path)
        assert answered.status == 200, answered.content
        return answered.body

    @property
    def clients(self) -> "Clients":
        return Clients(Connection(base_url=self.url, creds=BasicAuthentication("", self.token or "")))


@dataclass(frozen=True)
class Place:
    """One organization of a running emulator, with its objects at hand to set the scene."""

    server: EmulatorServer
    organization: Organization
    url: str

    @property
    def project(self) -> Project:
        return next(iter(self.organization.projects.values()))

    @property
    def administrator(self) -> Caller:
        return Caller(self.url)

    def caller(self, role: Role, name: str = "") -> Caller:
        """Somebody new with that role."""
        return self.caller_as(Identity(f"{name or role.value} person", f"{name or role.value}@people.example", role))

    def caller_as(self, identity: Identity, scopes: tuple[str, ...] = ("full",)) -> Caller:
        token = f"token-of-{identity.id}-{'-'.join(scopes)}"
        self.organization.add_token(token, identity, scopes=scopes)
        return Caller(self.url, token)
