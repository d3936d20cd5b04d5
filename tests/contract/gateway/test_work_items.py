"""What every gateway holds of work items: reading, writing, conflicts, rules."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.contract.gateway.stages import OTHER_PROJECT, PROJECT, ROBOT, Stage

from adnode.adapters.memory.gateway_organization import PERSON
from adnode.domain.errors import (
    GatewayError,
    InvalidWriteError,
    ProjectNotFoundError,
    QueryRefusedError,
    RevisionConflictError,
    RuleViolationError,
    WorkItemNotFoundError,
    WorkItemTypeNotFoundError,
)
from adnode.domain.rich_text import TextFormat
from adnode.domain.work_item import DESCRIPTION, REPRO_STEPS, TITLE, WORK_ITEM_TYPE, WorkItemSnapshot, WorkItemWrite

MISSING = 999_999


def write(stage: Stage, *writes: WorkItemWrite) -> list[WorkItemSnapshot | GatewayError]:
    outcomes = stage.gateway.write_work_items(writes)
    return [outcome.error or outcome.snapshot for outcome in outcomes]  # type: ignore[misc]


def succeed(stage: Stage, one: WorkItemWrite) -> WorkItemSnapshot:
    [result] = write(stage, one)
    assert isinstance(result, WorkItemSnapshot), result
    return result


def read(stage: Stage, work_item_id: int) -> WorkItemSnapshot:
    return stage.gateway.read_work_items([work_item_id])[work_item_id]


def test_a_work_item_of_a_person_is_read_whole(stage: Stage) -> None:
    number = stage.person.create("Bug", {TITLE: "A bug", REPRO_STEPS: "<p>Press it</p>"})
    found = read(stage, number)
    assert (found.id, found.revision, found.project, found.type_name) == (number, 1, PROJECT, "Bug")
    assert (found.text(TITLE), found.text(REPRO_STEPS)) == ("A bug", "<p>Press it</p>")
    assert found.text(DESCRIPTION) == ""
    assert found.changed_by == PERSON
    assert abs(found.changed_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert found.html_url == stage.gateway.work_item_url(number)
    assert found.html_url.endswith(f"/_workitems/edit/{number}")
    assert found.formats == (None if stage.is_server else {})
    assert (found.attachments, found.hyperlinks, found.comment_count) == ((), (), 0)
    assert found.comment_reference is None


def test_what_can_not_be_read_is_left_out(stage: Stage) -> None:
    first, deleted, second = stage.create(), stage.create(), stage.create()
    stage.person.delete(deleted)
    found = stage.gateway.read_work_items([second, MISSING, first, deleted, first])
    assert set(found) == {first, second}
    assert stage.gateway.read_work_items([]) == {}


def test_a_create_is_given_back_as_it_is_stored(stage: Stage) -> None:
    made = succeed(stage, WorkItemWrite(PROJECT, {TITLE: "Made", DESCRIPTION: "<p>Hello</p>"}, type_name="Task"))
    assert (made.revision, made.type_name, made.changed_by) == (1, "Task", ROBOT)
    assert read(stage, made.id) == made


def test_text_is_read_back_as_the_service_stores_it(stage: Stage) -> None:
    sent = "<P onclick='x()'>a &#39;b&#39;   c<!-- no --><script>alert(1)</script></P>"
    made = succeed(stage, WorkItemWrite(PROJECT, {TITLE: "Made", DESCRIPTION: sent}, type_name="Task"))
    stored = made.text(DESCRIPTION)
    assert stored == "<p>a 'b' c</p>"
    again = succeed(stage, WorkItemWrite(PROJECT, {DESCRIPTION: stored, TITLE: "New"}, work_item_id=made.id))
    assert again.text(DESCRIPTION) == stored


def test_an_update_makes_the_next_revision(stage: Stage) -> None:
    number = stage.create()
    changed = succeed(stage, WorkItemWrite(PROJECT, {TITLE: "Second"}, work_item_id=number, revision=1))
    assert (changed.revision, changed.text(TITLE), changed.changed_by) == (2, "Second", ROBOT)
    cleared = succeed(stage, WorkItemWrite(PROJECT, {DESCRIPTION: "<p>x</p>"}, work_item_id=number, revision=2))
    assert cleared.text(DESCRIPTION) == "<p>x</p>"
    cleared = succeed(stage, WorkItemWrite(PROJECT, {DESCRIPTION: ""}, work_item_id=number, revision=3))
    assert cleared.text(DESCRIPTION) == ""
    assert read(stage, number) == cleared


def test_a_write_against_an_old_revision_is_refused_and_changes_nothing(stage: Stage) -> None:
    number = stage.create()
    stage.person.edit(number, {TITLE: "By a person"})
    [error] = write(stage, WorkItemWrite(PROJECT, {TITLE: "By us"}, work_item_id=number, revision=1))
    assert isinstance(error, RevisionConflictError)
    assert not error.effect_unknown
    assert (read(stage, number).revision, read(stage, number).text(TITLE)) == (2, "By a person")


def test_a_batch_tells_what_became_of_each_write(stage: Stage) -> None:
    good, stale = stage.create("good"), stage.create("stale")
    stage.person.edit(stale, {TITLE: "By a person"})
    results = write(
        stage,
        WorkItemWrite(PROJECT, {TITLE: "One"}, type_name="Task"),
        WorkItemWrite(PROJECT, {TITLE: "Conflict"}, work_item_id=stale, revision=1),
        WorkItemWrite(PROJECT, {TITLE: "Two"}, work_item_id=good, revision=1),
        WorkItemWrite(PROJECT, {TITLE: ""}, type_name="Task"),
        WorkItemWrite(PROJECT, {TITLE: "No such type"}, type_name="Spaceship"),
        WorkItemWrite(PROJECT, {TITLE: "Nobody"}, work_item_id=MISSING, revision=1),
        WorkItemWrite(PROJECT, {TITLE: "Three"}, type_name="User Story"),
    )
    kinds = [WorkItemSnapshot, RevisionConflictError, WorkItemSnapshot, RuleViolationError]
    kinds += [WorkItemTypeNotFoundError, WorkItemNotFoundError, WorkItemSnapshot]
    assert [type(result) for result in results] == kinds
    titles = [result.text(TITLE) for result in results if isinstance(result, WorkItemSnapshot)]
    assert titles == ["One", "Two", "Three"]


def test_writes_to_one_work_item_are_carried_out_in_order(stage: Stage) -> None:
    number = stage.create()
    results = write(
        stage,
        *[
            WorkItemWrite(PROJECT, work_item_id=number, revision=revision, history=f"comment {revision}")
            for revision in (1, 2, 3)
        ],
    )
    assert [result.revision for result in results if isinstance(result, WorkItemSnapshot)] == [2, 3, 4]
    assert [comment.text for comment in stage.gateway.read_comments(PROJECT, number)] == [
        "comment 1",
        "comment 2",
        "comment 3",
    ]


def test_nothing_to_write_is_no_call(stage: Stage) -> None:
    assert stage.gateway.write_work_items([]) == []


def test_a_rule_names_the_field(stage: Stage) -> None:
    [without_title] = write(stage, WorkItemWrite(PROJECT, {DESCRIPTION: "x"}, type_name="Task"))
    [long_title] = write(stage, WorkItemWrite(PROJECT, {TITLE: "x" * 256}, type_name="Task"))
    assert isinstance(without_title, RuleViolationError)
    assert without_title.fields == (TITLE,)
    assert isinstance(long_title, RuleViolationError | InvalidWriteError)
    [longest] = write(stage, WorkItemWrite(PROJECT, {TITLE: "x" * 255}, type_name="Task"))
    assert isinstance(longest, WorkItemSnapshot)


def test_a_type_changes_by_a_write(stage: Stage) -> None:
    number = stage.create()
    changed = succeed(stage, WorkItemWrite(PROJECT, {WORK_ITEM_TYPE: "User Story"}, work_item_id=number, revision=1))
    assert (changed.type_name, changed.revision) == ("User Story", 2)
    assert read(stage, number).type_name == "User Story"


def test_links_are_added_with_a_create_and_later(stage: Stage) -> None:
    write = WorkItemWrite(
        PROJECT, {TITLE: "Linked"}, type_name="Task", add_hyperlinks=("https://other.example/_workitems/edit/5",)
    )
    made = succeed(stage, write)
    assert made.hyperlinks == ("https://other.example/_workitems/edit/5",)
    more = succeed(
        stage, WorkItemWrite(PROJECT, work_item_id=made.id, revision=1, add_hyperlinks=("https://third.example/1",))
    )
    assert set(more.hyperlinks) == {"https://other.example/_workitems/edit/5", "https://third.example/1"}
    assert more.revision == 2
    [twice] = [
        outcome.error
        for outcome in stage.gateway.write_work_items(
            [WorkItemWrite(PROJECT, work_item_id=made.id, add_hyperlinks=("https://third.example/1",))]
        )
    ]
    assert isinstance(twice, InvalidWriteError)


def test_markdown_is_told_from_html(stage: Stage) -> None:
    if stage.is_server:
        pytest.skip("no Markdown fields")
    write = WorkItemWrite(
        PROJECT,
        {TITLE: "Markdown", DESCRIPTION: "**bold** *text*"},
        type_name="Task",
        formats={DESCRIPTION: TextFormat.MARKDOWN},
    )
    made = succeed(stage, write)
    assert made.text(DESCRIPTION) == "**bold** *text*"
    assert made.formats == {DESCRIPTION: TextFormat.MARKDOWN}
    later = succeed(stage, WorkItemWrite(PROJECT, {TITLE: "Same"}, work_item_id=made.id, revision=1))
    assert later.formats == {DESCRIPTION: TextFormat.MARKDOWN}
    number = stage.person.create("Task", {TITLE: "Theirs", DESCRIPTION: "# Head"}, (DESCRIPTION,))
    assert read(stage, number).formats == {DESCRIPTION: TextFormat.MARKDOWN}


def test_a_server_without_markdown_refuses_it(stage: Stage) -> None:
    if not stage.is_server:
        pytest.skip("has Markdown fields")
    fields, formats = {TITLE: "x", DESCRIPTION: "**x**"}, {DESCRIPTION: TextFormat.MARKDOWN}
    [error] = write(stage, WorkItemWrite(PROJECT, fields, type_name="Task", formats=formats))
    assert isinstance(error, InvalidWriteError)


def test_a_format_without_a_value_is_refused(stage: Stage) -> None:
    number = stage.create()
    [error] = write(
        stage, WorkItemWrite(PROJECT, work_item_id=number, revision=1, formats={DESCRIPTION: TextFormat.MARKDOWN})
    )
    assert isinstance(error, InvalidWriteError)


def test_a_past_revision_is_read(stage: Stage) -> None:
    number = stage.create("First")
    stage.person.edit(number, {TITLE: "Second"})
    first = stage.gateway.read_revision(number, 1)
    assert first is not None
    assert (first.revision, first.text(TITLE), first.id) == (1, "First", number)
    assert stage.gateway.read_revision(number, 3) is None
    assert stage.gateway.read_revision(MISSING, 1) is None


def test_a_deleted_work_item_is_in_the_recycle_bin_until_it_is_restored(stage: Stage) -> None:
    number = stage.create()
    assert not stage.gateway.is_deleted(PROJECT, number)
    stage.person.delete(number)
    assert stage.gateway.is_deleted(PROJECT, number)
    assert stage.gateway.read_work_items([number]) == {}
    stage.person.restore(number)
    assert not stage.gateway.is_deleted(PROJECT, number)
    assert read(stage, number).revision == 3
    assert not stage.gateway.is_deleted(PROJECT, MISSING)


def test_a_moved_work_item_keeps_its_number(stage: Stage) -> None:
    if stage.is_server:
        pytest.skip("no moves between projects")
    number = stage.create()
    stage.person.move(number, OTHER_PROJECT)
    moved = read(stage, number)
    assert (moved.project, moved.revision) == (OTHER_PROJECT, 2)
    changed = succeed(stage, WorkItemWrite(PROJECT, {TITLE: "Still ours"}, work_item_id=number, revision=2))
    assert (changed.project, changed.text(TITLE)) == (OTHER_PROJECT, "Still ours")


def test_the_past_of_a_moved_work_item_is_read_whatever_its_project(stage: Stage) -> None:
    if stage.is_server:
        pytest.skip("no moves between projects")
    number = stage.create("Here")
    stage.person.move(number, OTHER_PROJECT)
    first = stage.gateway.read_revision(number, 1)
    assert first is not None
    assert (first.project, first.text(TITLE)) == (PROJECT, "Here")


def test_a_query_finds_work_items(stage: Stage) -> None:
    title = f"It's {stage.name} {datetime.now(UTC).isoformat()}"
    since = (datetime.now(UTC) - timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    first, second = stage.create(title), stage.create(title)
    stage.create("Another")
    quoted = title.replace("'", "''")
    where = f"[System.TeamProject] = '{PROJECT}' AND [System.Title] = '{quoted}'"
    query = f"SELECT [System.Id] FROM WorkItems WHERE {where} AND [System.CreatedDate] >= '{since}'"  # noqa: S608
    assert sorted(stage.gateway.query(PROJECT, query)) == [first, second]
    assert stage.gateway.query(PROJECT, f"{query} AND [System.Id] > {first}") == [second]


def test_a_query_without_a_project_finds_linked_work_items_wherever_they_are(stage: Stage) -> None:
    since = (stage.gateway.time() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    plain = stage.create("Without a link")
    made = [
        succeed(
            stage, WorkItemWrite(project, {TITLE: "x"}, type_name="Task", add_hyperlinks=("https://a.example/1",))
        ).id
        for project in (PROJECT, OTHER_PROJECT)
    ]
    where = f"[System.CreatedDate] >= '{since}' AND [System.HyperLinkCount] > 0 AND [System.Id] > {plain}"
    query = f"SELECT [System.Id] FROM WorkItems WHERE {where} ORDER BY [System.Id]"  # noqa: S608
    assert stage.gateway.query("", query) == made
    assert stage.gateway.query("", query, 1) == made[:1]


def test_a_query_nests_conditions_and_gives_as_many_as_are_asked_for(stage: Stage) -> None:
    numbers = [stage.create(f"Nested {letter}") for letter in "abc"]
    among = f"[System.Id] IN ({', '.join(map(str, numbers))})"
    where = f"([Title] CONTAINS 'nested' AND NOT ([System.Title] = 'Nested b' OR [Tags] IS NOT EMPTY)) AND {among}"
    query = f"SELECT [System.Id] FROM WorkItems WHERE {where} ORDER BY [System.Id]"  # noqa: S608
    assert stage.gateway.query(PROJECT, query) == [numbers[0], numbers[2]]
    assert stage.gateway.query(PROJECT, f"{query} DESC", 1) == [numbers[2]]
    assert stage.gateway.query(PROJECT, query, 1) == [numbers[0]]


def test_a_query_leaves_out_what_is_in_the_recycle_bin(stage: Stage) -> None:
    number = stage.create("Thrown away")
    query = f"SELECT [System.Id] FROM WorkItems WHERE [System.Id] = {number}"  # noqa: S608
    assert stage.gateway.query(PROJECT, query) == [number]
    stage.person.delete(number)
    assert stage.gateway.query(PROJECT, query) == []


def test_a_query_about_a_field_that_is_not_there_is_refused(stage: Stage) -> None:
    with pytest.raises(QueryRefusedError, match="TF51005"):
        stage.gateway.query(PROJECT, "SELECT [System.Id] FROM WorkItems WHERE [Nonsense] = 1")


def test_a_query_that_is_none_is_refused(stage: Stage) -> None:
    with pytest.raises(QueryRefusedError):
        stage.gateway.query(PROJECT, "everything, please")


def test_a_project_that_is_gone_is_named(stage: Stage) -> None:
    with pytest.raises(ProjectNotFoundError):
        stage.gateway.read_catalog("Gone")
    with pytest.raises(ProjectNotFoundError):
        stage.gateway.query("Gone", "SELECT [System.Id] FROM WorkItems")
    [error] = write(stage, WorkItemWrite("Gone", {TITLE: "x"}, type_name="Task"))
    assert isinstance(error, ProjectNotFoundError)


def test_projects_are_listed(stage: Stage) -> None:
    assert {project.name for project in stage.gateway.list_projects()} == {PROJECT, OTHER_PROJECT}
    assert all(project.id for project in stage.gateway.list_projects())
