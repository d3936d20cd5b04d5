"""Title, description and type, in both directions between Agile on Services and Scrum on a private Server."""

import pytest
from tests.acceptance.conftest import Pair

pytestmark = pytest.mark.xdist_group("acceptance")
TITLE = "System.Title"
DESCRIPTION = "System.Description"
REPRO_STEPS = "Microsoft.VSTS.TCM.ReproSteps"
TYPE = "System.WorkItemType"


def test_a_work_item_is_created_with_title_description_and_type(pair: Pair) -> None:
    text = "<p>As a <b>customer</b> I want to sign in.</p><ul><li>quickly</li></ul>"
    number = pair.public.user.create("User Story", {TITLE: "Sign in", DESCRIPTION: text})
    fields = pair.private.user.fields(pair.share(number))
    assert fields[TITLE] == "Sign in"
    assert fields[TYPE] == "Product Backlog Item"
    assert "<b>customer</b>" in fields[DESCRIPTION]
    assert "<li>quickly</li>" in fields[DESCRIPTION]
    assert fields["System.State"] == "New"


def test_the_private_side_starts_too(pair: Pair) -> None:
    number = pair.private.user.create("Task", {TITLE: "From behind the firewall", DESCRIPTION: "<p>Hello</p>"})
    fields = pair.public.user.fields(pair.share(number, source=pair.private))
    assert (fields[TITLE], fields[TYPE]) == ("From behind the firewall", "Task")
    assert "Hello" in fields[DESCRIPTION]


def test_edits_travel_both_ways_and_come_to_rest(pair: Pair) -> None:
    public, private = pair.public.user, pair.private.user
    number = public.create("Task", {TITLE: "One"})
    other = pair.share(number)
    public.update(number, {TITLE: "Two", DESCRIPTION: "<p>second</p>"})
    pair.stage.wait_until(lambda: private.fields(other)[TITLE] == "Two", "the title arrives")
    pair.stage.wait_until(lambda: "second" in private.fields(other).get(DESCRIPTION, ""), "the description arrives")
    private.update(other, {TITLE: "Three"})
    pair.stage.wait_until(lambda: public.fields(number)[TITLE] == "Three", "the title comes back")
    pair.rest()
    revisions = public.read(number)["rev"], private.read(other)["rev"]
    private.update(other, {DESCRIPTION: ""})
    pair.stage.wait_until(lambda: not public.fields(number).get(DESCRIPTION), "the description is emptied")
    pair.rest()
    assert (public.read(number)["rev"], private.read(other)["rev"]) == (revisions[0] + 1, revisions[1] + 1)


def test_other_fields_are_left_alone(pair: Pair) -> None:
    public, private = pair.public.user, pair.private.user
    number = public.create("Bug", {TITLE: "Only Basic", "System.Tags": "secret", "Microsoft.VSTS.Common.Priority": 1})
    other = pair.share(number)
    private.update(other, {"System.State": "Approved"})
    public.update(number, {TITLE: "Only Basic fields"})
    pair.stage.wait_until(lambda: private.fields(other)[TITLE] == "Only Basic fields", "the title arrives")
    fields = private.fields(other)
    assert "System.Tags" not in fields
    assert fields["Microsoft.VSTS.Common.Priority"] == 2
    assert fields["System.State"] == "Approved"
    assert public.fields(number)["System.State"] == "New"


def test_the_description_of_a_bug_is_its_repro_steps(pair: Pair) -> None:
    public, private = pair.public.user, pair.private.user
    number = public.create("Bug", {TITLE: "It breaks", REPRO_STEPS: "<p>Press <i>any</i> key.</p>"})
    other = pair.share(number)
    assert "<i>any</i>" in private.fields(other)[REPRO_STEPS]
    assert DESCRIPTION not in private.fields(other)
    private.update(other, {REPRO_STEPS: "<p>Press Enter.</p>"})
    pair.stage.wait_until(lambda: "Enter" in public.fields(number)[REPRO_STEPS], "the repro steps come back")


def test_a_type_change_moves_the_description_to_the_field_that_the_new_type_shows(pair: Pair) -> None:
    public, private = pair.public.user, pair.private.user
    number = public.create("User Story", {TITLE: "It is a bug", DESCRIPTION: "<p>what happens</p>"})
    other = pair.share(number)
    public.update(number, {TYPE: "Bug"})
    pair.stage.wait_until(lambda: private.fields(other)[TYPE] == "Bug", "the type arrives")
    for user, item in ((public, number), (private, other)):
        pair.stage.wait_until(
            lambda user=user, item=item: "what happens" in user.fields(item).get(REPRO_STEPS, ""),  # type: ignore[misc]
            "the description moves to the repro steps",
        )
    private.update(other, {TYPE: "Product Backlog Item"})
    pair.stage.wait_until(lambda: public.fields(number)[TYPE] == "User Story", "the type comes back")
    pair.rest()
    assert not pair.public.errors()


@pytest.mark.parametrize("place", ["public", "private"])
def test_a_text_written_between_two_changes_of_the_type_stays(pair: Pair, place: str) -> None:
    """The field that is shown again still holds the old text, on both sides; nobody sees that any more."""
    number = pair.public.user.create("Task", {TITLE: f"There and back, {place}", DESCRIPTION: "<p>old words</p>"})
    numbers = {"public": number, "private": pair.share(number)}
    user, item = (pair.public if place == "public" else pair.private).user, numbers[place]

    def wait_for(field: str, words: str) -> None:
        for side, each in ((pair.public, numbers["public"]), (pair.private, numbers["private"])):
            pair.stage.wait_until(
                lambda side=side, each=each: words in side.user.fields(each).get(field, ""),  # type: ignore[misc]
                f"{field} says {words} on both sides",
            )
        pair.rest()

    user.update(item, {TYPE: "Bug"})
    wait_for(REPRO_STEPS, "old words")
    user.update(item, {REPRO_STEPS: "<p>new words</p>"})
    wait_for(REPRO_STEPS, "new words")
    user.update(item, {TYPE: "Task"})
    wait_for(DESCRIPTION, "new words")
    for side, each in ((pair.public, numbers["public"]), (pair.private, numbers["private"])):
        fields = side.user.fields(each)
        assert (fields[TYPE], "old words" in fields[DESCRIPTION]) == ("Task", False)
        assert [one for one in side.observer.error_records.list_conflicts() if one.work_item_id == each] == []
        assert side.errors() == []


def test_markdown_on_services_is_html_on_a_server_that_does_not_know_it_and_stays_markdown_here(pair: Pair) -> None:
    public, private = pair.public.user, pair.private.user
    text = "# Plan\n\n- one\n- **two**\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    number = public.create("Task", {TITLE: "Markdown", DESCRIPTION: text}, markdown=(DESCRIPTION,))
    other = pair.share(number)
    html = private.fields(other)[DESCRIPTION]
    assert "<h1>Plan</h1>" in html
    assert "<strong>two</strong>" in html
    assert "<table>" in html
    pair.rest()
    read = public.read(number)
    assert read["fields"][DESCRIPTION] == text
    assert read["multilineFieldsFormat"] == {DESCRIPTION: "markdown"}
    private.update(other, {DESCRIPTION: "<p>It is <strong>done</strong></p>"})
    pair.stage.wait_until(lambda: "**done**" in public.fields(number)[DESCRIPTION], "the text comes back as Markdown")
    assert public.read(number)["multilineFieldsFormat"] == {DESCRIPTION: "markdown"}


def test_scripts_in_html_do_not_travel(pair: Pair) -> None:
    bad = "<p onclick='steal()'>text</p><script>alert(1)</script><a href='javascript:alert(2)'>link</a>"
    number = pair.public.user.create("Task", {TITLE: "Bad HTML", DESCRIPTION: bad})
    html = pair.private.user.fields(pair.share(number))[DESCRIPTION].lower()
    assert "text" in html
    assert not any(word in html for word in ("script", "onclick", "alert"))
