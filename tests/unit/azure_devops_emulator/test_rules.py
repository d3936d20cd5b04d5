"""Rules of the work item types, in the processes where they matter."""

from collections.abc import Iterator

import pytest
from tests.unit.azure_devops_emulator.callers import ADMINISTRATOR_TOKEN, Caller
from tests.unit.azure_devops_emulator.tracker import Tracker, put, refusal

from azure_devops_emulator.processes import all_processes
from azure_devops_emulator.server import EmulatorServer

COMMON = "Microsoft.VSTS.Common."
CMMI = "Microsoft.VSTS.CMMI."
REMAINING = "Microsoft.VSTS.Scheduling.RemainingWork"
ME = "ada@all.example"


@pytest.fixture(scope="module")
def server() -> Iterator[EmulatorServer]:
    with EmulatorServer(organizations=[("all", "Agile", "Agile")], pats=[ADMINISTRATOR_TOKEN]) as running:
        for name in ("Basic", "Scrum", "CMMI"):
            running.landscape.organization("all").add_project(name, name)
        yield running


@pytest.fixture
def at(server: EmulatorServer) -> dict[str, Tracker]:
    caller = Caller(f"{server.url}/all")
    return {name: Tracker(caller, name) for name in ("Basic", "Agile", "Scrum", "CMMI")}


TYPES = [(process.name, kind.name) for process in all_processes().values() for kind in process.types.values()]
NEEDED = {
    ("CMMI", "Risk"): [put(CMMI + "Probability", 50)],
    ("CMMI", "Review"): [put(CMMI + "Purpose", "<p>why</p>")],
    ("CMMI", "Epic"): [put("AssignedTo", ME)],
    ("CMMI", "Feature"): [put("AssignedTo", ME)],
}
COLLABORATION = ("Code Review", "Feedback", "Test Suite")


@pytest.mark.parametrize(("process", "name"), [row for row in TYPES if not row[1].startswith(COLLABORATION)])
def test_every_type_is_created_in_its_initial_state(at: dict[str, Tracker], process: str, name: str) -> None:
    kind = all_processes()[process.lower()].types[name.lower()]
    made = at[process].create(name, *NEEDED.get((process, name), []))
    assert made["fields"]["System.State"] == kind.initial_state
    assert made["fields"]["System.Reason"] == kind.initial_reason
    for field, default in kind.required.items():
        if default is not None:
            assert str(made["fields"][field]) == default


@pytest.mark.parametrize(("name", "missing"), [("Risk", CMMI + "Probability"), ("Review", CMMI + "Purpose")])
def test_a_required_field_without_default_must_be_given(at: dict[str, Tracker], name: str, missing: str) -> None:
    body = refusal(at["CMMI"].try_create(name, put("Title", "x")), 400, "RuleValidationException", "TF401320")
    assert body["customProperties"]["FieldReferenceName"] == missing
    [detail] = body["customProperties"]["RuleValidationErrors"]
    assert detail["fieldReferenceName"] == missing
    assert "InvalidEmpty" in detail["fieldStatusFlags"]


def test_a_work_item_needs_a_title(at: dict[str, Tracker]) -> None:
    answered = at["Agile"].try_create("Task", put("System.Description", "x"))
    body = refusal(answered, 400, "RuleValidationException")
    assert body["message"] == "TF401320: Rule Error for field Title. Error code: Required, InvalidEmpty."


def test_a_title_has_255_characters_at_most(at: dict[str, Tracker]) -> None:
    assert at["Agile"].create("Task", put("Title", "x" * 255))["rev"] == 1
    answered = at["Agile"].try_create("Task", put("Title", "x" * 256))
    refusal(
        answered, 400, "RuleValidationException", "TF401320: Rule Error for field Title. Error code: InvalidTooLong."
    )


def test_a_character_beyond_the_basic_plane_counts_twice(at: dict[str, Tracker]) -> None:
    assert at["Agile"].create("Task", put("Title", "\U0001f600" * 127))["rev"] == 1
    answered = at["Agile"].try_create("Task", put("Title", "\U0001f600" * 128))
    refusal(answered, 400, "RuleValidationException", "InvalidTooLong")


def test_long_text_has_an_end(at: dict[str, Tracker]) -> None:
    answered = at["Agile"].try_create("Task", put("Title", "x"), put("Description", "x" * 1_048_577))
    refusal(answered, 400, "RuleValidationException", "InvalidTooLong")


def test_a_value_outside_the_list_is_refused(at: dict[str, Tracker]) -> None:
    answered = at["Agile"].try_create("Task", put("Title", "x"), put(COMMON + "Priority", 9))
    body = refusal(answered, 400, "RuleValidationException", "InvalidListValue")
    assert body["customProperties"]["FieldReferenceName"] == COMMON + "Priority"


def test_a_value_of_the_list_is_kept_as_the_list_spells_it(at: dict[str, Tracker]) -> None:
    made = at["Agile"].create("Bug", put(COMMON + "Severity", "1 - critical"))
    assert made["fields"][COMMON + "Severity"] == "1 - Critical"


@pytest.mark.parametrize("value", ["many", {"a": 1}, True])
def test_a_number_must_be_one(at: dict[str, Tracker], value: object) -> None:
    answered = at["Agile"].try_create("Task", put("Title", "x"), put(REMAINING, value))
    refusal(answered, 400, "RuleValidationException", "InvalidType")


def test_a_field_of_another_type_is_refused(at: dict[str, Tracker]) -> None:
    answered = at["Agile"].try_create("Task", put("Title", "x"), put("Microsoft.VSTS.TCM.ReproSteps", "x"))
    refusal(answered, 400, "WorkItemTrackingFieldDefinitionNotFoundException", "TF51535")


def test_an_unknown_state_is_refused(at: dict[str, Tracker]) -> None:
    made = at["Agile"].create()
    answered = at["Agile"].try_update(made["id"], put("State", "Dreaming"))
    body = refusal(answered, 400, "RuleValidationException", "not in the list of supported values")
    assert body["customProperties"]["FieldReferenceName"] == "System.State"


def test_a_work_item_begins_in_its_initial_state_unless_the_rules_are_bypassed(at: dict[str, Tracker]) -> None:
    answered = at["Agile"].try_create("Task", put("Title", "x"), put("State", "Closed"))
    refusal(answered, 400, "RuleValidationException", "not in the list of supported values")
    assert at["Agile"].create("Task", put("State", "Closed"), bypassRules="true")["fields"]["System.State"] == "Closed"


def test_a_state_brings_its_reason_and_who_and_when(at: dict[str, Tracker]) -> None:
    made = at["Agile"].create("Bug")
    active = at["Agile"].update(made["id"], put("State", "Active"))["fields"]
    assert active["System.Reason"] == "Approved"
    assert active[COMMON + "ActivatedBy"]["uniqueName"] == ME
    assert active[COMMON + "ActivatedDate"] == active[COMMON + "StateChangeDate"] == active["System.ChangedDate"]
    resolved = at["Agile"].update(made["id"], put("State", "Resolved"))["fields"]
    assert (resolved["System.Reason"], resolved[COMMON + "ResolvedReason"]) == ("Fixed", "Fixed")
    again = at["Agile"].update(made["id"], put("State", "Active"))["fields"]
    assert COMMON + "ResolvedBy" not in again


def test_a_given_reason_must_be_one_of_the_transition(at: dict[str, Tracker]) -> None:
    made = at["Agile"].create("Bug")
    kept = at["Agile"].update(made["id"], put("State", "Resolved"), put("Reason", "Duplicate"))
    assert kept["fields"]["System.Reason"] == "Duplicate"
    other = at["Agile"].create("Bug")
    answered = at["Agile"].try_update(other["id"], put("State", "Resolved"), put("Reason", "Because"))
    refusal(answered, 400, "RuleValidationException", "Rule Error for field Reason")


def test_basic_tells_who_closed_an_issue(at: dict[str, Tracker]) -> None:
    made = at["Basic"].create("Issue")
    done = at["Basic"].update(made["id"], put("State", "Done"))["fields"]
    assert done["System.Reason"] == "Completed"
    assert done[COMMON + "ClosedBy"]["uniqueName"] == ME


@pytest.mark.parametrize("state", ["Active", "Resolved"])
def test_cmmi_wants_somebody_assigned(at: dict[str, Tracker], state: str) -> None:
    made = at["CMMI"].create("Requirement")
    answered = at["CMMI"].try_update(made["id"], put("State", state))
    body = refusal(answered, 400, "RuleValidationException")
    assert body["customProperties"]["FieldReferenceName"] == "System.AssignedTo"
    assert at["CMMI"].update(made["id"], put("State", state), put("AssignedTo", ME))["fields"]["System.State"] == state


@pytest.mark.parametrize(("process", "name", "state"), [("Agile", "Task", "Closed"), ("Scrum", "Task", "Done")])
def test_closing_clears_the_remaining_work_and_none_may_be_given(
    at: dict[str, Tracker], process: str, name: str, state: str
) -> None:
    made = at[process].create(name, put(REMAINING, 5))
    answered = at[process].try_update(made["id"], put("State", state), put(REMAINING, 3))
    body = refusal(answered, 400, "RuleValidationException", "InvalidNotEmpty")
    assert body["customProperties"]["FieldReferenceName"] == REMAINING
    assert REMAINING not in at[process].update(made["id"], put("State", state))["fields"]


def test_services_lets_any_state_follow_any_other(at: dict[str, Tracker]) -> None:
    made = at["Agile"].create("User Story")
    at["Agile"].update(made["id"], put("State", "Removed"))
    assert at["Agile"].update(made["id"], put("State", "Closed"))["rev"] == 3


def test_server_keeps_to_the_transitions_of_the_process(server_tracker: Tracker) -> None:
    made = server_tracker.create("Product Backlog Item")
    server_tracker.update(made["id"], put("State", "Removed"))
    answered = server_tracker.try_update(made["id"], put("State", "Done"))
    refusal(answered, 400, "RuleValidationException", "not in the list of supported values")
    assert server_tracker.update(made["id"], put("State", "New"))["rev"] == 3


def test_a_change_of_type_begins_in_its_initial_state_and_drops_what_it_has_not(at: dict[str, Tracker]) -> None:
    made = at["Agile"].create("Bug", put("Microsoft.VSTS.TCM.ReproSteps", "<p>do</p>"))
    at["Agile"].update(made["id"], put("State", "Resolved"))
    changed = at["Agile"].update(made["id"], put("WorkItemType", "Task"))
    assert changed["fields"]["System.WorkItemType"] == "Task"
    assert changed["fields"]["System.State"] == "New"
    assert "Microsoft.VSTS.TCM.ReproSteps" not in changed["fields"]
    assert changed["rev"] == 3
    refusal(at["Agile"].try_update(made["id"], put("WorkItemType", "Novel")), 404, "WorkItemTypeNotFoundException")


def test_a_change_of_type_may_name_the_state(at: dict[str, Tracker]) -> None:
    made = at["Agile"].create("Bug")
    changed = at["Agile"].update(made["id"], put("State", "Active"), put("WorkItemType", "Task"))
    assert (changed["fields"]["System.WorkItemType"], changed["fields"]["System.State"]) == ("Task", "Active")


def test_a_work_item_moves_to_another_project(server: EmulatorServer, at: dict[str, Tracker]) -> None:
    made = at["Agile"].create("Bug", put("History", "before"))
    moved = at["Agile"].update(
        made["id"], put("TeamProject", "Scrum"), put("AreaPath", "Scrum"), put("IterationPath", "Scrum")
    )
    target = server.landscape.organization("all").project("Scrum")
    assert moved["id"] == made["id"]
    assert moved["rev"] == 2
    assert moved["fields"]["System.TeamProject"] == "Scrum"
    assert f"/{target.id}/_apis/" in moved["url"]
    assert at["Scrum"].comments(made["id"])["totalCount"] == 1
    refusal(
        at["Agile"].ask("GET", f"Agile/_apis/wit/workItems/{made['id']}"), 404, "WorkItemUnauthorizedAccessException"
    )


def test_a_move_needs_the_area_and_type_of_the_other_project(at: dict[str, Tracker]) -> None:
    made = at["Agile"].create("Bug")
    refusal(at["Agile"].try_update(made["id"], put("TeamProject", "Scrum")), 400, "WorkItemInvalidTreeNameException")
    story = at["Agile"].create("User Story")
    place = [put("TeamProject", "Scrum"), put("AreaPath", "Scrum"), put("IterationPath", "Scrum")]
    refusal(at["Agile"].try_update(story["id"], *place), 404, "WorkItemTypeNotFoundException")
    typed = at["Agile"].update(story["id"], *place, put("WorkItemType", "Product Backlog Item"))
    assert typed["fields"]["System.WorkItemType"] == "Product Backlog Item"


def test_an_area_of_another_project_is_refused(at: dict[str, Tracker]) -> None:
    made = at["Agile"].create()
    refusal(at["Agile"].try_update(made["id"], put("AreaPath", "Scrum")), 400, "WorkItemInvalidTreeNameException")


def test_server_moves_nothing(server_tracker: Tracker) -> None:
    made = server_tracker.create("Bug")
    answered = server_tracker.try_update(made["id"], put("TeamProject", "Other"))
    refusal(answered, 400, "RuleValidationException", "ReadOnly")
