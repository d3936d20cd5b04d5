"""The frame of every page: head, top bar, theme, and the data its scripts read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote, urlsplit

from azure_devops_emulator.answers import Answer
from azure_devops_emulator.host.extension import Extension
from azure_devops_emulator.identities import Identity
from azure_devops_emulator.organizations import Organization

ASSETS = "/_host"
THEMES = {"light": "Light", "dark": "Dark", "high-contrast": "High contrast"}
THEME_COOKIE = "emulator_theme"
_STYLE_SHEETS = ("themes", "base", "pages", "frames", "work-items")
_HTML = "text/html; charset=utf-8"
_LOGO = (
    '<svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">'
    '<path fill="currentColor" d="M3 3h6v6H3zM11 3h6v14h-6zM3 11h6v6H3z"/></svg>'
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at a page of an organization. `base` is its path and `url` its address, without slash at the end."""

    organization: Organization
    base: str
    url: str
    theme: str
    extension: Extension
    identity: Identity | None = None

    @property
    def page_url(self) -> str:
        """The folder of the extension's pages, "" when there are none."""
        return self.extension.page_url(self.organization.name)


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the path that the top bar shows; the last one has no address."""

    text: str
    href: str = ""


def make_document(
    visit: Visit,
    title: str,
    content: str,
    *,
    crumbs: Sequence[Crumb] = (),
    script: str = "",
    data: dict[str, Any] | None = None,
    status: int = 200,
) -> Answer:
    """A page. `content` is markup below the top bar, `script` the module that brings it to life with `data`."""
    scripts = [f'<script type="module" src="{ASSETS}/page.js"></script>']
    if data is not None:
        scripts.append(f'<script type="application/json" id="page-data">{_embed(data)}</script>')
    if script:
        scripts.append(f'<script type="module" src="{ASSETS}/{script}"></script>')
    text = f"""<!DOCTYPE html>
<html lang="en" data-theme="{visit.theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} - {escape(visit.organization.name)}</title>
<link rel="icon" href="data:,">
{_style_sheets()}
</head>
<body>
<a class="skip-link" href="#main">Skip to main content</a>
{_top_bar(visit, crumbs)}
{content}
{"".join(scripts)}
</body>
</html>
"""
    return Answer(status=status, text=text, content_type=_HTML, headers=_protection(visit))


def make_message(visit: Visit, title: str, text: str, status: int = 200) -> Answer:
    """A page that only says something."""
    main = f'<main id="main" class="message-page" tabindex="-1"><h1>{escape(title)}</h1><p>{escape(text)}</p></main>'
    return make_document(visit, title, main, status=status)


def link(path: str, text: str, *, is_current: bool = False, kind: str = "") -> str:
    """A link to a path of this emulator."""
    current = ' aria-current="page"' if is_current else ""
    return f'<a class="{kind}" href="{escape(path)}"{current}>{escape(text)}</a>'


def segment(text: str) -> str:
    """A name as one part of a path."""
    return quote(text, safe="")


def _style_sheets() -> str:
    return "\n".join(f'<link rel="stylesheet" href="{ASSETS}/{name}.css">' for name in _STYLE_SHEETS)


def _top_bar(visit: Visit, crumbs: Sequence[Crumb]) -> str:
    steps = [Crumb(visit.organization.name, f"{visit.base}/"), *crumbs]
    items = "".join(
        f"<li>{link(each.href, each.text)}</li>" if each.href else f'<li aria-current="page">{escape(each.text)}</li>'
        for each in steps
    )
    return f"""<header class="top-bar">
<a class="product" href="{escape(visit.base)}/">{_LOGO}<span>Azure DevOps <em>emulator</em></span></a>
<nav class="crumbs" aria-label="Breadcrumb"><ol>{items}</ol></nav>
<div class="top-actions">{_theme_choice(visit)}{_account(visit)}</div>
</header>"""


def _theme_choice(visit: Visit) -> str:
    options = "".join(
        f'<option value="{name}"{" selected" if name == visit.theme else ""}>{text}</option>'
        for name, text in THEMES.items()
    )
    return f'<label class="theme-choice"><span>Theme</span> <select id="theme">{options}</select></label>'


def _account(visit: Visit) -> str:
    if visit.identity is None:
        return ""
    name = escape(visit.identity.display_name)
    return (
        f'<span class="person" title="{escape(visit.identity.unique_name)}">{name}</span>'
        f'<form method="post" action="{escape(visit.base)}/_signout">'
        '<button class="button subtle" type="submit">Sign out</button></form>'
    )


def _embed(data: dict[str, Any]) -> str:
    return json.dumps(data).replace("<", "\\u003c")


def _protection(visit: Visit) -> dict[str, str]:
    parts = urlsplit(visit.page_url)
    frames = f"{parts.scheme}://{parts.netloc}" if visit.page_url else "'none'"
    # Descriptions and comments are shown as they are stored; the policy keeps anything in them from running.
    policy = (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline';"
        f" img-src 'self' data: blob:; frame-src {frames}; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'self'"
    )
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
