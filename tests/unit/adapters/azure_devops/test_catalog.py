"""The work item types of a project, from answers that tell more or less."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from tests.unit.adapters.azure_devops.conftest import make_client
from tests.unit.adapters.azure_devops.scripted_server import Reply, ScriptedServer, Seen, refuse, say

from adnode.adapters.azure_devops.catalog import KEPT_SECONDS, Catalogs
from adnode.adapters.azure_devops.reading import Reading
from adnode.domain.errors import ProjectNotFoundError
from adnode.domain.organization import OrganizationKind

FIELDS = [{"referenceName": "System.Title"}, {"referenceName": "System.Description"}]
TASK = {
    "name": "Task",
    "referenceName": "Microsoft.VSTS.WorkItemTypes.Task",
    "isDisabled": False,
    "fieldInstances": FIELDS,
    "transitions": {"": [{"to": "To Do"}], "To Do": [{"to": "Done"}]},
}
OLD = {"name": "Old", "referenceName": "Custom.Old", "isDisabled": True, "fields": FIELDS, "states": [{"name": "New"}]}
BARE = {"name": "Bare Type", "referenceName": "Custom.Bare"}
CATEGORIES = [
    {
        "referenceName": "Microsoft.HiddenCategory",
        "defaultWorkItemType": {"name": "Old"},
        "workItemTypes": [{"name": "Old"}, {"name": "Task"}],
    },
    {
        "referenceName": "Microsoft.TaskCategory",
        "defaultWorkItemType": {"name": "Task"},
        "workItemTypes": [{"name": "Task"}],
    },
]


@dataclass
class Bench:
    server: ScriptedServer
    now: float = 1000.0
    formats: Mapping[str, object] = field(default_factory=dict)

    def catalogs(self, kind: OrganizationKind = OrganizationKind.SERVICES) -> Catalogs:
        self.client = make_client(self.server.url)
        return Catalogs(self.client, Reading(self.client, kind), monotonic=lambda: self.now)

    def reply(self, seen: Seen) -> Reply:
        path = seen.path.lower()
        if "categories" in path:
            return say({"value": CATEGORIES})
        if path.endswith("/fields"):
            return say({"value": FIELDS})
        if path.endswith("/states"):
            return say({"value": [{"name": "Proposed"}, {"name": "Closed"}]})
        if "wiql" in path:
            return say({"workItems": [{"id": 9}]})
        if "ids=9" in path:
            return say({"value": [{"id": 9, "rev": 1, **self.formats}]})
        return say({"value": [TASK, OLD, BARE]})


@pytest.fixture
def bench(server: ScriptedServer) -> Iterator[Bench]:
    made = Bench(server)
    server.default = made.reply
    yield made
    made.client.close()


def test_a_type_is_described(bench: Bench) -> None:
    catalog = bench.catalogs().read("Fabrikam")
    task, old, bare = catalog.types
    assert (task.name, task.category, task.initial_state) == ("Task", "Microsoft.TaskCategory", "To Do")
    assert task.field_names == {"System.Title", "System.Description"}
    assert (task.is_disabled, old.is_disabled, old.category) == (False, True, "Microsoft.HiddenCategory")
    assert old.initial_state == "New"
    assert (bare.category, bare.initial_state, bare.field_names) == ("", "Proposed", task.field_names)
    assert catalog.default_type_by_category["Microsoft.TaskCategory"] == "Task"


def test_a_catalog_is_read_again_after_some_minutes(bench: Bench, server: ScriptedServer) -> None:
    catalogs = bench.catalogs()
    first = catalogs.read("Fabrikam")
    calls = len(server.seen)
    bench.now += KEPT_SECONDS
    assert catalogs.read("fabrikam") is first
    assert len(server.seen) == calls
    bench.now += 1
    catalogs.read("Fabrikam")
    assert len(server.seen) == 2 * calls


def test_each_project_has_its_own(bench: Bench) -> None:
    catalogs = bench.catalogs()
    assert [catalogs.read(name).project for name in ("Fabrikam", "Tailspin")] == ["Fabrikam", "Tailspin"]


@pytest.mark.parametrize(("formats", "expected"), [({}, False), ({"multilineFieldsFormat": {}}, True)])
def test_a_server_tells_markdown_by_its_newest_work_item(
    bench: Bench, formats: Mapping[str, object], expected: bool
) -> None:
    bench.formats = formats
    assert bench.catalogs(OrganizationKind.SERVER).read("Fabrikam").knows_markdown is expected


def test_what_is_learned_of_markdown_later_counts_at_once(bench: Bench) -> None:
    client = make_client(bench.server.url)
    reading = Reading(client, OrganizationKind.SERVER)
    catalogs = Catalogs(client, reading, monotonic=lambda: bench.now)
    assert not catalogs.read("Fabrikam").knows_markdown
    bench.formats = {"multilineFieldsFormat": {}}
    reading.read_work_items([9])
    assert catalogs.read("Fabrikam").knows_markdown
    bench.client = client


def test_a_failure_is_not_remembered(bench: Bench, server: ScriptedServer) -> None:
    catalogs = bench.catalogs()
    server.script.append(refuse(404, "ProjectDoesNotExistWithNameException", "TF200016: no"))
    with pytest.raises(ProjectNotFoundError):
        catalogs.read("Fabrikam")
    assert catalogs.read("Fabrikam").types
