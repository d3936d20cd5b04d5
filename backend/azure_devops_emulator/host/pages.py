"""Which page answers which address. What is no page is left to the REST API."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote, unquote

from azure_devops_emulator.answers import Answer
from azure_devops_emulator.host.assets import send_asset
from azure_devops_emulator.host.documents import THEME_COOKIE, THEMES, Visit, make_message
from azure_devops_emulator.host.extension import Extension
from azure_devops_emulator.host.settings_pages import OVERVIEW, show_settings
from azure_devops_emulator.host.sign_in_pages import redirect, show_choice, sign_in, sign_out
from azure_devops_emulator.host.token_routes import make_token_routes
from azure_devops_emulator.host.tokens import TokenMint
from azure_devops_emulator.host.visitors import Visitors, read_cookie
from azure_devops_emulator.host.work_item_pages import show_form, show_list, show_organization
from azure_devops_emulator.identities import Identity, Right
from azure_devops_emulator.landscape import Landscape
from azure_devops_emulator.organizations import Organization
from azure_devops_emulator.projects import Project
from azure_devops_emulator.routing import Query
from azure_devops_emulator.transport import Request

_LARGEST_FORM_BYTES = 16_384
_READS = ("GET", "HEAD")


class HostPages:
    """The part of the emulator that a browser shows."""

    def __init__(self, landscape: Landscape, extension: Extension) -> None:
        self._landscape = landscape
        self._extension = extension
        mint = TokenMint(extension)
        self._visitors = Visitors(mint)
        self.routes = make_token_routes(extension, mint)

    def admit(self, organization: Organization, request: Request) -> None:
        """Let a call of a signed-in browser count as the person's, where the cookie is good for that."""
        self._visitors.admit(organization, request.method, request.target.partition("?")[0], request.headers)

    def respond(self, request: Request) -> Answer | None:
        """The page at the address of a request, or None when none is there."""
        path, _, query = request.target.partition("?")
        raw = path.strip("/").split("/") if path.strip("/") else []
        segments = [unquote(part) for part in raw]
        if not segments:
            return self._list_organizations() if request.method in _READS else None
        if segments[0] == "_host" and len(segments) == 2:
            return send_asset(segments[1])
        depth = 2 if segments[0].lower() == "tfs" else 1
        organization = self._landscape.find(segments[depth - 1]) if len(segments) >= depth else None
        if organization is None:
            return None
        visit = self._visit(request, organization, "/".join(raw[:depth]))
        return self._answer(visit, request, segments[depth:], Query(query))

    def _visit(self, request: Request, organization: Organization, prefix: str) -> Visit:
        theme = read_cookie(request.headers, THEME_COOKIE)
        visitor = self._visitors.find(organization, request.headers)
        host = request.headers.get("host") or self._landscape.url.partition("://")[2]
        return Visit(
            organization,
            f"/{prefix}",
            f"http://{host}/{prefix}",
            theme if theme in THEMES else "light",
            self._extension,
            visitor.identity if visitor else None,
        )

    def _answer(self, visit: Visit, request: Request, segments: list[str], query: Query) -> Answer | None:
        if not _is_page(segments):
            return None
        match (request.method, *(part.lower() for part in segments)):
            case ("GET" | "HEAD", "_signin"):
                return show_choice(visit, query.get("reply_to"))
            case ("POST", "_signin"):
                return sign_in(visit, self._visitors, request.body.read(_LARGEST_FORM_BYTES))
            case ("POST", "_signout"):
                self._visitors.sign_out(visit.organization, request.headers)
                return sign_out(visit)
        if request.method not in _READS:
            return make_message(visit, "Not possible", "This page can only be looked at.", 405)
        if visit.identity is None:
            return redirect(f"{visit.base}/_signin?reply_to={quote(request.target, safe='')}")
        return _show(visit, visit.identity, segments)

    def _list_organizations(self) -> Answer:
        links = "".join(
            f'<li><a href="/{quote(each.name)}/">{escape(each.name)}</a></li>' for each in self._landscape.organizations
        )
        text = '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Azure DevOps emulator</title></head>'
        text += f"<body><main><h1>Azure DevOps emulator</h1><ul>{links}</ul></main></body></html>"
        return Answer(text=text, content_type="text/html; charset=utf-8")


def _is_page(segments: Sequence[str]) -> bool:
    lowered = [part.lower() for part in segments]
    if not lowered or lowered[0] in ("_signin", "_signout", "_settings", "_workitems"):
        return True
    return not lowered[0].startswith("_") and (len(lowered) == 1 or lowered[1] == "_workitems")


def _show(visit: Visit, identity: Identity, segments: list[str]) -> Answer:
    match [part.lower() for part in segments]:
        case []:
            return show_organization(visit, identity)
        case ["_settings"]:
            return redirect(f"{visit.base}/_settings/{OVERVIEW}")
        case ["_settings", _]:
            return show_settings(visit, identity, segments[1])
        case ["_workitems", "edit", number] if number.isdecimal():
            return show_form(visit, identity, None, {"id": int(number)})
        case [name, *rest] if not name.startswith("_"):
            return _show_project(visit, identity, segments[0], segments[2:] if rest else None)
    return make_message(visit, "Not found", "The emulator has no such page.", 404)


def _show_project(visit: Visit, identity: Identity, name: str, rest: list[str] | None) -> Answer:
    project = _find_project(visit, identity, name)
    if project is None:
        return make_message(visit, "Not found", f"There is no project {name}, or you may not see it.", 404)
    if rest is None:
        return redirect(f"{visit.base}/{quote(project.name, safe='')}/_workitems")
    match rest:
        case []:
            return show_list(visit, identity, project)
        case [verb, number] if verb.lower() == "edit" and number.isdecimal():
            return show_form(visit, identity, project, {"id": int(number)})
        case [verb, kind] if verb.lower() == "create" and (found := project.find_type(kind)):
            return show_form(visit, identity, project, {"id": 0, "type": found.name})
    return make_message(visit, "Not found", "The emulator has no such page.", 404)


def _find_project(visit: Visit, identity: Identity, name: str) -> Project | None:
    with visit.organization.lock:
        project = visit.organization.find_project(name)
        return project if project and identity.may(Right.READ, project.id) else None
