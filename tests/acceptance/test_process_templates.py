"""A CMMI organization and a Basic one, both reachable: messages are pushed both ways."""

from collections.abc import Iterator

import pytest
from tests.acceptance.harness import ACCOUNT, Side, Stage, open_stage

pytestmark = pytest.mark.xdist_group("acceptance")
TITLE = "System.Title"
TYPE = "System.WorkItemType"
DESCRIPTION = "System.Description"
REPRO_STEPS = "Microsoft.VSTS.TCM.ReproSteps"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("stage")) as opened:
        yield opened


@pytest.fixture(scope="module")
def cmmi(stage: Stage) -> Side:
    return stage.add_side("formal", "CMMI")


@pytest.fixture(scope="module")
def basic(stage: Stage) -> Side:
    return stage.add_side("simple", "Basic")


@pytest.fixture(scope="module")
def connection_id(stage: Stage, cmmi: Side, basic: Side) -> str:
    return stage.connect(cmmi, basic)


@pytest.mark.parametrize(
    ("source_type", "arriving_type"), [("Requirement", "Issue"), ("Bug", "Issue"), ("Epic", "Epic"), ("Task", "Task")]
)
def test_types_of_cmmi_find_their_like_in_basic(
    stage: Stage, cmmi: Side, basic: Side, connection_id: str, source_type: str, arriving_type: str
) -> None:
    needed = {"System.AssignedTo": ACCOUNT["displayName"]} if source_type == "Epic" else {}
    text_field = REPRO_STEPS if source_type == "Bug" else DESCRIPTION
    title = f"A {source_type}"
    number = cmmi.user.create(source_type, {TITLE: title, text_field: "<p>the details</p>", **needed})
    other = stage.synchronize(cmmi, connection_id, [number])[number]
    fields = basic.user.fields(other)
    assert (fields[TITLE], fields[TYPE]) == (title, arriving_type)
    assert "the details" in fields[DESCRIPTION]
    basic.user.update(other, {DESCRIPTION: "<p>from Basic</p>"})
    stage.wait_until(lambda: "from Basic" in cmmi.user.fields(number)[text_field], "the text comes back to its field")
    assert cmmi.user.fields(number)[TYPE] == source_type


def test_an_issue_of_basic_arrives_in_cmmi_with_what_its_process_requires(
    stage: Stage, cmmi: Side, basic: Side, connection_id: str
) -> None:
    number = basic.user.create("Issue", {TITLE: "From Basic"})
    other = stage.synchronize(basic, connection_id, [number])[number]
    fields = cmmi.user.fields(other)
    assert fields[TITLE] == "From Basic"
    assert fields["System.State"] == "Proposed"
    assert fields["Microsoft.VSTS.Common.Priority"] == 2


def test_a_type_that_needs_what_nobody_gave_is_named_and_heals_when_that_changes(
    stage: Stage, cmmi: Side, basic: Side, connection_id: str
) -> None:
    number = basic.user.create("Epic", {TITLE: "Needs an owner there"})
    basic.node.command("work-item", "sync", connection_id, str(number))
    errors = stage.wait_until(
        lambda: [one for one in cmmi.errors() if one["code"] == "rule_violation"], "the refusal is recorded"
    )
    assert "Assigned To" in errors[0]["message"] or "System.AssignedTo" in errors[0]["message"]
    remote = stage.wait_until(lambda: [one for one in basic.errors() if one["is_remote"]], "the other side is told why")
    assert remote[0]["code"] == "rule_violation"
    basic.user.update(number, {TYPE: "Issue"})
    stage.counterpart(basic, number, connection_id)
    stage.wait_until(lambda: not cmmi.errors() and not basic.errors(), "both error records close themselves")
