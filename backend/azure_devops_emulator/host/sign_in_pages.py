"""Choosing whom to be. The emulator asks for no password."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs

from azure_devops_emulator.answers import Answer
from azure_devops_emulator.host.accounts import SIGN_IN_ROLES, find_account
from azure_devops_emulator.host.documents import Visit, make_document, make_message
from azure_devops_emulator.host.visitors import Visitors, cookie_name
from azure_devops_emulator.identities import Role

_EXPLANATIONS = {
    Role.ADMINISTRATOR: "Member of Project Collection Administrators: may do everything, also in the settings.",
    Role.CONTRIBUTOR: "May read and change work items.",
    Role.READER: "May read work items.",
}


def show_choice(visit: Visit, reply_to: str) -> Answer:
    """The page with the three people."""
    with visit.organization.lock:
        people = [(role, find_account(visit.organization, role)) for role in SIGN_IN_ROLES]
    cards = "".join(
        f'<li><button class="person-card" name="role" value="{role.value}">'
        f"<strong>{escape(identity.display_name)}</strong><span>{role.value.capitalize()}</span>"
        f"<small>{escape(_EXPLANATIONS[role])}</small></button></li>"
        for role, identity in people
    )
    main = f"""<main id="main" class="sign-in" tabindex="-1">
<h1>Sign in to {escape(visit.organization.name)}</h1>
<p>This is an emulator: choose whom to be, there is no password.</p>
<form method="post" action="{escape(visit.base)}/_signin">
<input type="hidden" name="reply_to" value="{escape(reply_to)}">
<ul class="person-cards">{cards}</ul>
</form>
</main>"""
    return make_document(visit, "Sign in", main)


def sign_in(visit: Visit, visitors: Visitors, form: bytes) -> Answer:
    """Let the chosen person in and go back to where they wanted to be."""
    values = parse_qs(form.decode("utf-8", "replace"))
    chosen = next((role for role in SIGN_IN_ROLES if [role.value] == values.get("role")), None)
    if chosen is None:
        return make_message(visit, "Nobody chosen", "Go back and choose one of the three people.", 400)
    with visit.organization.lock:
        identity = find_account(visit.organization, chosen)
    value = visitors.sign_in(visit.organization, identity)
    cookie = f"{cookie_name(visit.organization)}={value}; Path=/; HttpOnly; SameSite=Lax"
    return redirect(_local(values.get("reply_to", [""])[0], visit), cookie)


def sign_out(visit: Visit) -> Answer:
    """Forget the browser."""
    cookie = f"{cookie_name(visit.organization)}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
    return redirect(f"{visit.base}/_signin", cookie)


def redirect(path: str, cookie: str = "") -> Answer:
    """Send the browser elsewhere on this emulator."""
    headers = {"Location": path, "Cache-Control": "no-store"}
    if cookie:
        headers["Set-Cookie"] = cookie
    return Answer(status=302, headers=headers)


def _local(path: str, visit: Visit) -> str:
    # Only paths below the organization: "//elsewhere" would lead to another host, a line break into the headers.
    is_below = path.startswith(f"{visit.base}/") and path.isprintable() and "\\" not in path
    return path if is_below else f"{visit.base}/"
