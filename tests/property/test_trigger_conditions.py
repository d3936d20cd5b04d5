"""Whatever a person types as a condition: the query never asks for more than project, type and ids allow."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from adnode.domain.errors import ConditionRefusedError
from adnode.sync.trigger_query import make_query
from azure_devops_emulator.wiql import WiqlError, parse
from azure_devops_emulator.wiql.query import Comparison, Junction

PIECES = [
    "[System.Id] = 1", "[System.Title] CONTAINS 'a'", "(", ")", " AND ", " OR ", " NOT ", "[System.Id] = 2", "'",
    "[System.Id]", "[System.Title]", "System.State", "= 1", "<> 2", "= 'a'", "= 'it''s'", "''", '"', '""',
    "[", "]", ";", "--", "/*", "*/", "\\", " IN (1, 2)", " CONTAINS ", "1", "@project",
    "@me", "+ 1", "ORDER BY [System.Id]", " ASOF '2026-01-01'", "MODE (MustContain)", "SELECT", "FROM WorkItems",
    "WHERE", "\n", "\0", "’", "ſelect", ",", " IS EMPTY", "x",
]  # fmt: skip
CONDITIONS = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)
NAMES = st.text(min_size=1, max_size=8) | st.sampled_from(["O'Hara", "a' OR '1' = '1", "x')", '"'])


@settings(max_examples=300)
@example(condition="[System.Id] = 1) OR ([System.Id] = 2", project="Fabrikam", kind="Task")
@example(condition="[System.Id] = 1ORDER BY [System.Id]", project="Fabrikam", kind="Task")
@given(condition=CONDITIONS, project=NAMES, kind=NAMES)
def test_a_condition_never_breaks_out(condition: str, project: str, kind: str) -> None:
    try:
        query = parse(make_query(project, kind, condition, [7]), time_precision=True)
    except (ConditionRefusedError, WiqlError):
        return
    found = query.condition
    assert isinstance(found, Junction)
    assert found.operator == "and"
    assert found.parts[0] == Comparison("System.TeamProject", "=", (project,))
    assert found.parts[1] == Comparison("System.WorkItemType", "=", (kind,))
    assert found.parts[-1] == Comparison("System.Id", "in", (7,))
    assert len(found.parts) == (4 if condition.strip() else 3)
    assert query.order == ()
