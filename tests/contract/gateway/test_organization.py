"""What every gateway holds of the organization: change feed, types, rights."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.contract.gateway.stages import OTHER_PROJECT, PROJECT, ROBOT, Stage

from adnode.domain.organization import OrganizationKind
from adnode.domain.work_item import DESCRIPTION, REPRO_STEPS, TITLE, RevisionChange


def read_all(stage: Stage, token: str | None, since: datetime | None = None) -> tuple[list[RevisionChange], str]:
    changes: list[RevisionChange] = []
    while True:
        page = stage.gateway.read_changes(token, since if token is None else None)
        changes += page.changes
        token = page.token
        if page.is_last:
            return changes, token


def latest(stage: Stage) -> str:
    return read_all(stage, None, datetime.now(UTC) - timedelta(minutes=5))[1]


def test_the_time_is_that_of_the_organization(stage: Stage) -> None:
    assert abs(stage.gateway.time() - datetime.now(UTC)) < timedelta(seconds=5)
    number = stage.create()
    found = stage.gateway.read_work_items([number])[number]
    assert abs(stage.gateway.time() - found.changed_at) < timedelta(seconds=30)


def test_the_change_feed_tells_every_revision_of_the_organization(stage: Stage) -> None:
    token = latest(stage)
    number = stage.create()
    stage.person.edit(number, {TITLE: "Second"})
    stage.person.comment(number, "third")
    stage.person.attach(number, "a.txt", b"fourth")
    changes, token = read_all(stage, token)
    ours = [change for change in changes if change.work_item_id == number]
    assert sorted(change.revision for change in ours) == [1, 2, 3, 4]
    assert {change.project for change in ours} == {PROJECT}
    assert not any(change.is_deleted for change in changes)
    assert all(abs(change.changed_at - datetime.now(UTC)) < timedelta(minutes=5) for change in changes)
    assert read_all(stage, token) == ([], token)


def test_the_change_feed_tells_of_a_move(stage: Stage) -> None:
    if stage.is_server:
        pytest.skip("no moves between projects")
    number = stage.create()
    token = latest(stage)
    stage.person.move(number, OTHER_PROJECT)
    [change] = read_all(stage, token)[0]
    assert (change.work_item_id, change.revision, change.project) == (number, 2, OTHER_PROJECT)


def test_the_change_feed_tells_of_deletions_and_returns(stage: Stage) -> None:
    token = latest(stage)
    number = stage.create()
    stage.person.delete(number)
    changes, token = read_all(stage, token)
    assert max((change.revision, change.is_deleted) for change in changes if change.work_item_id == number) == (2, True)
    stage.person.restore(number)
    changes, token = read_all(stage, token)
    last = max(change.revision for change in changes if change.work_item_id == number)
    assert last == 3
    assert not any(change.is_deleted for change in changes if change.revision == last)


def test_a_new_feed_starts_where_it_is_told(stage: Stage) -> None:
    number = stage.create()
    changes, _ = read_all(stage, None, datetime.now(UTC) - timedelta(minutes=5))
    assert (number, 1) in {(change.work_item_id, change.revision) for change in changes}
    later, token = read_all(stage, None, datetime.now(UTC) + timedelta(minutes=5))
    assert later == []
    assert token


def test_the_catalog_tells_types_categories_fields_and_states(stage: Stage) -> None:
    stage.create()
    catalog = stage.gateway.read_catalog(PROJECT)
    assert catalog.knows_markdown is not stage.is_server
    assert catalog.project == PROJECT
    found = {item.name: item for item in catalog.types}
    assert {"Epic", "Feature", "User Story", "Bug", "Task", "Issue"} <= set(found)
    assert found["Bug"].category == "Microsoft.BugCategory"
    assert found["User Story"].category == "Microsoft.RequirementCategory"
    assert found["Issue"].category in ("", "Microsoft.HiddenCategory")
    assert {TITLE, DESCRIPTION, REPRO_STEPS} <= found["Bug"].field_names
    assert REPRO_STEPS not in found["Task"].field_names
    assert (found["Task"].initial_state, found["Issue"].initial_state) == ("New", "Active")
    assert found["Task"].reference_name == "Microsoft.VSTS.WorkItemTypes.Task"
    assert not found["Task"].is_disabled
    assert catalog.default_type_by_category["Microsoft.RequirementCategory"] == "User Story"


def test_the_check_tells_who_and_where(stage: Stage) -> None:
    report = stage.gateway.check()
    assert report.organization_id == stage.organization_id
    assert report.identity == ROBOT
    assert report.identity_id
    assert report.kind is (OrganizationKind.SERVER if stage.is_server else OrganizationKind.SERVICES)
    assert report.name == stage.name.removeprefix("tfs/")
    assert report.missing == ()
    assert len(report.rights) >= 2


def test_files_of_other_organizations_are_not_ours(stage: Stage) -> None:
    guid = "a5cedde4-2dd5-4fcf-befe-fd0977dd3433"
    assert stage.gateway.file_id(f"https://dev.azure.com/somebody-else/_apis/wit/attachments/{guid}") is None
    assert stage.gateway.file_id("https://example.com/picture.png") is None
