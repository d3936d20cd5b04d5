from tests.unit.azure_devops_emulator.callers import Place
from tests.unit.azure_devops_emulator.tracker import Tracker, put, refusal

from azure_devops_emulator.identities import Role

BIN = "Fabrikam/_apis/wit/recyclebin"


def test_a_deleted_work_item_goes_to_the_recycle_bin(services: Place, tracker: Tracker) -> None:
    made = tracker.create("Bug", put("Title", "Old"))
    person = services.organization.administrator
    deleted = tracker.done("DELETE", f"_apis/wit/workItems/{made['id']}")
    assert (deleted["id"], deleted["type"], deleted["name"], deleted["project"]) == (
        made["id"],
        "Bug",
        "Old",
        "Fabrikam",
    )
    assert deleted["code"] == 200
    assert deleted["deletedBy"] == f"{person.display_name} <{person.unique_name}>"
    assert deleted["url"].endswith(f"/_apis/wit/recyclebin/{made['id']}")
    assert deleted["resource"]["rev"] == 2
    assert deleted["resource"]["fields"]["System.CreatedBy"] == f"{person.display_name} <{person.unique_name}>"
    assert deleted["deletedDate"].endswith(("AM", "PM"))
    for method in ("GET", "DELETE"):
        answered = tracker.ask(method, f"_apis/wit/workItems/{made['id']}")
        refusal(answered, 404, "WorkItemUnauthorizedAccessException", "TF401232")
    refusal(tracker.try_update(made["id"], put("Title", "x")), 404, "WorkItemUnauthorizedAccessException")


def test_the_recycle_bin_is_listed(tracker: Tracker) -> None:
    made = tracker.create()["id"]
    tracker.done("DELETE", f"_apis/wit/workItems/{made}")
    assert [row["id"] for row in tracker.done("GET", BIN)["value"]] == [made]
    rows = tracker.done("GET", BIN, ids=f"{made},4711")["value"]
    assert [(row["id"], row["code"]) for row in rows] == [(made, 200), ("4711", 404)]
    assert tracker.done("GET", f"{BIN}/{made}")["id"] == made


def test_a_restored_work_item_has_its_history_and_one_revision_more(tracker: Tracker) -> None:
    made = tracker.create("Task", put("History", "a comment"))["id"]
    tracker.done("DELETE", f"_apis/wit/workItems/{made}")
    restored = tracker.done("PATCH", f"{BIN}/{made}", {"IsDeleted": False})
    assert restored["resource"]["rev"] == 3
    assert tracker.read(made)["rev"] == 3
    assert tracker.comments(made)["totalCount"] == 1
    updates = tracker.done("GET", f"_apis/wit/workItems/{made}/updates")["value"]
    assert updates[1]["fields"]["System.IsDeleted"] == {"newValue": True}
    assert updates[2]["fields"]["System.IsDeleted"] == {"oldValue": True}


def test_restoring_needs_to_be_said(tracker: Tracker) -> None:
    made = tracker.create()["id"]
    tracker.done("DELETE", f"_apis/wit/workItems/{made}")
    assert tracker.ask("PATCH", f"{BIN}/{made}", {}).status == 400
    assert tracker.ask("PATCH", f"{BIN}/4711", {"isDeleted": False}).status == 404


def test_destroying_is_final(tracker: Tracker) -> None:
    one, two = tracker.create()["id"], tracker.create()["id"]
    tracker.done("DELETE", f"_apis/wit/workItems/{one}", destroy="true")
    tracker.done("DELETE", f"_apis/wit/workItems/{two}")
    assert tracker.ask("DELETE", f"{BIN}/{two}").status == 204
    for identifier in (one, two):
        assert tracker.ask("GET", f"{BIN}/{identifier}").status == 404
        assert tracker.ask("PATCH", f"{BIN}/{identifier}", {"isDeleted": False}).status == 404


def test_deleting_and_destroying_need_their_rights(services: Place, tracker: Tracker) -> None:
    made = tracker.create()["id"]
    reader, contributor = Tracker(services.caller(Role.READER)), Tracker(services.caller(Role.CONTRIBUTOR))
    assert reader.ask("DELETE", f"_apis/wit/workItems/{made}").status == 403
    assert contributor.ask("DELETE", f"_apis/wit/workItems/{made}", destroy="true").status == 403
    assert contributor.ask("DELETE", f"_apis/wit/workItems/{made}").status == 200


def test_revisions_show_a_work_item_as_it_was(tracker: Tracker) -> None:
    made = tracker.create("Task", put("Title", "First"))["id"]
    tracker.update(made, put("Title", "Second"), put("History", "why"))
    revisions = tracker.done("GET", f"_apis/wit/workItems/{made}/revisions")["value"]
    assert [(each["rev"], each["fields"]["System.Title"]) for each in revisions] == [(1, "First"), (2, "Second")]
    assert revisions[1]["fields"]["System.History"] == "why"
    assert revisions[0]["url"].endswith(f"/workItems/{made}/revisions/1")
    one = tracker.done("GET", f"_apis/wit/workItems/{made}/revisions/1", **{"$expand": "fields"})
    assert one["fields"]["System.RevisedDate"] == revisions[1]["fields"]["System.ChangedDate"]
    assert tracker.ask("GET", f"_apis/wit/workItems/{made}/revisions/3").status == 404
    page = tracker.done("GET", f"_apis/wit/workItems/{made}/revisions?$top=1&$skip=1")
    assert [each["rev"] for each in page["value"]] == [2]


def test_updates_show_what_each_revision_changed(tracker: Tracker) -> None:
    made = tracker.create("Task", put("Title", "First"))["id"]
    tracker.update(made, put("Title", "Second"))
    first, second = tracker.done("GET", f"_apis/wit/workItems/{made}/updates")["value"]
    assert first["fields"]["System.Title"] == {"newValue": "First"}
    assert first["fields"]["System.Id"] == {"newValue": made}
    assert second["fields"]["System.Title"] == {"oldValue": "First", "newValue": "Second"}
    assert {"System.Rev", "System.ChangedDate", "System.Watermark", "System.RevisedDate"} <= set(second["fields"])
    assert "System.State" not in second["fields"]
    assert second["revisedDate"] == "9999-01-01T00:00:00Z"
    assert first["revisedDate"] == second["fields"]["System.ChangedDate"]["newValue"]
    assert tracker.done("GET", f"_apis/wit/workItems/{made}/updates/2") == second
    assert tracker.ask("GET", f"_apis/wit/workItems/{made}/updates/3").status == 404
