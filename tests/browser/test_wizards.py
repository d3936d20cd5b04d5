"""The wizards that initiate and accept a connection, with their wrong turns."""

import base64
import json
import re

import pytest
from playwright.sync_api import Page, expect
from tests.browser.administrators import Administrator
from tests.browser.conftest import Pair
from tests.browser.node_api import NodeApi, open_api
from tests.browser.stage import Stage

from adnode.cli.demo.processes import free_ports

pytestmark = pytest.mark.xdist_group("wizards")
PASTE, URL = "Paste the invitation code", "Destination Instance URL"


def begin(person: Administrator, wizard: str) -> None:
    person.open("connections")
    person.press(wizard)


def to_project(ann: Administrator) -> None:
    begin(ann, "Initiate connection")
    ann.press("I don't have a URL")
    ann.panel.get_by_role("radio", name="Basic").check()
    ann.press("Next")


def test_next_waits_until_a_step_is_complete_and_back_keeps_what_was_entered(ann: Administrator) -> None:
    begin(ann, "Initiate connection")
    next_step = ann.panel.get_by_role("button", name="Next")
    expect(next_step).to_be_disabled()
    ann.press("I don't have a URL")
    ann.panel.get_by_role("radio", name="Basic").check()
    ann.press("Next")
    expect(next_step).to_be_disabled()
    ann.choose_project("Web Shop")
    ann.press("Next")
    ann.press("Back")
    expect(ann.panel.get_by_role("combobox")).to_have_value("Web Shop")
    ann.press("Back")
    expect(ann.panel.get_by_role("radio", name="Basic")).to_be_checked()


def test_modes_that_are_not_there_say_why(ann: Administrator) -> None:
    begin(ann, "Initiate connection")
    for name in ("Visual", "Script"):
        choice = ann.panel.get_by_role("radio", name=name)
        expect(choice).to_be_disabled()
        expect(ann.panel.get_by_text("Not available").first).to_be_visible()


def test_a_project_is_found_among_many_and_an_unknown_one_is_no_choice(
    page: Page, stage: Stage, public_api: NodeApi
) -> None:
    sue = Administrator(page, stage.sister)
    sue.sign_in()
    begin(sue, "Accept invitation")
    sue.panel.get_by_label(PASTE).fill(public_api.initiate(stage.public.project, "Many projects"))
    sue.press("Next")
    box, found = sue.panel.get_by_role("combobox"), sue.hub.get_by_role("listbox", name="Found").get_by_role("option")
    box.fill("team 25")
    expect(found).to_have_count(10)
    box.fill("nothing like that")
    expect(found).to_have_count(0)
    expect(sue.panel.get_by_role("button", name="Confirm")).to_be_disabled()


def test_leaving_a_wizard_asks_before_anything_is_lost(ann: Administrator, public_api: NodeApi) -> None:
    before = len(public_api.connections())
    to_project(ann)
    ann.choose_project("Web Shop")
    ann.page.keyboard.press("Escape")
    question = ann.hub.get_by_role("dialog", name="Discard what you entered?")
    question.get_by_role("button", name="Keep editing").click()
    expect(ann.panel.get_by_role("combobox")).to_have_value("Web Shop")
    ann.page.keyboard.press("Escape")
    question.get_by_role("button", name="Discard").click()
    expect(ann.hub.get_by_role("dialog")).to_have_count(0)
    assert len(public_api.connections()) == before


def test_a_double_click_makes_one_connection(ann: Administrator, public_api: NodeApi) -> None:
    before = len(public_api.connections())
    to_project(ann)
    ann.choose_project("Web Shop")
    ann.press("Next")
    ann.panel.get_by_role("button", name="Initiate").dblclick()
    expect(ann.panel.get_by_label("Invitation code")).to_be_visible()
    assert len(public_api.connections()) == before + 1


def test_a_url_is_checked_while_typing_and_on_next(ann: Administrator, stage: Stage) -> None:
    begin(ann, "Initiate connection")
    ann.panel.get_by_role("radio", name="Basic").check()
    field = ann.panel.get_by_label(URL)
    field.fill("ftp:/nonsense")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(ann.panel.get_by_role("button", name="Next")).to_be_disabled()
    field.fill(stage.public.node.url or "")
    ann.press("Next")
    expect(ann.panel.get_by_text("This is your own organization.")).to_be_visible()
    (nobody,) = free_ports(1)
    field.fill(f"http://127.0.0.1:{nobody}")
    ann.press("Next")
    expect(ann.panel.get_by_text("The other node can't be reached.")).to_be_visible()
    expect(field).to_have_value(f"http://127.0.0.1:{nobody}")


def test_the_private_side_is_told_that_the_other_one_initiates(bob: Administrator) -> None:
    begin(bob, "Initiate connection")
    expect(bob.panel.get_by_text("The other side has to initiate this connection.")).to_be_visible()
    bob.press("Accept invitation")
    expect(bob.panel.get_by_label(PASTE)).to_be_visible()


def test_a_bad_paste_is_named_at_once(bob: Administrator, stage: Stage, public_api: NodeApi) -> None:
    code = public_api.initiate(stage.public.project, "To be pasted badly")
    begin(bob, "Accept invitation")
    field = bob.panel.get_by_label(PASTE)
    for pasted, told in (
        ("Dear Bob, here it is", "This is no invitation code."),
        (f"https://node.example/?code={code}", "This is a web address, not an invitation code."),
        (f"The code: {code}", "There is other text before the code."),
        (code[:-3], "The end of the code is missing or was changed."),
        (code.rpartition(".")[0], "A part of the code is missing."),
        (code.replace("adn1", "adn2", 1), "This code was made by a newer version."),
    ):
        field.fill(pasted)
        expect(bob.panel.get_by_text(told)).to_be_visible()
        expect(bob.panel.get_by_role("button", name="Next")).to_be_disabled()
    field.fill(f"  {code[:60]}\n{code[60:]} ")
    bob.press("Next")
    expect(bob.panel.get_by_text("fabrikam invites ContosoCollection")).to_be_visible()


def test_a_code_that_was_changed_inside_is_refused_by_the_node(
    bob: Administrator, stage: Stage, public_api: NodeApi
) -> None:
    code = public_api.initiate(stage.public.project, "To be forged")
    prefix, payload, end = code.split(".")
    content = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    content["name"] = "Somebody else"
    forged = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    begin(bob, "Accept invitation")
    bob.panel.get_by_label(PASTE).fill(".".join((prefix, forged, end)))
    bob.press("Next")
    expect(bob.panel.get_by_text("This is no complete invitation code.")).to_be_visible()


def test_an_own_invitation_is_recognized(ann: Administrator, stage: Stage, public_api: NodeApi) -> None:
    code = public_api.initiate(stage.public.project, "To ourselves")
    begin(ann, "Accept invitation")
    ann.panel.get_by_label(PASTE).fill(code)
    expect(ann.panel.get_by_text("This invitation was made by your own organization.")).to_be_visible()


def confirm_invitation(person: Administrator, code: str) -> None:
    """Go through the wizard up to Confirm; only the other node can tell whether a code still counts."""
    begin(person, "Accept invitation")
    person.panel.get_by_label(PASTE).fill(code)
    person.press("Next")
    person.choose_project(person.company.project)
    person.press("Confirm")


def test_the_first_to_accept_is_bound_and_may_repeat_it(
    bob: Administrator, stage: Stage, public_api: NodeApi, private_api: NodeApi
) -> None:
    code = public_api.initiate(stage.public.project, "Only once")
    private_api.accept(code, stage.private.project, "Only once")
    confirm_invitation(bob, code)
    expect(bob.panel.get_by_text("Only once joins your project Backoffice")).to_be_visible()
    assert [each["name"] for each in private_api.connections()].count("Only once") == 1


def test_an_invitation_that_the_sister_organization_has_used_is_refused(
    bob: Administrator, stage: Stage, public_api: NodeApi
) -> None:
    code = public_api.initiate(stage.public.project, "Taken")
    open_api(stage.sister).accept(code, stage.sister.project, "Taken")
    confirm_invitation(bob, code)
    expect(bob.panel.get_by_text("accepted for another organization of this node already")).to_be_visible()


def test_a_revoked_invitation_is_refused_and_a_new_one_takes_its_place(
    ann: Administrator, bob: Administrator, stage: Stage, public_api: NodeApi
) -> None:
    code = public_api.initiate(stage.public.project, "Second thoughts")
    ann.open("connections")
    ann.choose_action("Second thoughts", "Revoke invitation")
    ann.confirm("Revoke invitation")
    expect(ann.row("Second thoughts").get_by_text("Invitation revoked")).to_be_visible()
    confirm_invitation(bob, code)
    expect(bob.panel.get_by_text("This invitation was taken back.")).to_be_visible()
    ann.choose_action("Second thoughts", "New invitation code")
    ann.confirm("New invitation code")
    renewed = ann.panel.get_by_label("Invitation code").input_value()
    assert renewed != code
    ann.press("Done")
    expect(ann.row("Second thoughts").get_by_text("Invitation revoked")).to_have_count(0)
    ann.choose_action("Second thoughts", "Copy Invitation Code")
    expect(ann.panel.get_by_label("Invitation code")).to_have_value(renewed)


def test_leaving_before_done_loses_nothing(ann: Administrator) -> None:
    to_project(ann)
    ann.choose_project("Web Shop")
    ann.press("Next")
    ann.press("Initiate")
    code = ann.panel.get_by_label("Invitation code").input_value()
    name = ann.panel.locator("bdi").first.inner_text()
    ann.open("connections")
    ann.choose_action(name, "Copy Invitation Code")
    expect(ann.panel.get_by_label("Invitation code")).to_have_value(code)


def test_the_first_sync_names_what_is_wrong_with_a_key(ann: Administrator, stage: Stage, pair: Pair) -> None:
    ann.open("connections")
    ann.choose_action(pair.name, "Exalate work item")
    field = ann.panel.get_by_label("Work item key")
    field.fill("forty-two")
    ann.press("Exalate")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("99999")
    ann.press("Exalate")
    expect(ann.panel.get_by_text("99999")).to_be_visible()
    number = stage.public.user.create("Bug", {"System.Title": "Wrong colour"})
    field.fill(f"{stage.public.organization_url}/_workitems/edit/{number}")
    ann.press("Exalate")
    expect(ann.panel.get_by_text("Synchronized", exact=True)).to_be_visible()
    expect(ann.panel.get_by_role("link", name=re.compile("Wrong colour"))).to_be_visible()
