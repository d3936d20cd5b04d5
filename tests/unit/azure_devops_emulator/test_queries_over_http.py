import pytest
from tests.unit.azure_devops_emulator.callers import Place
from tests.unit.azure_devops_emulator.tracker import Tracker, put, refusal

from azure_devops_emulator.identities import Identity, Role
from azure_devops_emulator.routes import wiql

ALL = "SELECT [System.Id] FROM WorkItems"


def test_a_query_answers_ids_and_columns(services: Place, tracker: Tracker) -> None:
    made = tracker.create("Bug", put("Title", "Find me"))
    condition = "WHERE [System.Title] CONTAINS 'find' ORDER BY [System.Id] DESC"
    text = f"SELECT [System.Id], [System.Title] FROM WorkItems {condition}"  # noqa: S608
    found = tracker.done("POST", "_apis/wit/wiql", {"query": text})
    assert (found["queryType"], found["queryResultType"]) == ("flat", "workItem")
    assert [column["referenceName"] for column in found["columns"]] == ["System.Id", "System.Title"]
    assert found["sortColumns"][0]["descending"] is True
    assert found["workItems"] == [{"id": made["id"], "url": made["url"]}]
    assert found["asOf"].endswith("Z")


@pytest.mark.parametrize(
    "condition",
    [
        "[System.TeamProject] = @project",
        "[System.AssignedTo] = @me",
        "[System.CreatedDate] >= @today",
        "[Work Item Type] = 'Bug'",
        "[System.AreaPath] UNDER 'Fabrikam'",
        "[System.Tags] CONTAINS 'b'",
        "[System.State] IN ('New', 'Active') AND NOT [System.Title] = 'x'",
        "[System.CommentCount] = 0",
        "[System.Rev] = 1",
    ],
)
def test_conditions_hold_on_the_fields_of_work_items(services: Place, tracker: Tracker, condition: str) -> None:
    me = services.organization.administrator.unique_name
    made = tracker.create("Bug", put("AssignedTo", me), put("Tags", "a; b"))
    assert tracker.find(f"{ALL} WHERE {condition}") == [made["id"]]
    assert tracker.find(f"{ALL} WHERE NOT ({condition})") == []


def test_a_query_reaches_all_projects_unless_it_says_otherwise(services: Place, tracker: Tracker) -> None:
    services.organization.add_project("Other", "Agile")
    there = Tracker(services.administrator, "Other").create()
    here = tracker.create()
    assert tracker.find(ALL) == [there["id"], here["id"]]
    assert tracker.find(f"{ALL} WHERE [System.TeamProject] = @project") == [here["id"]]


def test_a_query_may_name_a_team(tracker: Tracker) -> None:
    made = tracker.create()
    found = tracker.done("POST", "Fabrikam/Fabrikam%20Team/_apis/wit/wiql", {"query": ALL})
    assert [row["id"] for row in found["workItems"]] == [made["id"]]
    refusal(tracker.ask("POST", "Fabrikam/Nobody/_apis/wit/wiql", {"query": ALL}), 404, "TeamNotFoundException")


def test_a_time_needs_the_precision_in_the_address(tracker: Tracker) -> None:
    made = tracker.create()
    text = f"{ALL} WHERE [System.ChangedDate] >= '{made['fields']['System.ChangedDate']}'"
    refusal(
        tracker.ask("POST", "_apis/wit/wiql", {"query": text}),
        400,
        "WorkItemTrackingQueryException",
        "You cannot supply a time with the date",
    )
    assert tracker.find(text, timePrecision="true") == [made["id"]]


def test_top_cuts_the_result(tracker: Tracker) -> None:
    ids = [tracker.create()["id"] for _ in range(3)]
    assert tracker.find(f"{ALL} ORDER BY [System.Id]", **{"$top": 2}) == ids[:2]
    assert tracker.find(f"{ALL} WHERE [System.Id] > {ids[1]} ORDER BY [System.Id]", **{"$top": 2}) == ids[2:]


def test_too_many_results_are_an_error(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiql, "MOST_RESULTS", 2)
    for _ in range(3):
        tracker.create()
    answered = tracker.ask("POST", "_apis/wit/wiql", {"query": ALL})
    refusal(answered, 400, "WorkItemTrackingQueryResultSizeLimitExceededException", "VS402337")
    assert len(tracker.find(ALL, **{"$top": 2})) == 2


def test_the_limit_is_twenty_thousand() -> None:
    assert wiql.MOST_RESULTS == 20_000


@pytest.mark.parametrize(
    "text",
    ["", "SELECT", f"{ALL} WHERE [Custom.Nothing] = 1", "SELECT [Custom.Nothing] FROM WorkItems", f"{ALL} WHERE"],
)
def test_a_query_that_cannot_be_read_is_refused(tracker: Tracker, text: str) -> None:
    tracker.create()
    assert tracker.ask("POST", "_apis/wit/wiql", {"query": text}).status == 400


def test_deleted_and_hidden_work_items_are_not_found(services: Place, tracker: Tracker) -> None:
    services.organization.add_project("Secret", "Agile")
    Tracker(services.administrator, "Secret").create()
    gone, here = tracker.create(), tracker.create()
    tracker.done("DELETE", f"_apis/wit/workItems/{gone['id']}")
    person = Identity("Half Hearted", "half@people.example", Role.READER)
    person.project_rights[services.organization.project("Secret").id] = frozenset()
    assert Tracker(services.caller_as(person)).find(ALL) == [here["id"]]


@pytest.mark.parametrize("condition", ["[No.Such] = 1", "NOT [System.Id] = [No.Such]"])
def test_a_field_that_nobody_has_is_refused_even_where_there_is_nothing_to_find(
    tracker: Tracker, condition: str
) -> None:
    answer = tracker.ask("POST", "_apis/wit/wiql", {"query": f"{ALL} WHERE {condition}"})
    refusal(answer, 400, "WorkItemTrackingQueryException", "No.Such")
