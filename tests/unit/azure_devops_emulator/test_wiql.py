from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from azure_devops_emulator.wiql import WiqlContext, WiqlError, evaluate, parse

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)
CONTEXT = WiqlContext(project="Fabrikam", me="ann@example.com", now=NOW)


@dataclass
class Item:
    identifier: int
    fields: dict[str, object] = field(default_factory=dict)

    def value(self, field_ref: str) -> object:
        return self.fields.get(field_ref)


ITEMS = [
    Item(
        1,
        {
            "System.Title": "Broken door",
            "System.State": "New",
            "System.TeamProject": "Fabrikam",
            "System.AreaPath": "Fabrikam\\Web",
            "Priority": 2,
            "System.ChangedDate": datetime(2026, 5, 9, 8, tzinfo=UTC),
            "System.AssignedTo": {"displayName": "Ann", "uniqueName": "ann@example.com"},
        },
    ),
    Item(
        2,
        {
            "System.Title": "It's open",
            "System.State": "Active",
            "System.TeamProject": "Other",
            "System.AreaPath": "Fabrikam\\Website",
            "Priority": 1,
            "System.ChangedDate": "2026-05-10T09:30:00Z",
        },
    ),
    Item(
        3,
        {
            "System.Title": "New window",
            "System.State": "Closed",
            "System.TeamProject": "Fabrikam",
            "System.AreaPath": "Fabrikam",
            "System.AssignedTo": "Ann <ann@example.com>",
        },
    ),
]


def found(where: str, *, time_precision: bool = False, order: str = "") -> list[int]:
    text = " ".join(["SELECT [System.Id] FROM WorkItems WHERE", where, order])
    query = parse(text, time_precision=time_precision)
    return [row.identifier for row in evaluate(query, ITEMS, CONTEXT)]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("[System.Id] > 1", [2, 3]),
        ("[System.State] = 'new'", [1]),
        ("[System.State] <> 'New'", [2, 3]),
        ("[System.State] IN ('New', 'Closed')", [1, 3]),
        ("[System.State] NOT IN ('New', 'Closed')", [2]),
        ("[System.Title] = 'It''s open'", [2]),
        ("[System.Title] CONTAINS 'DOOR'", [1]),
        ("[System.Title] NOT CONTAINS 'door'", [2, 3]),
        ("[System.Title] CONTAINS WORDS 'window new'", [3]),
        ("[System.AreaPath] UNDER 'Fabrikam\\Web'", [1]),
        ("[System.AreaPath] NOT UNDER 'Fabrikam\\Web'", [2, 3]),
        ("[System.TeamProject] = @project", [1, 3]),
        ("[System.AssignedTo] = @Me", [1, 3]),
        ("[System.AssignedTo] = ''", [2]),
        ("[System.AssignedTo] IS EMPTY", [2]),
        ("[System.AssignedTo] IS NOT EMPTY", [1, 3]),
        ("[System.ChangedDate] >= @today", [2]),
        ("[System.ChangedDate] >= @today - 1", [1, 2]),
        ("[System.ChangedDate] = '2026-05-09'", [1]),
        ("[Priority] <= 1", [2]),
        ("[System.State] = 'New' OR [System.State] = 'Active' AND [Priority] = 9", [1]),
        ("([System.State] = 'New' OR [System.State] = 'Active') AND NOT [Priority] = 2", [2]),
    ],
)
def test_a_condition_finds_the_work_items_it_describes(where: str, expected: list[int]) -> None:
    assert found(where) == expected


def test_a_time_is_compared_with_time_precision_only() -> None:
    where = "[System.ChangedDate] > '2026-05-10T09:00:00Z'"
    assert found(where, time_precision=True) == [2]
    with pytest.raises(WiqlError, match="You cannot supply a time with the date"):
        found(where)


def test_the_order_is_kept_and_falls_back_to_the_id() -> None:
    assert found("[System.Id] > 0", order="ORDER BY [System.TeamProject] DESC, [System.Id] DESC") == [2, 3, 1]
    assert found("[System.Id] > 0", order="ORDER BY [Priority]") == [3, 2, 1]


def test_columns_and_order_can_be_read_from_a_query() -> None:
    query = parse("select [System.Id], [System.Title] from workitems order by [System.Id] desc", time_precision=False)
    assert (query.mode, query.columns) == ("workItems", ("System.Id", "System.Title"))
    assert query.order == (("System.Id", True),)
    assert query.condition is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT",
        "SELECT [System.Id] FROM WorkItemLinks",
        "SELECT [System.Id] FROM WorkItems WHERE",
        "SELECT [System.Id] FROM WorkItems WHERE [System.Id]",
        "SELECT [System.Id] FROM WorkItems WHERE ([System.Id] = 1",
        "SELECT [System.Id] FROM WorkItems WHERE [System.Title] = 'open",
        "SELECT [System.Id] FROM WorkItems trailing",
        "SELECT [System.Id] FROM WorkItems WHERE [System.Id] = 1" + " " * 32_000,
    ],
)
def test_a_query_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(WiqlError):
        parse(text, time_precision=False)


@pytest.mark.parametrize("where", ["[System.Id] = @unknown", "[System.Id] = 'x'", "[System.ChangedDate] > 'soon'"])
def test_a_value_that_makes_no_sense_is_refused(where: str) -> None:
    with pytest.raises(WiqlError):
        found(where)


def test_the_project_macro_needs_a_project() -> None:
    query = parse("SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project", time_precision=False)
    with pytest.raises(WiqlError, match="@project"):
        evaluate(query, ITEMS, WiqlContext(project=None, me="", now=NOW))
