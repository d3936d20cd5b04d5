from typing import Any

import pytest
from tests.unit.azure_devops_emulator.callers import Place
from tests.unit.azure_devops_emulator.tracker import Tracker, locked, markdown, put, refusal

from azure_devops_emulator.moments import read_moment

DESCRIPTION = "System.Description"


def test_a_new_work_item_has_the_fields_that_the_service_fills(tracker: Tracker) -> None:
    made = tracker.create("Bug", put("Title", "Broken"))
    assert made["rev"] == 1
    fields = made["fields"]
    assert (fields["System.State"], fields["System.Reason"]) == ("New", "New")
    assert fields["System.AreaPath"] == fields["System.IterationPath"] == fields["System.TeamProject"] == "Fabrikam"
    assert (fields["System.CommentCount"], fields["Microsoft.VSTS.Common.Priority"]) == (0, 2)
    assert fields["Microsoft.VSTS.Common.ValueArea"] == "Business"
    assert fields["System.CreatedBy"]["uniqueName"] == fields["System.ChangedBy"]["uniqueName"]
    assert "System.AssignedTo" not in fields
    assert made["multilineFieldsFormat"] == {}
    assert "System.Id" not in fields


def test_addresses_carry_the_id_of_the_project(services: Place, tracker: Tracker) -> None:
    made = tracker.create()
    assert made["url"] == f"{services.url}/{services.project.id}/_apis/wit/workItems/{made['id']}"
    assert made["_links"]["html"]["href"].endswith(f"/_workitems/edit/{made['id']}")


def test_a_change_of_a_field_raises_the_revision_by_one(tracker: Tracker) -> None:
    made = tracker.create()
    changed = tracker.update(made["id"], put("Title", "Other"))
    assert (changed["rev"], changed["fields"]["System.Title"]) == (2, "Other")
    before, after = (read_moment(each["fields"]["System.ChangedDate"]) for each in (made, changed))
    assert after > before


def test_writing_what_is_there_already_changes_nothing(tracker: Tracker) -> None:
    made = tracker.create("Task", put("Title", "Same"))
    assert tracker.update(made["id"], put("Title", "Same"))["rev"] == 1


def test_everything_is_shown_on_request(tracker: Tracker) -> None:
    made = tracker.create()
    fields = tracker.read_all(made["id"])["fields"]
    assert fields["System.Id"] == made["id"]
    assert fields["System.Rev"] == 1
    assert fields["System.RevisedDate"] == "9999-01-01T00:00:00Z"
    assert {"System.AreaId", "System.NodeName", "System.AreaLevel1", "System.IterationId", "System.Watermark"} <= set(
        fields
    )


@pytest.mark.parametrize(("expand", "shows"), [("1", True), ("relations", True), ("Links", False), ("0", False)])
def test_the_expansion_is_named_or_numbered(tracker: Tracker, expand: str, shows: bool) -> None:
    made = tracker.create(
        "Task", {"op": "add", "path": "/relations/-", "value": {"rel": "Hyperlink", "url": "http://x"}}
    )
    assert ("relations" in tracker.read(made["id"], **{"$expand": expand})) is shows


def test_named_fields_come_alone(tracker: Tracker) -> None:
    made = tracker.create()
    read = tracker.read(made["id"], fields="System.Title,system.rev,State")
    assert read["fields"] == {"System.Title": "A title", "System.Rev": 1, "System.State": "New"}


def test_named_fields_and_an_expansion_do_not_go_together(tracker: Tracker) -> None:
    made = tracker.create()
    answered = tracker.ask("GET", f"_apis/wit/workItems/{made['id']}", fields="System.Title", **{"$expand": "all"})
    refusal(answered, 400, "ConflictingParametersException")


def test_a_work_item_is_shown_as_it_was(tracker: Tracker) -> None:
    made = tracker.create("Task", put("Title", "First"))
    changed = tracker.update(made["id"], put("Title", "Second"))
    then = made["fields"]["System.ChangedDate"]
    assert tracker.read(made["id"], asOf=then)["fields"]["System.Title"] == "First"
    assert tracker.read(made["id"], asOf=changed["fields"]["System.ChangedDate"])["rev"] == 2
    before = tracker.ask("GET", f"_apis/wit/workItems/{made['id']}", asOf="2001-01-01")
    refusal(before, 404, "WorkItemUnauthorizedAccessException", "TF401232")


def test_a_missing_work_item_is_told_with_its_code(tracker: Tracker) -> None:
    body = refusal(tracker.ask("GET", "_apis/wit/workItems/4711"), 404, "WorkItemUnauthorizedAccessException")
    assert body["message"].startswith("TF401232: Work item 4711 does not exist")
    assert body["eventId"] == 3200


def test_a_test_of_the_revision_lets_only_the_current_one_pass(tracker: Tracker) -> None:
    made = tracker.create()
    assert tracker.update(made["id"], locked(1), put("Title", "Second"))["rev"] == 2
    body = refusal(
        tracker.try_update(made["id"], locked(1), put("Title", "Third")), 412, "TestPatchOperationFailedException"
    )
    assert body["message"] == ("VS403351: Test Operation for path /rev failed, value 2 was not equal to test value 1.")
    assert tracker.read(made["id"])["fields"]["System.Title"] == "Second"


def test_operations_may_be_numbers(tracker: Tracker) -> None:
    made = tracker.create()
    operations = [
        {"op": 5, "path": "/rev", "value": 1},
        {"op": 0, "path": "/fields/System.Title", "value": "By number"},
        {"op": 1, "path": "/fields/Microsoft.VSTS.Common.Priority"},
    ]
    changed = tracker.update(made["id"], *operations)
    assert changed["fields"]["System.Title"] == "By number"
    assert "Microsoft.VSTS.Common.Priority" not in changed["fields"]


def test_a_field_can_be_copied_and_tested(tracker: Tracker) -> None:
    made = tracker.create("Task", put(DESCRIPTION, "<p>text</p>"))
    copy = {"op": "copy", "from": "/fields/System.Description", "path": "/fields/System.Title"}
    assert tracker.update(made["id"], copy)["fields"]["System.Title"] == "<p>text</p>"
    wrong = {"op": "test", "path": "/fields/System.Title", "value": "other"}
    refusal(tracker.try_update(made["id"], wrong, put("Title", "x")), 412, "TestPatchOperationFailedException")


def test_an_empty_value_clears_a_field(tracker: Tracker) -> None:
    made = tracker.create("Task", put(DESCRIPTION, "<p>text</p>"))
    assert DESCRIPTION not in tracker.update(made["id"], put(DESCRIPTION, ""))["fields"]


@pytest.mark.parametrize(
    "body",
    [{}, [], [{"op": "add"}], [{"op": "grow", "path": "/fields/System.Title"}], [{"op": "add", "path": "/nothing/x"}]],
)
def test_a_patch_that_makes_no_sense_is_refused(tracker: Tracker, body: Any) -> None:
    made = tracker.create()
    path = f"_apis/wit/workItems/{made['id']}?api-version=7.1"
    answered = tracker.caller("PATCH", path, body, **{"Content-Type": "application/json-patch+json"})
    refusal(answered, 400, "VssPropertyValidationException")
    assert tracker.read(made["id"])["rev"] == 1


def test_a_patch_needs_its_media_type(tracker: Tracker) -> None:
    path = "Fabrikam/_apis/wit/workItems/$Task?api-version=7.1"
    answered = tracker.caller("POST", path, [put("Title", "x")], **{"Content-Type": "application/json"})
    refusal(answered, 400, "VssRequestContentTypeNotSupportedException", "application/json-patch+json")


def test_an_unknown_field_is_refused(tracker: Tracker) -> None:
    answered = tracker.try_create("Task", put("Title", "x"), put("Custom.Nothing", 1))
    refusal(
        answered, 400, "WorkItemTrackingFieldDefinitionNotFoundException", "TF51535: Cannot find field Custom.Nothing"
    )


def test_an_unknown_type_is_refused(services: Place, tracker: Tracker) -> None:
    body = refusal(tracker.try_create("Novel", put("Title", "x")), 404, "WorkItemTypeNotFoundException", "VS402323")
    assert services.project.id in body["message"]


def test_a_disabled_type_cannot_be_created(services: Place, tracker: Tracker) -> None:
    services.project.disabled_types.add("Bug")
    refusal(tracker.try_create("Bug", put("Title", "x")), 404, "WorkItemTypeNotFoundException")
    kind = tracker.done("GET", "Fabrikam/_apis/wit/workItemTypes/Bug")
    assert kind["isDisabled"] is True


@pytest.mark.parametrize("name", ["System.AreaPath", "System.IterationPath"])
def test_an_unknown_area_or_iteration_is_refused(tracker: Tracker, name: str) -> None:
    answered = tracker.try_create("Task", put("Title", "x"), put(name, "Fabrikam\\Nowhere"))
    body = refusal(answered, 400, "WorkItemInvalidTreeNameException")
    assert body["message"] == f"TF401347: Invalid tree name given for work item -1, field '{name}'."


def test_an_iteration_is_kept_with_its_levels(tracker: Tracker) -> None:
    made = tracker.create("Task", put("IterationPath", "Fabrikam\\Iteration 1"))
    fields = tracker.read_all(made["id"])["fields"]
    assert fields["System.IterationLevel2"] == "Iteration 1"


def test_dates_have_no_zeros_at_the_end(tracker: Tracker) -> None:
    name = "Microsoft.VSTS.Scheduling.StartDate"
    made = tracker.create("Feature", put(name, "2026-03-01T12:00:26.230+01:00"))
    assert made["fields"][name] == "2026-03-01T11:00:26.23Z"


def test_people_are_objects_and_before_version_five_texts(services: Place, tracker: Tracker) -> None:
    made = tracker.create("Task", put("AssignedTo", services.organization.administrator.unique_name))
    person = services.organization.administrator
    assert made["fields"]["System.AssignedTo"]["displayName"] == person.display_name
    assert set(made["fields"]["System.AssignedTo"]) == {
        "displayName",
        "url",
        "_links",
        "id",
        "uniqueName",
        "imageUrl",
        "descriptor",
    }
    old = tracker.read(made["id"], version="4.0")
    assert old["fields"]["System.AssignedTo"] == f"{person.display_name} <{person.unique_name}>"


@pytest.mark.parametrize("form", ["{display}", "{unique}", "{display} <{unique}>"])
def test_people_are_written_by_any_of_their_names(services: Place, tracker: Tracker, form: str) -> None:
    person = services.organization.administrator
    text = form.format(display=person.display_name, unique=person.unique_name)
    made = tracker.create("Task", put("AssignedTo", text))
    assert made["fields"]["System.AssignedTo"]["id"] == person.id


def test_somebody_unknown_is_refused_unless_the_rules_are_bypassed(tracker: Tracker) -> None:
    operations = [put("Title", "x"), put("AssignedTo", "nobody@nowhere.example")]
    refusal(tracker.try_create("Task", *operations), 400, "RuleValidationException", "unknown identity")
    made = tracker.create("Task", *operations, bypassRules="true")
    assert made["fields"]["System.AssignedTo"] == "nobody@nowhere.example"


def test_half_a_surrogate_pair_comes_back_as_the_replacement_character(tracker: Tracker) -> None:
    assert tracker.create("Task", put("Title", "a\ud83d"))["fields"]["System.Title"] == "a\ufffd"


def test_html_is_read_back_sanitized(tracker: Tracker) -> None:
    made = tracker.create("Task", put(DESCRIPTION, "<p onclick='x()'>a<!-- mark --><script>x()</script>&#98;</p>"))
    assert made["fields"][DESCRIPTION] == "<p>ab</p>"


def test_a_field_becomes_markdown_together_with_a_value(tracker: Tracker) -> None:
    made = tracker.create("Task", put(DESCRIPTION, "# *a* &lt;b&gt;"), markdown(DESCRIPTION))
    assert made["multilineFieldsFormat"] == {DESCRIPTION: "markdown"}
    assert made["fields"][DESCRIPTION] == "# *a* &lt;b&gt;"
    later = tracker.update(made["id"], put(DESCRIPTION, "**b** <i>"))
    assert later["multilineFieldsFormat"] == {DESCRIPTION: "markdown"}
    assert later["fields"][DESCRIPTION] == "**b** <i>"


def test_a_format_without_a_value_is_refused(tracker: Tracker) -> None:
    made = tracker.create("Task", put(DESCRIPTION, "<p>a</p>"))
    body = refusal(tracker.try_update(made["id"], markdown(DESCRIPTION)), 400, "WorkItemFieldFormatException")
    assert body["message"] == "VS403319: The type changed without a value for field System.Description."


def test_markdown_without_its_format_is_kept_as_html(tracker: Tracker) -> None:
    made = tracker.create("Task", put(DESCRIPTION, "# a < b"))
    assert made["fields"][DESCRIPTION] == "# a &lt; b"
    assert made["multilineFieldsFormat"] == {}


def test_server_has_no_markdown_fields(server_tracker: Tracker) -> None:
    made = server_tracker.create("Task", put(DESCRIPTION, "a"))
    assert "multilineFieldsFormat" not in made
    answered = server_tracker.try_update(made["id"], put(DESCRIPTION, "b"), markdown(DESCRIPTION))
    refusal(answered, 400, "VssPropertyValidationException")


def test_added_tags_join_those_that_are_there_and_replaced_ones_do_not(tracker: Tracker) -> None:
    made = tracker.create("Task", put("Tags", "my tag"))
    assert tracker.update(made["id"], put("Tags", "tag2; MY TAG"))["fields"]["System.Tags"] == "my tag; tag2"
    replace = {"op": "replace", "path": "/fields/System.Tags", "value": "tag3"}
    assert tracker.update(made["id"], replace)["fields"]["System.Tags"] == "tag3"
    remove = {"op": "remove", "path": "/fields/System.Tags"}
    assert "System.Tags" not in tracker.update(made["id"], remove)["fields"]


def test_a_tag_keeps_the_spelling_it_had_first_in_its_project(tracker: Tracker) -> None:
    tracker.create("Task", put("Tags", "Urgent"))
    assert tracker.create("Task", put("Tags", "URGENT"))["fields"]["System.Tags"] == "Urgent"


def test_a_hundred_tags_are_the_most(tracker: Tracker) -> None:
    tags = "; ".join(f"t{number}" for number in range(101))
    answered = tracker.try_create("Task", put("Title", "x"), put("Tags", tags))
    refusal(answered, 400, "WorkItemTagLimitExceededException", "TF401243")


def test_validating_only_saves_nothing(tracker: Tracker) -> None:
    made = tracker.create("Task", put("Title", "Kept"))
    assert tracker.update(made["id"], put("Title", "Lost"), validateOnly="true")["rev"] == 1
    assert tracker.read(made["id"])["fields"]["System.Title"] == "Kept"
    refusal(tracker.try_update(made["id"], put("Title", ""), validateOnly="true"), 400, "RuleValidationException")
    assert tracker.create("Task", validateOnly="true")["id"] == -1


def test_the_template_of_a_type_shows_what_a_new_work_item_begins_with(tracker: Tracker) -> None:
    template = tracker.done("GET", "Fabrikam/_apis/wit/workItems/$Bug")
    assert template["fields"]["System.State"] == "New"
    assert template["fields"]["Microsoft.VSTS.Common.Severity"] == "3 - Medium"


def test_bypassing_the_rules_sets_who_and_when(services: Place, tracker: Tracker) -> None:
    then = "2020-01-02T03:04:05Z"
    made = tracker.create(
        "Task",
        put("CreatedDate", then),
        put("ChangedDate", then),
        put("CreatedBy", "Somebody Else"),
        put("ChangedBy", "Somebody Else"),
        bypassRules="true",
    )
    assert made["fields"]["System.CreatedDate"] == made["fields"]["System.ChangedDate"] == then
    assert made["fields"]["System.CreatedBy"] == "Somebody Else"
    expanded = tracker.read_all(made["id"])
    assert expanded["fields"]["System.AuthorizedAs"]["id"] == services.organization.administrator.id
    early = tracker.try_update(made["id"], put("ChangedDate", "2019-01-01"), put("Title", "x"), bypassRules="true")
    refusal(early, 400, "WorkItemDatesNotIncreasingException", "VS402625")


@pytest.mark.parametrize("name", ["CreatedBy", "ChangedDate", "Rev", "CommentCount", "Watermark"])
def test_fields_that_the_service_keeps_cannot_be_written(tracker: Tracker, name: str) -> None:
    answered = tracker.try_create("Task", put("Title", "x"), put(name, "7"))
    refusal(answered, 400, "RuleValidationException", "ReadOnly")
