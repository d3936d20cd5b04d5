"""Which function answers which method and path.

Paths are written as in the reference, relative to the organization: `_apis/projects/{id}` (collection form only),
`{project}/_apis/wit/...` (project form only), `[{project}/]_apis/wit/...` (both), and, with a team as well,
`[{project}/][{team}/]_apis/wit/wiql`. A segment `${type}` matches `$Bug`, a last segment `{*path}` the rest of the
path. Letter case does not matter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl

from azure_devops_emulator.answers import Answer, ApiError, Document

if TYPE_CHECKING:
    from azure_devops_emulator.identities import Credential, Identity
    from azure_devops_emulator.organizations import Organization
    from azure_devops_emulator.projects import Project, Team

_VERSION = re.compile(r"^(\d+)\.(\d+)(-preview(?:\.(\d+))?)?$")
_TEMPLATE = re.compile(r"^(\[?\{project\}/\]?)?(\[?\{team\}/\]?)?(.*)$")
_LARGEST_JSON_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ApiVersion:
    """The version a caller asks for; `resource` is the number after `-preview.`, 0 when there is none."""

    major: int
    minor: int
    preview: bool = False
    resource: int = 0

    @classmethod
    def parse(cls, text: str) -> ApiVersion | None:
        """Read `7.1-preview.3`; None if it is no version."""
        match = _VERSION.match(text.strip())
        if match is None:
            return None
        major, minor, preview, resource = match.groups()
        return cls(int(major), int(minor), preview is not None, int(resource or 0))

    def __str__(self) -> str:
        suffix = (f"-preview.{self.resource}" if self.resource else "-preview") if self.preview else ""
        return f"{self.major}.{self.minor}{suffix}"

    def at_least(self, major: int, minor: int) -> bool:
        """Whether it is that version or a later one."""
        return (self.major, self.minor) >= (major, minor)

    def at_most(self, other: ApiVersion) -> bool:
        """Whether `other` is this version or a later one, previews aside."""
        return (self.major, self.minor) <= (other.major, other.minor)


class Query:
    """The query parameters of a call; names in any letter case, with or without `$` as they were sent."""

    def __init__(self, text: str) -> None:
        self._values = {name.lower(): value for name, value in parse_qsl(text, keep_blank_values=True)}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def get(self, name: str, default: str = "") -> str:
        """The value, or `default` when it is not there or empty."""
        return self._values.get(name.lower()) or default

    def flag(self, name: str) -> bool:
        """Whether the parameter says true."""
        return self._values.get(name.lower(), "").lower() in ("true", "1")

    def integer(self, name: str, default: int | None = None) -> int | None:
        """The number, or `default` when it is not there. Raises ApiError 400 if it is no number."""
        text = self._values.get(name.lower(), "")
        if not text:
            return default
        try:
            return int(text)
        except ValueError:
            raise ApiError(
                400,
                "VssPropertyValidationException",
                f"The value '{text}' is not valid for {name}.",
            ) from None

    def list(self, name: str) -> list[str]:
        """The parts of a comma-separated value."""
        return [part.strip() for part in self.get(name).split(",") if part.strip()]


class RequestBody(Protocol):
    """The body of a request as it arrives."""

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes (all for -1); empty at the end."""
        ...


@dataclass(slots=True)
class Call:
    """One call: who asks what of which organization. `organization_url` is the address the caller uses, without slash.

    `parameters` holds the segments that the template names, decoded.
    """

    method: str
    organization: Organization
    organization_url: str
    query: Query
    headers: Mapping[str, str]
    body: RequestBody
    identity: Identity
    credential: Credential
    parameters: dict[str, str] = field(default_factory=dict)
    project: Project | None = None
    team: Team | None = None
    api_version: ApiVersion = ApiVersion(7, 1)
    _document: list[Any] = field(default_factory=list)

    def json(self) -> Any:
        """The body as JSON (None when it is empty). Raises ApiError 400 if it cannot be read."""
        if not self._document:
            self._document.append(_read_json(self.body))
        return self._document[0]

    def object(self) -> Document:
        """The body as a JSON object. Raises ApiError 400 if it is something else."""
        document = self.json()
        if not isinstance(document, dict):
            raise _bad_body("The body must be a JSON object.")
        return document

    def integer(self, name: str) -> int:
        """A segment of the path as a number. Raises ApiError 404 if it is none."""
        try:
            return int(self.parameters[name])
        except ValueError:
            raise ApiError(404, "VssResourceNotFoundException", f"{self.parameters[name]} is not a number.") from None

    @property
    def in_project(self) -> Project:
        """The project of a `{project}/` route."""
        if self.project is None:
            raise ApiError(404, "VssResourceNotFoundException", "This call needs a project in its path.")
        return self.project


def _read_json(body: RequestBody) -> Any:
    content = body.read(_LARGEST_JSON_BYTES + 1)
    if len(content) > _LARGEST_JSON_BYTES:
        raise ApiError(413, "RequestTooLargeException", "The request body is too large.")
    try:
        return json.loads(content.decode("utf-8-sig")) if content.strip() else None
    except ValueError as error:
        raise _bad_body(f"The body is not valid JSON: {error}") from None


def _bad_body(message: str) -> ApiError:
    return ApiError(400, "VssPropertyValidationException", message, type_name="System.ArgumentException, mscorlib")


Handler = Callable[[Call], Answer | Document]


@dataclass(frozen=True, slots=True)
class Route:
    """One method and template with the function behind it.

    `locked` runs the function under the organization's lock, with a JSON body read before; a function that moves bytes
    is not locked and takes `call.organization.lock` itself. `preview_only` needs `-preview` in an explicit version.
    `scope` is the token scope that is needed (None: any). `anonymous` needs no credential.
    """

    method: str
    template: str
    handler: Handler
    locked: bool = True
    preview_only: bool = False
    scope: str | None = None
    anonymous: bool = False
    depths: frozenset[int] = frozenset({0})
    segments: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class RouteTable:
    """The routes of one area; `scope` is the token scope they need unless they name another."""

    def __init__(self, scope: str | None = None) -> None:
        self._scope = scope
        self._routes: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def route(
        self,
        method: str,
        template: str,
        *,
        locked: bool = True,
        preview_only: bool = False,
        scope: str | None = None,
        anonymous: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Have the decorated function answer `method` and `template`."""
        depths, segments = _parse_template(template)

        def register(handler: Handler) -> Handler:
            self._routes.append(
                Route(
                    method,
                    template,
                    handler,
                    locked=locked,
                    preview_only=preview_only,
                    scope=scope or self._scope,
                    anonymous=anonymous,
                    depths=depths,
                    segments=segments,
                    names=tuple(part.strip("${}*") for part in segments if "{" in part),
                )
            )
            return handler

        return register


def _parse_template(template: str) -> tuple[frozenset[int], tuple[str, ...]]:
    match = _TEMPLATE.match(template)
    project, team, rest = match.groups() if match else (None, None, template)
    depths = {1} if project else {0}
    if project and project.startswith("["):
        depths.add(0)
    if team:
        depths = {2} if not team.startswith("[") else depths | {2}
    return frozenset(depths), tuple(rest.split("/"))


class _Node:
    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.prefixed: _Node | None = None
        self.parameter: _Node | None = None
        self.rest: _Node | None = None
        self.routes: dict[tuple[str, int], Route] = {}

    def child(self, segment: str) -> _Node:
        if segment.startswith("{*"):
            self.rest = self.rest or _Node()
            return self.rest
        if segment.startswith("${"):
            self.prefixed = self.prefixed or _Node()
            return self.prefixed
        if segment.startswith("{"):
            self.parameter = self.parameter or _Node()
            return self.parameter
        return self.literals.setdefault(segment.lower(), _Node())


@dataclass(frozen=True, slots=True)
class Match:
    """The route of a call with the segments its template names; `owner` holds the project and team segments."""

    route: Route
    parameters: dict[str, str]
    owner: tuple[str, ...]


class Router:
    """All routes together."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            node = self._root
            for segment in route.segments:
                node = node.child(segment)
            for depth in route.depths:
                if (route.method, depth) in node.routes:
                    raise ValueError(f"Two functions answer {route.method} {route.template}.")
                node.routes[route.method, depth] = route

    def find(self, method: str, segments: tuple[str, ...]) -> Match | None:
        """The route for decoded path segments below the organization, or None."""
        depth = next((index for index, part in enumerate(segments[:3]) if part.lower() == "_apis"), 0)
        found = _descend(self._root, segments[depth:], (method, depth))
        if found is None:
            return None
        route, values = found
        return Match(route, dict(zip(route.names, values, strict=True)), segments[:depth])


_Found = tuple[Route, tuple[str, ...]]


def _descend(node: _Node, segments: tuple[str, ...], key: tuple[str, int]) -> _Found | None:
    if not segments:
        route = node.routes.get(key)
        return (route, ()) if route else None
    first, others = segments[0], segments[1:]
    literal = node.literals.get(first.lower())
    if literal and (found := _descend(literal, others, key)):
        return found
    if node.prefixed and len(first) > 1 and first[0] == "$" and (found := _descend(node.prefixed, others, key)):
        return found[0], (first[1:], *found[1])
    if node.parameter and first and (found := _descend(node.parameter, others, key)):
        return found[0], (first, *found[1])
    if node.rest and (route := node.rest.routes.get(key)):
        return route, ("/".join(segments),)
    return None
