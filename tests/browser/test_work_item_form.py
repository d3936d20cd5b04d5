"""The work item form, and what an extension's panel on it can do."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Frame, Locator, Page, Route, expect
from tests.browser.people import PANEL, Person

from adnode.cli.demo.azure_devops import AzureDevOpsUser

pytestmark = pytest.mark.xdist_group("stand-in pages")
ONE_PIXEL = "R0lGODdhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs="
FORM = "ms.vss-work-web.work-item-form"
Open = Callable[[int], None]


@pytest.fixture
def form(person: Person, page: Page) -> Open:
    """Open the form of a work item of the website, as a contributor."""
    person.sign_in("/fabrikam", "contributor")

    def open_form(number: int) -> None:
        person.open(f"/fabrikam/Website/_workitems/edit/{number}")
        expect(page.get_by_label("Title")).not_to_have_value("")

    return open_form


@pytest.fixture
def story(website: AzureDevOpsUser) -> int:
    return website.create("User Story", {"System.Title": "Pay by card", "System.Description": "<p>At the till</p>"})


def save(page: Page) -> None:
    with page.expect_response(
        lambda answer: answer.request.method in ("PATCH", "POST") and "/workitems/" in answer.url
    ):
        page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()


def text_box(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=name, exact=True)


def test_a_new_work_item_gets_its_number_and_address(person: Person, page: Page, website: AzureDevOpsUser) -> None:
    person.sign_in("/fabrikam", "contributor")
    person.open("/fabrikam/Website/_workitems/create/User%20Story")
    page.get_by_label("Title").fill("Print a receipt")
    text_box(page, "Description").fill("On paper")
    page.get_by_label("Assigned to").select_option("Cleo Contributor")
    page.keyboard.press("Control+s")
    page.wait_for_url("**/_workitems/edit/*")
    fields = website.fields(int(page.url.rpartition("/")[2]))
    assert fields["System.Title"] == "Print a receipt"
    assert fields["System.Description"] == "On paper"
    assert fields["System.AssignedTo"]["displayName"] == "Cleo Contributor"


def test_the_address_without_a_project_opens_the_same_form(person: Person, page: Page, story: int) -> None:
    person.sign_in("/fabrikam", "reader")
    person.open(f"/fabrikam/_workitems/edit/{story}")
    expect(page.get_by_label("Title")).to_have_value("Pay by card")


def test_type_and_state_are_changed(form: Open, page: Page, story: int, website: AzureDevOpsUser) -> None:
    form(story)
    page.get_by_label("State").select_option("Active")
    save(page)
    page.get_by_label("Type").select_option("Bug")
    save(page)
    fields = website.fields(story)
    assert (fields["System.WorkItemType"], fields["System.State"]) == ("Bug", "New")
    text_box(page, "Description").fill("Press twice")
    save(page)
    assert website.fields(story)["Microsoft.VSTS.TCM.ReproSteps"] == "Press twice"


def test_what_is_typed_while_a_save_is_on_its_way_is_not_lost(
    form: Open, page: Page, story: int, website: AzureDevOpsUser
) -> None:
    held: list[Route] = []
    form(story)
    page.route(f"**/workitems/{story}?api-version=*", lambda route: held.append(route))
    page.get_by_label("Title").fill("First")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("saving…", exact=False)).to_be_visible()
    page.get_by_label("State").select_option("Active")
    page.get_by_label("Title").fill("Second")
    held[0].continue_()
    expect(page.get_by_text("not saved", exact=False)).to_be_visible()
    page.unroute_all(behavior="ignoreErrors")
    save(page)
    fields = website.fields(story)
    assert (fields["System.Title"], fields["System.State"]) == ("Second", "Active")


def test_a_rule_of_the_process_is_shown_as_the_service_words_it(
    form: Open, page: Page, story: int, website: AzureDevOpsUser
) -> None:
    form(story)
    page.get_by_label("Title").fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("TF401320", exact=False)).to_be_visible()
    assert website.fields(story)["System.Title"] == "Pay by card"


def test_changes_of_others_appear_by_themselves_and_unsaved_ones_stay(
    form: Open, page: Page, story: int, website: AzureDevOpsUser
) -> None:
    form(story)
    text_box(page, "Description").fill("Mine, unsaved")
    website.update(story, {"System.Title": "Pay by phone"})
    expect(page.get_by_label("Title")).to_have_value("Pay by phone")
    expect(text_box(page, "Description")).to_have_text("Mine, unsaved")
    save(page)
    fields = website.fields(story)
    assert (fields["System.Title"], fields["System.Description"]) == ("Pay by phone", "<p>Mine, unsaved</p>")


@pytest.mark.parametrize(("choice", "left"), [("Keep mine", "Mine"), ("Take theirs", "Theirs")])
def test_a_field_that_both_changed_is_asked_about(
    form: Open, page: Page, story: int, website: AzureDevOpsUser, choice: str, left: str
) -> None:
    form(story)
    page.get_by_label("Title").fill("Mine")
    website.update(story, {"System.Title": "Theirs"})
    expect(page.get_by_text("Ada Admin has changed the title meanwhile", exact=False)).to_be_visible()
    page.get_by_role("button", name=choice).click()
    expect(page.get_by_label("Title")).to_have_value(left)
    if choice == "Keep mine":
        save(page)
    assert website.fields(story)["System.Title"] == left


def test_saving_over_a_change_that_was_not_seen_is_refused_and_loses_nothing(
    form: Open, page: Page, story: int, website: AzureDevOpsUser
) -> None:
    page.clock.install()
    form(story)
    page.get_by_label("Title").fill("Mine")
    website.update(story, {"System.Title": "Theirs"})
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("has changed the title meanwhile", exact=False)).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Mine")
    assert website.fields(story)["System.Title"] == "Theirs"


def test_comments_are_added_edited_and_deleted(form: Open, page: Page, story: int, website: AzureDevOpsUser) -> None:
    form(story)
    text_box(page, "New comment").fill("First thought")
    page.get_by_role("button", name="Add comment").click()
    expect(page.locator(".comment")).to_contain_text("First thought")
    page.get_by_role("button", name="Edit comment").click()
    text_box(page, "Comment").fill("Second thought")
    page.get_by_role("button", name="Save comment").click()
    expect(page.locator(".comment")).to_contain_text("(edited)")
    assert [each["text"] for each in website.comments(story)] == ["Second thought"]
    page.get_by_role("button", name="Delete comment").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No comments yet.")).to_be_visible()
    assert website.comments(story) == []


def test_a_comment_in_work_survives_the_comments_of_others(
    form: Open, page: Page, story: int, website: AzureDevOpsUser
) -> None:
    number = website.add_comment(story, "<p>One</p>")
    form(story)
    page.get_by_role("button", name="Edit comment").click()
    text_box(page, "Comment").fill("One and a half")
    website.edit_comment(story, number, "<p>Other</p>")
    website.add_comment(story, "<p>Two</p>")
    expect(page.locator(".comment").first).to_contain_text("Two")
    expect(text_box(page, "Comment")).to_have_text("One and a half")


def test_a_comment_can_be_markdown(form: Open, page: Page, story: int, website: AzureDevOpsUser) -> None:
    form(story)
    page.get_by_role("region", name="Discussion").get_by_label("Markdown").check()
    text_box(page, "New comment").fill("So **bold**")
    page.get_by_role("button", name="Add comment").click()
    expect(page.locator(".comment-text")).to_have_text("So **bold**")
    assert website.comments(story)[0]["format"] == "markdown"


def test_files_are_attached_downloaded_and_removed(
    form: Open, page: Page, story: int, website: AzureDevOpsUser, tmp_path: Path
) -> None:
    form(story)
    page.get_by_label("Add attachment").set_input_files(
        [
            FilePayload(name="plan ä.txt", mimeType="text/plain", buffer=b"one"),
            FilePayload(name="b.bin", mimeType="", buffer=b"2"),
        ]
    )
    expect(page.get_by_role("link", name="b.bin")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="plan ä.txt").click()
    assert waiting.value.suggested_filename == "plan ä.txt"
    waiting.value.save_as(tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == b"one"
    page.get_by_role("button", name="Remove b.bin").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("link", name="b.bin")).to_have_count(0)
    assert list(website.attachments(story)) == ["plan ä.txt"]


def test_a_picture_in_the_description_is_stored_and_shown(
    form: Open, page: Page, story: int, website: AzureDevOpsUser
) -> None:
    form(story)
    picture = FilePayload(name="p.gif", mimeType="image/gif", buffer=base64.b64decode(ONE_PIXEL))
    page.get_by_label("Picture for Description").set_input_files(picture)
    expect(text_box(page, "Description").locator("img")).to_be_visible()
    save(page)
    page.reload()
    shown = text_box(page, "Description").locator("img")
    expect(shown).to_be_visible()
    assert shown.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 1
    assert "/_apis/wit/attachments/" in website.fields(story)["System.Description"]


def test_a_description_is_written_as_source_and_as_markdown(
    form: Open, page: Page, story: int, website: AzureDevOpsUser
) -> None:
    form(story)
    region = page.get_by_role("region", name="Description")
    region.get_by_role("button", name="HTML source").click()
    text_box(page, "Description").fill("<p>Very <b>bold</b></p>")
    save(page)
    assert "<b>bold</b>" in website.fields(story)["System.Description"]
    region.get_by_label("Markdown").check()
    text_box(page, "Description").fill("Very **bold**")
    save(page)
    assert website.read(story)["multilineFieldsFormat"] == {"System.Description": "markdown"}


def test_nothing_in_a_description_runs(form: Open, page: Page, website: AzureDevOpsUser) -> None:
    evil = '<p>x</p><img src="x" onerror="window.ran = 1"><a href="javascript:window.ran = 1">y</a>'
    number = website.create("Task", {"System.Title": "Evil"})
    # The emulator cleans what it stores; the page must not depend on that.
    document = website.read(number)
    document["fields"]["System.Description"] = evil
    page.route(f"**/_apis/wit/workitems/{number}?*all*", lambda route: route.fulfill(json=document))
    form(number)
    expect(text_box(page, "Description").locator("img")).to_have_count(1)
    assert page.evaluate("window.ran") is None


def test_a_deleted_work_item_can_be_restored(form: Open, page: Page, story: int, website: AzureDevOpsUser) -> None:
    form(story)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("This work item is in the recycle bin.")).to_be_visible()
    expect(page.get_by_label("Title")).to_be_disabled()
    page.reload()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("This work item is in the recycle bin.")).to_have_count(0)
    assert website.fields(story)["System.Title"] == "Pay by card"


def test_what_somebody_else_deletes_is_noticed(form: Open, page: Page, story: int, website: AzureDevOpsUser) -> None:
    form(story)
    website.delete(story)
    expect(page.get_by_text("This work item is in the recycle bin.")).to_be_visible()
    website.restore(story)
    expect(page.get_by_text("This work item is in the recycle bin.")).to_have_count(0)


def test_the_history_tells_who_changed_what(form: Open, page: Page, story: int, website: AzureDevOpsUser) -> None:
    website.update(story, {"System.Title": "Pay by phone"})
    form(story)
    page.get_by_text("History").click()
    newest = page.locator(".history li").first
    expect(newest).to_contain_text("revision 2")
    expect(newest.locator("del")).to_have_text("Pay by card")
    expect(newest.locator("ins")).to_have_text("Pay by phone")


def test_a_reader_reads(person: Person, page: Page, story: int, website: AzureDevOpsUser) -> None:
    website.add_comment(story, "<p>Well</p>")
    person.sign_in("/fabrikam", "reader")
    person.open(f"/fabrikam/Website/_workitems/edit/{story}")
    expect(page.get_by_text("Well")).to_be_visible()
    expect(page.get_by_label("Title")).to_be_disabled()
    expect(page.get_by_role("textbox")).to_have_count(1)
    for name in ("Save", "Delete", "Add comment", "Edit comment"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)


def test_an_unknown_number_is_named(person: Person, page: Page) -> None:
    person.sign_in("/fabrikam", "reader")
    person.open("/fabrikam/_workitems/edit/99999")
    expect(page.get_by_role("alert")).to_contain_text("99999")


@pytest.mark.parametrize("base", ["/fabrikam/Website", "/tfs/Contoso/Inside"])
def test_the_panel_reads_and_drives_the_form(
    person: Person, page: Page, base: str, website: AzureDevOpsUser, inside: AzureDevOpsUser
) -> None:
    user = website if "fabrikam" in base else inside
    number = user.create("Task", {"System.Title": "Count the till"})
    person.sign_in(base.rpartition("/")[0], "contributor")
    person.open(f"{base}/_workitems/edit/{number}")
    frame = person.ready_frame()
    frame.evaluate("SDK.notifyLoadSucceeded()")
    event = wait_for_event(frame, "onLoaded")
    assert event == {"id": number, "isNew": False, "isReadOnly": False}
    assert frame.evaluate("SDK.getContributionId()") == PANEL
    assert frame.evaluate("SDK.getWebContext().project.name") == base.rpartition("/")[2]
    assert ask_form(frame, "getId()") == number
    assert ask_form(frame, "getFieldValue('System.Title')") == "Count the till"
    assert ask_form(frame, "isDirty()") in (False, None)
    assert ask_form(frame, "setFieldValue('System.Title', 'Count both tills')") is True
    expect(page.get_by_label("Title")).to_have_value("Count both tills")
    assert wait_for_event(frame, "onFieldChanged")["changedFields"] == {"System.Title": "Count both tills"}
    assert ask_form(frame, "isDirty()") is True
    ask_form(frame, "save()")
    assert wait_for_event(frame, "onSaved") == {"id": number}
    assert user.fields(number)["System.Title"] == "Count both tills"
    ask_form(frame, "refresh()")
    assert wait_for_event(frame, "onRefreshed") == {"id": number}


def test_the_panel_of_a_new_work_item_learns_its_number_when_it_is_saved(person: Person, page: Page) -> None:
    person.sign_in("/fabrikam", "contributor")
    person.open("/fabrikam/Website/_workitems/create/Task")
    frame = person.ready_frame()
    frame.evaluate("SDK.notifyLoadSucceeded()")
    assert wait_for_event(frame, "onLoaded")["isNew"] is True
    page.get_by_label("Title").fill("New one")
    save(page)
    page.wait_for_url("**/_workitems/edit/*")
    number = int(page.url.rpartition("/")[2])
    assert wait_for_event(frame, "onSaved") == {"id": number}
    assert person.field_values(frame, "System.Id", "System.Title") == {"System.Id": number, "System.Title": "New one"}


def test_the_panel_is_as_high_as_it_wishes(form: Open, person: Person, page: Page, story: int) -> None:
    form(story)
    frame = person.ready_frame()
    frame.evaluate("SDK.resize(300, 444)")
    expect(page.locator("iframe")).to_have_css("height", "444px")


def wait_for_event(frame: Frame, name: str) -> dict[str, object]:
    frame.wait_for_function("(name) => window.events.some((each) => each.name === name)", arg=name)
    found = frame.evaluate("(name) => window.events.filter((each) => each.name === name).at(-1).event", name)
    return dict(found)


def ask_form(frame: Frame, expression: str) -> object:
    found: object = frame.evaluate(f"SDK.getService('{FORM}').then((form) => form.{expression})")
    return found
