"""Conditions of triggers: what is one, what is refused and where, and the queries they become."""

import pytest

from adnode.domain.errors import ConditionRefusedError
from adnode.domain.trigger import CONDITION_LIMIT
from adnode.sync.trigger_query import ID_LIMIT, QUERY_LIMIT, check_condition, make_queries, make_query


@pytest.mark.parametrize(
    "condition",
    [
        "",
        "[Work Item Type] = 'Task'",
        "[System.State] <> 'Closed' AND ([System.Title] CONTAINS 'a' OR NOT [System.Tags] CONTAINS 'b')",
        "[System.Title] = 'It''s; SELECT (this FROM WorkItems) ORDER BY'",
        '[System.Title] = "double ("" quotes"',
        "[System.AreaPath] UNDER 'Fabrikam\\Web' AND [System.ChangedDate] >= @today - 7",
        "[System.IterationPath] = @CurrentIteration('[Fabrikam]\\Team <id:1>') + 1",
        "[System.Id] IN (1, 2,\n 3)",
        "System.Priority >= 1.5",
        "[Größe der Änderung] = 'ü'",
    ],
)
def test_a_condition_is_taken_as_it_is(condition: str) -> None:
    assert check_condition(f"  {condition}\n") == condition


@pytest.mark.parametrize(
    ("condition", "position", "words"),
    [
        ("[System.Id] > 1 ORDER BY [System.Id]", 17, "ORDER BY at character 17 is not part of a condition"),
        ("[System.Id] > 1 asof '2026-01-01'", 17, "ASOF"),
        ("[System.Id] > 1 Mode (MustContain)", 17, "MODE"),
        ("SELECT [System.Id] FROM WorkItems", 1, "SELECT"),
        ("[System.Id] > 1 group by [System.Id]", 17, "GROUP BY"),
        ("  where [System.Id] = 1", 3, "WHERE at character 3"),
        ("[System.Id] = 1; [System.Id] = 2", 16, "no statements"),
        ("[System.Title] = 'open", 18, "has no end"),
        ("[System.Title] = 'It's'", 23, "has no end"),
        ('[System.Title] = "open', 18, "has no end"),
        ("([System.Id] = 1", 1, "never closed"),
        ("[System.Id] = 1) OR ([System.Id] = 2", 16, "closes nothing"),
        ("[System.Id = 1", 1, "write it like [System.State]"),
        ("[Sys'tem] = 1 OR [x'] = 1", 1, "field name"),
        ("[System.Id] = 1ORDER BY [System.Id]", 15, "can't be read"),
        ("[System.Id] = {1}", 15, "“{1}”"),
        ("[System.Id] = 1 -- comment /*", 28, "can't be read"),
        ("[System.Title] = \0", 18, "can't be read"),
    ],
)
def test_what_is_no_condition_is_refused_with_its_place(condition: str, position: int, words: str) -> None:
    with pytest.raises(ConditionRefusedError, match="character") as caught:
        check_condition(condition)
    assert words in caught.value.message
    assert caught.value.details["position"] == position


def test_a_condition_that_is_too_long_is_refused() -> None:
    longest = f"[System.Title] = '{'x' * (CONDITION_LIMIT - 19)}'"
    assert check_condition(longest) == longest
    with pytest.raises(ConditionRefusedError, match=f"has {CONDITION_LIMIT + 1} characters"):
        check_condition(f"({longest}"[:CONDITION_LIMIT] + "'")


def test_a_query_asks_in_the_project_for_the_type_and_the_condition() -> None:
    query = make_query("O'Hara", "Dave's Task", "[System.Id] = 1 OR [System.Id] = 2", [7, 8])
    assert query == (
        "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = 'O''Hara' AND [System.WorkItemType] = "
        "'Dave''s Task' AND ([System.Id] = 1 OR [System.Id] = 2) AND [System.Id] IN (7, 8)"
    )
    assert make_query("Fabrikam", "", "") == "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = 'Fabrikam'"


def test_a_query_is_never_made_of_what_is_no_condition() -> None:
    with pytest.raises(ConditionRefusedError):
        make_query("Fabrikam", "", "[System.Id] = 1) OR (1 = 1")


def test_many_work_items_are_asked_about_in_queries_that_are_not_too_long() -> None:
    condition = f"[System.Title] <> '{'x' * (CONDITION_LIMIT - 20)}'"
    ids = list(range(2_000_000_000, 2_000_002_500))
    made = list(make_queries("Fabrikam", "Task", condition, ids))
    assert [number for _, asked in made for number in asked] == ids
    assert all(len(query) <= QUERY_LIMIT and len(asked) <= ID_LIMIT for query, asked in made)
    assert len(made) == 3
    assert all(f"{asked[0]}, " in query and f"{asked[-1]})" in query for query, asked in made)
    assert list(make_queries("Fabrikam", "Task", condition, [])) == []
