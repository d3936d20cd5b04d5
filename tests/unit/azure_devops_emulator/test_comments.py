import pytest
from tests.unit.azure_devops_emulator.callers import Place
from tests.unit.azure_devops_emulator.tracker import Tracker, locked, put, refusal

from azure_devops_emulator.moments import read_moment

OLD = "7.1-preview.3"
NEW = "7.1-preview.4"


def texts(tracker: Tracker, identifier: int, **query: object) -> list[str]:
    return [each["text"] for each in tracker.comments(identifier, **query)["comments"]]


def test_each_verb_makes_a_version_and_a_revision(tracker: Tracker) -> None:
    item = tracker.create()
    made = tracker.comment(item["id"], "first", format="html")
    assert (made["version"], made["text"], made["workItemId"]) == (1, "first", item["id"])
    assert made["id"] == made["commentId"]
    path = f"{tracker.comments_path(item['id'])}/{made['id']}"
    edited = tracker.done("PATCH", path, {"text": "second"}, NEW)
    assert (edited["version"], edited["text"]) == (2, "second")
    assert read_moment(edited["modifiedDate"]) > read_moment(edited["createdDate"])
    deleted = tracker.done("DELETE", path, version=NEW)
    assert (deleted["version"], deleted["isDeleted"]) == (3, True)
    read = tracker.read(item["id"])
    assert (read["rev"], read["fields"]["System.CommentCount"]) == (4, 0)
    assert tracker.ask("GET", path, version=NEW).status == 404
    assert tracker.done("GET", path, version=NEW, includeDeleted="true")["isDeleted"] is True
    versions = tracker.done("GET", f"{path}/versions", version="7.1-preview.1")
    assert [each["text"] for each in versions["value"]] == ["first", "second", "second"]
    assert tracker.done("GET", f"{path}/versions/1", version="7.1-preview.1")["text"] == "first"
    assert tracker.ask("GET", f"{path}/versions/9", version="7.1-preview.1").status == 404


def test_only_revisions_made_by_a_comment_name_its_version(tracker: Tracker) -> None:
    item = tracker.create()
    assert "commentVersionRef" not in item
    made = tracker.comment(item["id"], "hello")
    read = tracker.read(item["id"])
    assert (read["commentVersionRef"]["commentId"], read["commentVersionRef"]["version"]) == (made["id"], 1)
    assert read["fields"]["System.History"] == "hello"
    assert read["fields"]["System.CommentCount"] == 1
    later = tracker.update(item["id"], put("Title", "x"))
    assert "commentVersionRef" not in later
    assert "System.History" not in later["fields"]


def test_a_patch_of_the_history_is_a_comment(tracker: Tracker) -> None:
    item = tracker.create()
    changed = tracker.update(
        item["id"], locked(1), put("Title", "Both"), put("History", "<b>why</b><script>x</script>")
    )
    assert changed["rev"] == 2
    [comment] = tracker.comments(item["id"])["comments"]
    assert (comment["text"], comment["format"], comment["version"]) == ("<b>why</b>", "html", 1)
    assert changed["commentVersionRef"]["commentId"] == comment["id"]
    assert changed["commentVersionRef"]["url"].endswith(f"/comments/{comment['id']}/versions/1")


def test_the_history_may_be_markdown(tracker: Tracker) -> None:
    item = tracker.create("Task", put("History", {"format": "Markdown", "text": "# a <b>"}))
    [comment] = tracker.comments(item["id"])["comments"]
    assert (comment["text"], comment["format"]) == ("# a <b>", "markdown")


def test_an_empty_history_is_no_comment(tracker: Tracker) -> None:
    item = tracker.create()
    assert tracker.update(item["id"], put("History", ""))["rev"] == 1


def test_markdown_came_with_the_fourth_preview(tracker: Tracker) -> None:
    item = tracker.create()
    new = tracker.comment(item["id"], "*a* <i>", NEW, format="markdown", **{"$expand": "renderedText"})
    assert (new["text"], new["format"], new["renderedText"]) == ("*a* <i>", "markdown", "<p>*a* &lt;i&gt;</p>")
    old = tracker.comment(item["id"], "<p>b<!-- c --></p>", OLD, format="markdown")
    assert old["text"] == "<p>b</p>"
    assert "format" not in old
    listed = tracker.done("GET", tracker.comments_path(item["id"]), version=OLD)
    assert all("format" not in each for each in listed["comments"])


def test_an_edit_keeps_the_format_unless_it_names_one(tracker: Tracker) -> None:
    item = tracker.create()
    made = tracker.comment(item["id"], "*a*", format="markdown")
    path = f"{tracker.comments_path(item['id'])}/{made['id']}"
    assert tracker.done("PATCH", path, {"text": "*b*"}, NEW)["format"] == "markdown"
    assert tracker.done("PATCH", path, {"text": "c"}, NEW, format="html")["format"] == "html"


def test_server_has_html_comments_only(server_tracker: Tracker) -> None:
    item = server_tracker.create()
    made = server_tracker.comment(item["id"], "<p>*a*</p>", format="markdown")
    assert made["text"] == "<p>*a*</p>"
    assert "format" not in made


def test_comments_come_page_by_page_the_youngest_first(tracker: Tracker) -> None:
    item = tracker.create()
    for number in range(5):
        tracker.comment(item["id"], str(number))
    first = tracker.comments(item["id"], **{"$top": 2})
    assert (first["totalCount"], first["count"]) == (5, 2)
    assert [each["text"] for each in first["comments"]] == ["4", "3"]
    rest = tracker.comments(item["id"], continuationToken=first["continuationToken"])
    assert [each["text"] for each in rest["comments"]] == ["2", "1", "0"]
    assert "continuationToken" not in rest
    assert texts(tracker, item["id"], order="asc") == list("01234")
    ids = ",".join(str(each["id"]) for each in rest["comments"][:2])
    assert texts(tracker, item["id"], ids=ids) == ["1", "2"]


def test_deleted_comments_are_listed_on_request(tracker: Tracker) -> None:
    item = tracker.create()
    made = tracker.comment(item["id"], "gone")
    tracker.done("DELETE", f"{tracker.comments_path(item['id'])}/{made['id']}", version=NEW)
    assert texts(tracker, item["id"]) == []
    assert texts(tracker, item["id"], includeDeleted="true") == ["gone"]


def test_mentions_are_told(services: Place, tracker: Tracker) -> None:
    item = tracker.create()
    person = services.organization.administrator.id
    made = tracker.comment(item["id"], f"@<{person}> look", format="markdown")
    assert [each["targetId"] for each in made["mentions"]] == [person]
    html = f'<a href="#" data-vss-mention="version:2.0,{person}">@Ada</a>'
    assert [each["targetId"] for each in tracker.comment(item["id"], html)["mentions"]] == [person]


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": 7}, []])
def test_a_comment_needs_a_text(tracker: Tracker, body: object) -> None:
    item = tracker.create()
    assert tracker.caller("POST", f"{tracker.comments_path(item['id'])}?api-version={NEW}", body).status == 400
    assert tracker.read(item["id"])["rev"] == 1


def test_comments_are_a_preview(tracker: Tracker) -> None:
    item = tracker.create()
    answered = tracker.ask("GET", tracker.comments_path(item["id"]), version="7.1")
    refusal(answered, 400, "VssInvalidPreviewVersionException")


def test_the_project_is_part_of_the_path(services: Place, tracker: Tracker) -> None:
    services.organization.add_project("Other", "Agile")
    item = tracker.create()
    answered = tracker.ask("GET", f"Other/_apis/wit/workItems/{item['id']}/comments", version=NEW)
    refusal(answered, 404, "WorkItemUnauthorizedAccessException")
