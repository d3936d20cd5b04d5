import pytest
from tests.unit.azure_devops_emulator.tracker import Tracker, link, locked, put, refusal, unlink

PARENT = "System.LinkTypes.Hierarchy-Reverse"
CHILD = "System.LinkTypes.Hierarchy-Forward"
RELATED = "System.LinkTypes.Related"
PAGE = "https://pages.example/a"


def relations(tracker: Tracker, identifier: int) -> list[tuple[str, str]]:
    found = tracker.read(identifier, **{"$expand": "relations"}).get("relations", [])
    return [(each["rel"], each["url"]) for each in found]


def test_a_link_between_work_items_raises_no_revision_on_either_side(tracker: Tracker) -> None:
    parent, child = tracker.create("User Story"), tracker.create()
    before = tracker.watermark(parent["id"])
    linked = tracker.update(child["id"], link(PARENT, parent["url"], comment="belongs there"))
    assert linked["rev"] == 1
    assert linked["fields"]["System.ChangedDate"] == child["fields"]["System.ChangedDate"]
    assert linked["fields"]["System.Parent"] == parent["id"]
    [relation] = linked["relations"]
    assert relation == {
        "rel": PARENT,
        "url": parent["url"],
        "attributes": {"isLocked": False, "comment": "belongs there", "name": "Parent"},
    }
    assert tracker.read(parent["id"])["rev"] == 1
    assert relations(tracker, parent["id"]) == [(CHILD, child["url"])]
    assert tracker.watermark(parent["id"]) > before


def test_a_link_shows_in_the_updates_of_both_sides(tracker: Tracker) -> None:
    one, other = tracker.create(), tracker.create()
    tracker.update(one["id"], link(RELATED, other["url"]))
    tracker.update(one["id"], unlink(0))
    for item in (one, other):
        updates = tracker.done("GET", f"_apis/wit/workItems/{item['id']}/updates")["value"]
        assert [(each["id"], each["rev"]) for each in updates] == [(1, 1), (2, 1), (3, 1)]
        assert updates[1]["relations"]["added"][0]["rel"] == RELATED
        assert updates[2]["relations"]["removed"][0]["rel"] == RELATED
        assert "fields" not in updates[1]
    assert relations(tracker, one["id"]) == relations(tracker, other["id"]) == []


def test_a_test_of_the_revision_does_not_protect_links(tracker: Tracker) -> None:
    one, other = tracker.create(), tracker.create()
    tracker.update(one["id"], link(RELATED, other["url"]))
    assert tracker.update(one["id"], locked(1), put("Title", "x"))["rev"] == 2


@pytest.mark.parametrize(
    "operation",
    [link("Hyperlink", PAGE), link("ArtifactLink", "vstfs:///Git/Commit/a%2Fb%2Fc", name="Fixed in Commit")],
)
def test_a_link_to_a_resource_raises_the_revision(tracker: Tracker, operation: dict[str, object]) -> None:
    made = tracker.create()
    linked = tracker.update(made["id"], operation)
    assert linked["rev"] == 2
    [relation] = linked["relations"]
    attributes = relation["attributes"]
    assert attributes["authorizedDate"] == linked["fields"]["System.ChangedDate"]
    assert attributes["revisedDate"] == "9999-01-01T00:00:00Z"
    assert tracker.update(made["id"], unlink(0))["rev"] == 3
    assert relations(tracker, made["id"]) == []


def test_the_same_relation_twice_is_refused(tracker: Tracker) -> None:
    made, other = tracker.create(), tracker.create()
    tracker.update(made["id"], link("Hyperlink", PAGE), link(RELATED, other["url"]))
    for again in (link("Hyperlink", PAGE), link(RELATED, other["url"])):
        body = refusal(tracker.try_update(made["id"], again), 400, "RelationAlreadyExistsException")
        assert body["message"] == "Relation already exists."


def test_relations_are_not_listed_in_the_order_they_were_added(tracker: Tracker) -> None:
    pages = [f"https://pages.example/{number}" for number in range(3)]
    made = tracker.create("Task", *(link("Hyperlink", page) for page in pages))
    assert [url for _, url in relations(tracker, made["id"])] == pages[::-1]


def test_the_index_counts_in_the_list_as_it_is(tracker: Tracker) -> None:
    made = tracker.create("Task", *(link("Hyperlink", f"https://pages.example/{number}") for number in range(3)))
    listed = relations(tracker, made["id"])
    tracker.update(made["id"], unlink(2), unlink(0))
    assert relations(tracker, made["id"]) == [listed[1]]
    refusal(tracker.try_update(made["id"], unlink(1)), 400, "VssPropertyValidationException", "Index out of range")


def test_the_comment_of_a_link_can_be_changed(tracker: Tracker) -> None:
    made = tracker.create("Task", link("Hyperlink", PAGE, comment="old"))
    change = {"op": "replace", "path": "/relations/0/attributes/comment", "value": "new"}
    changed = tracker.update(made["id"], change)
    assert changed["relations"][0]["attributes"]["comment"] == "new"
    assert changed["rev"] == 2
    assert tracker.update(made["id"], change)["rev"] == 2


def test_a_work_item_has_one_parent(tracker: Tracker) -> None:
    parent, second, child = tracker.create("Feature"), tracker.create("Feature"), tracker.create()
    tracker.update(child["id"], link(PARENT, parent["url"]))
    refusal(
        tracker.try_update(child["id"], link(PARENT, second["url"])), 400, "WorkItemLinkInvalidException", "TF201036"
    )
    refusal(
        tracker.try_update(second["id"], link(CHILD, child["url"])), 400, "WorkItemLinkInvalidException", "TF201036"
    )


def test_parents_make_no_ring_and_no_work_item_is_its_own(tracker: Tracker) -> None:
    one, two, three = tracker.create(), tracker.create(), tracker.create()
    tracker.update(two["id"], link(PARENT, one["url"]))
    tracker.update(three["id"], link(PARENT, two["url"]))
    refusal(tracker.try_update(one["id"], link(PARENT, three["url"])), 400, "WorkItemLinkInvalidException", "TF201035")
    refusal(tracker.try_update(three["id"], link(CHILD, one["url"])), 400, "WorkItemLinkInvalidException", "TF201035")
    refusal(tracker.try_update(one["id"], link(RELATED, one["url"])), 400, "WorkItemLinkInvalidException", "TF201034")


def test_a_link_needs_an_other_end_and_a_known_kind(tracker: Tracker) -> None:
    made = tracker.create()
    nowhere = made["url"].replace(f"/{made['id']}", "/4711")
    refusal(tracker.try_update(made["id"], link(RELATED, nowhere)), 404, "WorkItemUnauthorizedAccessException")
    refusal(tracker.try_update(made["id"], link("Friend", PAGE)), 400, "VssPropertyValidationException")
    refusal(tracker.try_update(made["id"], link("ArtifactLink", "vstfs:///x")), 400, "VssPropertyValidationException")


def test_a_thousand_links_are_the_most(tracker: Tracker) -> None:
    made = tracker.create("Task", *(link("Hyperlink", f"https://pages.example/{number}") for number in range(1000)))
    answered = tracker.try_update(made["id"], link("Hyperlink", PAGE))
    refusal(answered, 400, "WorkItemLinkLimitExceededException")


def test_links_to_a_deleted_work_item_are_hidden_until_it_is_back(tracker: Tracker) -> None:
    one, other = tracker.create(), tracker.create()
    tracker.update(one["id"], link(RELATED, other["url"]))
    tracker.done("DELETE", f"_apis/wit/workItems/{other['id']}")
    assert relations(tracker, one["id"]) == []
    tracker.done("PATCH", f"Fabrikam/_apis/wit/recyclebin/{other['id']}", {"isDeleted": False})
    assert relations(tracker, one["id"]) == [(RELATED, other["url"])]


def test_work_items_are_found_by_the_address_they_link_to(tracker: Tracker) -> None:
    one = tracker.create("Task", link("Hyperlink", PAGE))
    two = tracker.create("Task", link("Hyperlink", PAGE))
    asked = {"artifactUris": [PAGE, "https://pages.example/none"]}
    found = tracker.done("POST", "_apis/wit/artifactUriQuery", asked, version="7.1-preview.1")[
        "artifactUrisQueryResult"
    ]
    assert [each["id"] for each in found[PAGE]] == [one["id"], two["id"]]
    assert found["https://pages.example/none"] == []


def test_links_are_reported_as_they_come_and_go(tracker: Tracker) -> None:
    parent, child = tracker.create("Feature"), tracker.create()
    tracker.update(child["id"], link(PARENT, parent["url"]))
    path = "Fabrikam/_apis/wit/reporting/workItemLinks"
    first = tracker.done("GET", path)
    assert first["isLastBatch"] is True
    [row] = first["values"]
    assert (row["rel"], row["sourceId"], row["targetId"], row["isActive"]) == (
        "System.LinkTypes.Hierarchy",
        parent["id"],
        child["id"],
        True,
    )
    tracker.update(parent["id"], unlink(0))
    [gone] = tracker.done("GET", path, continuationToken=first["continuationToken"])["values"]
    assert gone["isActive"] is False
