from typing import Any

import pytest
from tests.unit.azure_devops_emulator.callers import Place
from tests.unit.azure_devops_emulator.tracker import Tracker, link, put, refusal

from azure_devops_emulator.seeding import seed

PATH = "_apis/wit/reporting/workItemRevisions"


def seen(page: Any) -> list[tuple[int, int]]:
    return [(row["id"], row["rev"]) for row in page["values"]]


def test_the_feed_goes_on_where_it_stopped(tracker: Tracker) -> None:
    first, second = tracker.create()["id"], tracker.create()["id"]
    tracker.update(first, put("Title", "x"))
    page = tracker.changes(**{"$maxPageSize": 2})
    assert (seen(page), page["isLastBatch"]) == ([(first, 1), (second, 1)], False)
    assert f"continuationToken={page['continuationToken']}" in page["nextLink"]
    page = tracker.changes(continuationToken=page["continuationToken"])
    assert (seen(page), page["isLastBatch"]) == ([(first, 2)], True)
    empty = tracker.changes(continuationToken=page["continuationToken"])
    assert (seen(empty), empty["isLastBatch"]) == ([], True)
    tracker.update(second, put("Title", "y"))
    assert seen(tracker.changes(continuationToken=empty["continuationToken"])) == [(second, 2)]


def test_a_feed_of_nothing_has_a_token_too(tracker: Tracker) -> None:
    page = tracker.changes()
    assert (page["values"], page["isLastBatch"]) == ([], True)
    made = tracker.create()["id"]
    assert seen(tracker.changes(continuationToken=page["continuationToken"])) == [(made, 1)]


def test_it_begins_at_a_time_or_at_a_token(tracker: Tracker) -> None:
    tracker.create()
    later = tracker.create()
    start = later["fields"]["System.ChangedDate"]
    assert (later["id"], 1) in seen(tracker.changes(startDateTime=start))
    assert seen(tracker.changes(startDateTime="2999-01-01")) == []
    answered = tracker.ask("GET", PATH, startDateTime=start, continuationToken="1")
    refusal(answered, 400, "VssPropertyValidationException", "cannot be used together")


def test_long_text_comes_only_on_request(tracker: Tracker) -> None:
    tracker.create("Task", put("System.Description", "<p>long</p>"), put("Tags", "a"))
    [row] = tracker.changes()["values"]
    assert "System.Description" not in row["fields"]
    assert row["fields"]["System.Tags"] == "a"
    [row] = tracker.changes(**{"$expand": "fields"})["values"]
    assert row["fields"]["System.Description"] == "<p>long</p>"
    [row] = tracker.changes(**{"$expand": "fields", "fields": "System.Description,System.Rev"})["values"]
    assert row["fields"] == {"System.Description": "<p>long</p>", "System.Rev": 1}


def test_people_are_texts_unless_references_are_asked_for(services: Place, tracker: Tracker) -> None:
    tracker.create()
    person = services.organization.administrator
    [row] = tracker.changes()["values"]
    assert row["fields"]["System.ChangedBy"] == f"{person.display_name} <{person.unique_name}>"
    [row] = tracker.changes(includeIdentityRef="true")["values"]
    assert row["fields"]["System.ChangedBy"]["id"] == person.id


def test_it_can_be_narrowed_to_types_and_latest_revisions(tracker: Tracker) -> None:
    bug, task = tracker.create("Bug")["id"], tracker.create()["id"]
    tracker.update(task, put("Title", "x"))
    assert seen(tracker.changes(types="Bug")) == [(bug, 1)]
    assert seen(tracker.changes(includeLatestOnly="true")) == [(bug, 1), (task, 2)]
    body = {"types": ["Task"], "fields": ["System.Title"], "includeLatestOnly": True}
    page = tracker.done("POST", f"Fabrikam/{PATH}", body)
    assert [row["fields"] for row in page["values"]] == [{"System.Title": "x"}]


def test_discussions_are_the_revisions_with_comments(tracker: Tracker) -> None:
    item = tracker.create()["id"]
    made = tracker.comment(item, "hello")
    tracker.update(item, put("Title", "x"))
    tracker.done("DELETE", f"{tracker.comments_path(item)}/{made['id']}", version="7.1-preview.4")
    page = tracker.changes(includeDiscussionChangesOnly="true", **{"$expand": "fields"})
    assert seen(page) == [(item, 2), (item, 4)]
    assert [row["commentVersionRef"]["version"] for row in page["values"]] == [1, 2]
    assert page["values"][0]["fields"]["System.History"] == "hello"
    same = tracker.done("GET", f"Fabrikam/{PATH}/discussions", version="7.1-preview.1")
    assert seen(same) == [(item, 2), (item, 4)]


def test_deleted_work_items_are_told_of_on_request(tracker: Tracker) -> None:
    item = tracker.create()["id"]
    tracker.done("DELETE", f"_apis/wit/workItems/{item}")
    assert seen(tracker.changes()) == []
    page = tracker.changes(includeDeleted="true")
    assert seen(page) == [(item, 1), (item, 2)]
    assert page["values"][1]["fields"]["System.IsDeleted"] is True
    tracker.done("PATCH", f"Fabrikam/_apis/wit/recyclebin/{item}", {"isDeleted": False})
    assert seen(tracker.changes(continuationToken=page["continuationToken"])) == [(item, 3)]


def test_changes_of_links_between_work_items_are_not_in_it(tracker: Tracker) -> None:
    one, other = tracker.create(), tracker.create()
    token = tracker.changes()["continuationToken"]
    tracker.update(one["id"], link("System.LinkTypes.Related", other["url"]))
    assert seen(tracker.changes(continuationToken=token)) == []


def test_it_is_of_one_project_or_of_all(services: Place, tracker: Tracker) -> None:
    services.organization.add_project("Other", "Agile")
    there, here = Tracker(services.administrator, "Other").create()["id"], tracker.create()["id"]
    assert seen(tracker.changes()) == [(here, 1)]
    assert seen(tracker.done("GET", PATH)) == [(there, 1), (here, 1)]


@pytest.mark.parametrize("query", [{"continuationToken": "soon"}, {"$maxPageSize": "0"}, {"fields": "Custom.Nothing"}])
def test_arguments_that_make_no_sense_are_refused(tracker: Tracker, query: dict[str, str]) -> None:
    assert tracker.ask("GET", PATH, **query).status == 400


def test_a_page_has_a_thousand_rows_at_most(services: Place, tracker: Tracker) -> None:
    seed(services.server.landscape, {"items": [{"count": 1001}]})
    page = tracker.changes(**{"$maxPageSize": 5000})
    assert (len(page["values"]), page["isLastBatch"]) == (1000, False)
    assert len(tracker.changes()["values"]) == 200
