"""Organization settings (collection settings on Server), with the hub of the extension in its frame."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from azure_devops_emulator.answers import Answer
from azure_devops_emulator.host.documents import Crumb, Visit, link, make_document, make_message
from azure_devops_emulator.host.frame_data import make_frame_data
from azure_devops_emulator.identities import Identity, Role

OVERVIEW = "organizationOverview"
_GENERAL = ((OVERVIEW, "Overview"), ("projects", "Projects"), ("users", "Users"))


def show_settings(visit: Visit, identity: Identity, name: str) -> Answer:
    """The settings page of that name."""
    if name.lower() == visit.extension.hub_id.lower() and visit.page_url:
        return _show_hub(visit, identity)
    contents = {"organizationoverview": _overview, "projects": _projects, "users": _users}
    content = contents.get(name.lower())
    if content is None:
        return make_message(visit, "Not found", f"The emulator has no settings page {name}.", 404)
    title = next(text for path, text in _GENERAL if path.lower() == name.lower())
    with visit.organization.lock:
        body = content(visit)
    main = f'<main id="main" class="settings-page" tabindex="-1"><h1>{escape(title)}</h1>{body}</main>'
    return _document(visit, title, name, main)


def settings_title(visit: Visit) -> str:
    """What the settings are called here."""
    return "Collection settings" if visit.organization.is_server else "Organization settings"


def _show_hub(visit: Visit, identity: Identity) -> Answer:
    title = visit.extension.title
    main = f"""<main id="main" class="hub" tabindex="-1" aria-label="{escape(title)}">
<div id="banners" role="region" aria-label="Messages of the page" hidden></div>
<div id="hub-frame" class="frame-place"></div>
</main>"""
    with visit.organization.lock:
        data = make_frame_data(visit, identity)
    return _document(visit, title, visit.extension.hub_id, main, "settings-page.js", data)


def _document(
    visit: Visit, title: str, name: str, main: str, script: str = "", data: dict[str, object] | None = None
) -> Answer:
    crumbs = (Crumb("Settings", f"{visit.base}/_settings"), Crumb(title))
    content = f'<div class="columns">{_navigation(visit, name)}{main}</div>'
    return make_document(visit, f"{title} - Settings", content, crumbs=crumbs, script=script, data=data)


def _navigation(visit: Visit, current: str) -> str:
    extension = visit.extension
    sections = [("General", list(_GENERAL))]
    if visit.page_url:
        sections.append(("Extensions", [(extension.hub_id, extension.title)]))
    blocks = "".join(
        f"<h3>{heading}</h3><ul>"
        + "".join(_entry(visit, path, text, is_current=path.lower() == current.lower()) for path, text in entries)
        + "</ul>"
        for heading, entries in sections
    )
    title = settings_title(visit)
    return (
        f'<nav class="side" aria-label="{title}"><h2>{title}</h2>'
        f'<p class="quiet">{escape(visit.organization.name)}</p>{blocks}</nav>'
    )


def _entry(visit: Visit, path: str, text: str, *, is_current: bool) -> str:
    return f"<li>{link(f'{visit.base}/_settings/{path}', text, is_current=is_current, kind='side-link')}</li>"


def _overview(visit: Visit) -> str:
    organization = visit.organization
    rows = (
        ("Name", organization.name),
        ("Address", visit.url),
        ("Id", organization.instance_id),
        ("Kind", "Azure DevOps Server collection" if organization.is_server else "Azure DevOps Services organization"),
    )
    facts = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    return f'<dl class="facts">{facts}</dl>'


def _projects(visit: Visit) -> str:
    rows = [(each.name, each.process.name, each.id) for each in visit.organization.projects.values()]
    return _table(("Name", "Process", "Id"), rows)


def _users(visit: Visit) -> str:
    people = [each for each in visit.organization.identities.values() if each.role is not Role.OUTSIDER]
    return _table(
        ("Name", "Account", "Role"),
        [(each.display_name, each.unique_name, each.role.value.capitalize()) for each in people],
    )


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(value)}</td>" for value in row) + "</tr>" for row in rows)
    return f'<div class="table-place"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
