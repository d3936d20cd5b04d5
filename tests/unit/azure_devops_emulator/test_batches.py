import json
from typing import Any

import pytest
from tests.unit.azure_devops_emulator.callers import Answered, Place
from tests.unit.azure_devops_emulator.tracker import Operation, Tracker, link, locked, put, refusal

from azure_devops_emulator.identities import Identity, Right, Role

PARENT = "System.LinkTypes.Hierarchy-Reverse"


def entry(uri: str, *operations: Operation, method: str = "PATCH") -> dict[str, Any]:
    headers = {"Content-Type": "application/json-patch+json"}
    return {"method": method, "uri": f"{uri}?api-version=7.1", "headers": headers, "body": [*operations]}


def write(tracker: Tracker, *entries: object) -> Answered:
    return tracker.ask("PATCH", "_apis/wit/$batch", [*entries])


def results(answered: Answered) -> list[tuple[int, Any]]:
    assert answered.status == 200, answered.content
    assert answered.body["count"] == len(answered.body["value"])
    return [(row["code"], json.loads(row["body"])) for row in answered.body["value"]]


def test_a_list_keeps_the_order_of_its_ids_and_has_no_links(tracker: Tracker) -> None:
    ids = [tracker.create()["id"] for _ in range(3)][::-1]
    listed = tracker.done("GET", "_apis/wit/workItems", ids=",".join(map(str, ids)))
    assert [each["id"] for each in listed["value"]] == ids
    assert all("_links" not in each for each in listed["value"])
    batched = tracker.done("POST", "_apis/wit/workItemsBatch", {"ids": ids, "$expand": "all"})
    assert [each["id"] for each in batched["value"]] == ids
    assert all("_links" in each and "System.Rev" in each["fields"] for each in batched["value"])


def test_more_than_two_hundred_ids_are_refused(tracker: Tracker) -> None:
    ids = list(range(1, 202))
    for answered in (
        tracker.ask("GET", "_apis/wit/workItems", ids=",".join(map(str, ids))),
        tracker.ask("POST", "_apis/wit/workItemsBatch", {"ids": ids}),
    ):
        body = refusal(answered, 400, "WorkItemPageSizeExceededException")
        assert body["message"].startswith("VS403474: You requested 201 work items which exceeds the limit of 200")


def test_a_missing_work_item_fails_the_list_or_is_null(tracker: Tracker) -> None:
    made = tracker.create()
    ids = {"ids": f"{made['id']},4711"}
    refusal(tracker.ask("GET", "_apis/wit/workItems", **ids), 404, "WorkItemUnauthorizedAccessException", "4711")
    listed = tracker.done("GET", "_apis/wit/workItems", errorPolicy="omit", **ids)
    assert listed["count"] == 2
    assert [each and each["id"] for each in listed["value"]] == [made["id"], None]
    asked = {"ids": [4711, made["id"]], "errorPolicy": "Omit", "fields": ["System.Title"]}
    batched = tracker.done("POST", "_apis/wit/workItemsBatch", asked)["value"]
    assert batched[0] is None
    assert batched[1]["fields"] == {"System.Title": "A title"}


def test_named_fields_and_an_expansion_do_not_go_together(tracker: Tracker) -> None:
    asked = {"ids": [tracker.create()["id"]], "fields": ["System.Id"], "$expand": "relations"}
    refusal(tracker.ask("POST", "_apis/wit/workItemsBatch", asked), 400, "ConflictingParametersException")


def test_a_list_can_be_of_a_time_gone_by(tracker: Tracker) -> None:
    made = tracker.create("Task", put("Title", "First"))
    tracker.update(made["id"], put("Title", "Second"))
    asked = {"ids": [made["id"]], "asOf": made["fields"]["System.ChangedDate"]}
    [then] = tracker.done("POST", "_apis/wit/workItemsBatch", asked)["value"]
    assert then["fields"]["System.Title"] == "First"


def test_a_failing_entry_does_not_stop_the_rest(tracker: Tracker) -> None:
    made = tracker.create()
    answers = results(
        write(
            tracker,
            entry(f"/_apis/wit/workitems/{made['id']}", locked(9), put("Title", "Never")),
            entry("/Fabrikam/_apis/wit/workItems/$Task", put("Title", "New")),
            entry("/Fabrikam/_apis/wit/workItems/$Novel", put("Title", "x")),
            entry(f"/_apis/wit/workitems/{made['id']}", locked(1), put("Title", "Second")),
            entry("/Nowhere/_apis/wit/workItems/$Task", put("Title", "x")),
            entry("/_apis/wit/wiql"),
            "nonsense",
        )
    )
    assert [code for code, _ in answers] == [412, 200, 404, 200, 404, 400, 400]
    assert answers[0][1]["typeKey"] == "TestPatchOperationFailedException"
    assert answers[1][1]["fields"]["System.Title"] == "New"
    assert answers[3][1]["rev"] == 2
    assert tracker.read(made["id"])["fields"]["System.Title"] == "Second"


def test_new_work_items_of_a_batch_know_each_other_by_negative_ids(tracker: Tracker) -> None:
    parent = {"op": "add", "path": "/id", "value": "-1"}
    child = {"op": "add", "path": "/id", "value": "-2"}
    answers = results(
        write(
            tracker,
            entry("/Fabrikam/_apis/wit/workItems/$Feature", parent, put("Title", "Parent")),
            entry(
                "/Fabrikam/_apis/wit/workItems/$Task",
                child,
                put("Title", "Child"),
                link(PARENT, f"{tracker.caller.url}/_apis/wit/workItems/-1"),
            ),
            entry("/_apis/wit/workItems/-2", put("Title", "Named")),
        )
    )
    assert [code for code, _ in answers] == [200, 200, 200]
    made = answers[1][1]["id"]
    assert tracker.read(made)["fields"]["System.Parent"] == answers[0][1]["id"]
    assert tracker.read(made)["fields"]["System.Title"] == "Named"


def test_the_parameters_of_an_entry_are_its_own(tracker: Tracker) -> None:
    one = entry("/Fabrikam/_apis/wit/workItems/$Task", put("Title", "x"))
    one["uri"] += "&$expand=all&bypassRules=true"
    one["body"].append(put("CreatedDate", "2020-01-01"))
    [(code, made)] = results(tracker.ask("POST", "_apis/wit/$batch", [one]))
    assert code == 200
    assert made["fields"]["System.Rev"] == 1
    assert made["fields"]["System.CreatedDate"] == "2020-01-01T00:00:00Z"


def test_two_hundred_entries_are_the_most(services: Place, tracker: Tracker) -> None:
    one = entry("/Fabrikam/_apis/wit/workItems/$Task", put("Title", "x"))
    assert [code for code, _ in results(write(tracker, *[one] * 200))] == [200] * 200
    assert write(tracker, *[one] * 201).status == 400
    assert services.server.landscape.statistics.document()["batch_entries"] == 200


@pytest.mark.parametrize("body", [{}, []])
def test_a_batch_is_a_list(tracker: Tracker, body: object) -> None:
    assert tracker.ask("PATCH", "_apis/wit/$batch", body).status == 400


def test_each_entry_is_checked_for_its_rights(services: Place, tracker: Tracker) -> None:
    services.organization.add_project("Secret", "Agile")
    hidden = Tracker(services.administrator, "Secret").create()
    person = Identity("Half Hearted", "half@people.example", Role.CONTRIBUTOR)
    person.project_rights[services.organization.project("Secret").id] = frozenset()
    half = Tracker(services.caller_as(person))
    person.project_rights[services.project.id] = frozenset({Right.READ})
    shown = tracker.create()
    answers = results(
        write(
            half,
            entry(f"/_apis/wit/workItems/{hidden['id']}", put("Title", "x")),
            entry("/Secret/_apis/wit/workItems/$Task", put("Title", "x")),
            entry(f"/_apis/wit/workItems/{shown['id']}", put("Title", "x")),
        )
    )
    assert [code for code, _ in answers] == [404, 404, 403]


def test_several_work_items_are_deleted_at_once(tracker: Tracker) -> None:
    ids = [tracker.create()["id"] for _ in range(2)]
    answer = tracker.done("POST", "_apis/wit/workItemsDelete", {"ids": [*ids, 4711]}, version="7.1-preview.1")
    assert [row["code"] for row in answer["results"]] == [200, 200, 404]
    assert tracker.ask("GET", f"_apis/wit/workItems/{ids[0]}").status == 404
