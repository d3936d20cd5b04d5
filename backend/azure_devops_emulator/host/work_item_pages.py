"""The organization's front page, the list of work items of a project, and the work item form."""

from __future__ import annotations

from html import escape

from azure_devops_emulator.answers import Answer
from azure_devops_emulator.host.documents import Crumb, Visit, link, make_document, segment
from azure_devops_emulator.host.frame_data import make_frame_data
from azure_devops_emulator.host.settings_pages import settings_title
from azure_devops_emulator.identities import Identity, Right
from azure_devops_emulator.projects import Project

_HIDDEN = "Microsoft.HiddenCategory"


def show_organization(visit: Visit, identity: Identity) -> Answer:
    """The projects a person may see, and the way to the settings."""
    with visit.organization.lock:
        projects = [each for each in visit.organization.projects.values() if identity.may(Right.READ, each.id)]
    cards = "".join(
        f"<li>{link(f'{visit.base}/{segment(each.name)}/_workitems', each.name, kind='project-card')}</li>"
        for each in projects
    )
    main = f"""<main id="main" class="front" tabindex="-1"><h1>{escape(visit.organization.name)}</h1>
<h2>Projects</h2><ul class="project-cards">{cards}</ul></main>"""
    navigation = _navigation(visit, f"<li>{link(f'{visit.base}/', 'Projects', is_current=True, kind='side-link')}</li>")
    return make_document(visit, "Projects", f'<div class="columns">{navigation}{main}</div>')


def show_list(visit: Visit, identity: Identity, project: Project) -> Answer:
    """The work items of a project, newest change first, and the menu that begins a new one."""
    data = _data(visit, identity, project)
    menu = _new_menu(visit, project) if identity.may(Right.WRITE, project.id) else ""
    main = f"""<main id="main" class="work-items" tabindex="-1">
<div class="page-head"><h1>Work items</h1>{menu}</div>
<div id="list" aria-live="polite" aria-busy="true"><p class="quiet">Loading work items…</p></div></main>"""
    content = f'<div class="columns">{_project_navigation(visit, project)}{main}</div>'
    return make_document(
        visit, "Work items", content, crumbs=_crumbs(visit, project, ""), script="work-items-page.js", data=data
    )


def show_form(visit: Visit, identity: Identity, project: Project | None, item: dict[str, object]) -> Answer:
    """The form of a work item; `item` says which (`id`), or of what `type` a new one is."""
    data = {**_data(visit, identity, project), "item": item}
    title = f"Work item {item['id']}" if item.get("id") else f"New {item['type']}"
    navigation = _project_navigation(visit, project) if project else ""
    main = (
        '<main id="main" class="work-item" tabindex="-1"><div id="form" aria-busy="true">'
        '<p class="quiet">Loading the work item…</p></div></main>'
    )
    content = f'<div class="columns">{navigation}{main}</div>'
    crumbs = _crumbs(visit, project, title) if project else (Crumb(title),)
    return make_document(visit, title, content, crumbs=crumbs, script="work-item-page.js", data=data)


def _data(visit: Visit, identity: Identity, project: Project | None) -> dict[str, object]:
    with visit.organization.lock:
        data = make_frame_data(visit, identity)
    return {**data, "project": {"id": project.id, "name": project.name} if project else None}


def _crumbs(visit: Visit, project: Project, title: str) -> tuple[Crumb, ...]:
    address = f"{visit.base}/{segment(project.name)}/_workitems"
    steps = (Crumb(project.name, address), Crumb("Work items", address if title else ""))
    return (*steps, Crumb(title)) if title else steps


def _new_menu(visit: Visit, project: Project) -> str:
    kinds = [
        each.name
        for each in project.process.types.values()
        if _HIDDEN not in each.categories and each.name not in project.disabled_types
    ]
    base = f"{visit.base}/{segment(project.name)}/_workitems/create"
    entries = "".join(f"<li>{link(f'{base}/{segment(kind)}', kind, kind='menu-entry')}</li>" for kind in kinds)
    return (
        '<details class="menu"><summary class="button primary">New work item</summary>'
        f'<ul aria-label="Types">{entries}</ul></details>'
    )


def _project_navigation(visit: Visit, project: Project) -> str:
    address = f"{visit.base}/{segment(project.name)}/_workitems"
    return _navigation(
        visit, f"<li>{link(address, 'Work items', is_current=True, kind='side-link')}</li>", project.name
    )


def _navigation(visit: Visit, entries: str, title: str = "") -> str:
    settings = link(f"{visit.base}/_settings", settings_title(visit), kind="side-link")
    heading = f"<h2>{escape(title)}</h2>" if title else ""
    return (
        f'<nav class="side" aria-label="{escape(title or visit.organization.name)}">{heading}<ul>{entries}</ul>'
        f'<ul class="side-end"><li>{settings}</li></ul></nav>'
    )
