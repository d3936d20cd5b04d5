"""Two administrators at two browsers: one sees both sessions and ends the other's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.browser.administrators import Administrator
from tests.browser.pictures import Album
from tests.browser.stage import Stage

pytestmark = pytest.mark.xdist_group("sessions")


@pytest.fixture
def other(browser: Browser, browser_context_args: dict[str, Any], stage: Stage) -> Iterator[Administrator]:
    """The same company's administrator at another browser."""
    context = browser.new_context(**browser_context_args)
    person = Administrator(context.new_page(), stage.public)
    person.sign_in()
    yield person
    context.close()


def rows(person: Administrator) -> Locator:
    table = person.hub.get_by_role("table", name="Sessions")
    return table.get_by_role("row").filter(has_text="Chrome")


def test_an_administrator_sees_who_is_signed_in_and_signs_others_out(
    ann: Administrator, other: Administrator, tmp_path: Path
) -> None:
    other.open("connections")
    expect(other.hub.get_by_role("button", name="Initiate connection")).to_be_visible()
    ann.open("general-settings")
    expect(rows(ann)).to_have_count(2)
    expect(rows(ann).filter(has_text="(this page)")).to_have_count(1)
    album = Album("sessions", tmp_path)
    for theme in ("light", "dark"):
        ann.person.choose_theme(theme)
        rows(ann).first.scroll_into_view_if_needed()
        ann.check_accessibility()
        album.take(ann.page, theme)
    ann.press("Sign out all others")
    expect(rows(ann)).to_have_count(1)
    other.open_tab("Triggers")
    expect(other.hub.get_by_text("You are signed out of this page.").first).to_be_visible()
    expect(other.hub.get_by_text("An administrator ended this session.").first).to_be_visible()
    other.check_accessibility()
    album.take(other.page, "signed-out")
    other.open("connections")
    expect(other.hub.get_by_role("button", name="Initiate connection")).to_be_visible()
    expect(rows(ann)).to_have_count(2, timeout=30_000)


def test_signing_oneself_out_ends_the_page_until_it_is_loaded_anew(ann: Administrator) -> None:
    ann.open("general-settings")
    rows(ann).filter(has_text="(this page)").get_by_role("button", name="Sign out").click()
    expect(ann.hub.get_by_text("You are signed out of this page.").first).to_be_visible()
    ann.open("general-settings")
    expect(rows(ann).filter(has_text="(this page)")).to_have_count(1)


def test_the_command_line_ends_sessions_too(ann: Administrator, stage: Stage) -> None:
    ann.open("connections")
    expect(ann.hub.get_by_role("button", name="Initiate connection")).to_be_visible()
    node = stage.public.node
    listed = node.command("session", "list")
    assert any("Chrome" in session["browser"] for session in listed)
    assert node.command("session", "end", "--all")["ended"] == len(listed)
    ann.open_tab("Triggers")
    expect(ann.hub.get_by_text("You are signed out of this page.").first).to_be_visible()
    assert node.command("audit", "--limit", "1")[0]["action"] == "session_ended"
