"""The work item types of the four system processes, as far as the engine needs them."""

from collections.abc import Mapping
from dataclasses import dataclass

from adnode.domain.work_item import DESCRIPTION, REPRO_STEPS, TITLE, ProcessCatalog, WorkItemType

EPIC, FEATURE, REQUIREMENT, BUG, TASK, TEST = (
    f"Microsoft.{name}Category" for name in ("Epic", "Feature", "Requirement", "Bug", "Task", "TestCase")
)
NO_CATEGORY = ""


@dataclass(frozen=True, slots=True)
class TypeRow:
    """One type of a process: its category and its states, the initial one first."""

    name: str
    category: str
    states: tuple[str, ...]


_AGILE = ("New", "Active", "Resolved", "Closed", "Removed")
_SCRUM = ("New", "In Progress", "Done", "Removed")
_SCRUM_BACKLOG = ("New", "Approved", "Committed", "Done", "Removed")
_BASIC = ("To Do", "Doing", "Done")
_CMMI = ("Proposed", "Active", "Resolved", "Closed")

PROCESSES: Mapping[str, tuple[TypeRow, ...]] = {
    "Basic": (TypeRow("Epic", EPIC, _BASIC), TypeRow("Issue", REQUIREMENT, _BASIC), TypeRow("Task", TASK, _BASIC)),
    "Agile": (
        TypeRow("Epic", EPIC, _AGILE),
        TypeRow("Feature", FEATURE, _AGILE),
        TypeRow("User Story", REQUIREMENT, _AGILE),
        TypeRow("Bug", BUG, ("New", "Active", "Resolved", "Closed")),
        TypeRow("Task", TASK, ("New", "Active", "Closed", "Removed")),
        TypeRow("Issue", NO_CATEGORY, ("Active", "Closed")),
        TypeRow("Test Case", TEST, ("Design", "Ready", "Closed")),
    ),
    "Scrum": (
        TypeRow("Epic", EPIC, _SCRUM),
        TypeRow("Feature", FEATURE, _SCRUM),
        TypeRow("Product Backlog Item", REQUIREMENT, _SCRUM_BACKLOG),
        TypeRow("Bug", BUG, _SCRUM_BACKLOG),
        TypeRow("Task", TASK, ("To Do", "In Progress", "Done", "Removed")),
        TypeRow("Impediment", NO_CATEGORY, ("Open", "Closed")),
        TypeRow("Test Case", TEST, ("Design", "Ready", "Closed")),
    ),
    "CMMI": (
        TypeRow("Epic", EPIC, _CMMI),
        TypeRow("Feature", FEATURE, _CMMI),
        TypeRow("Requirement", REQUIREMENT, _CMMI),
        TypeRow("Bug", BUG, _CMMI),
        TypeRow("Task", TASK, _CMMI),
        TypeRow("Issue", NO_CATEGORY, _CMMI),
        TypeRow("Change Request", NO_CATEGORY, _CMMI),
        TypeRow("Test Case", TEST, ("Design", "Ready", "Closed")),
    ),
}


def find_row(process: str, type_name: str) -> TypeRow | None:
    """Return the type of that name (case-insensitive) or None."""
    wanted = type_name.casefold()
    return next((row for row in PROCESSES[process] if row.name.casefold() == wanted), None)


def make_catalog(project: str, process: str, *, knows_markdown: bool, disabled: frozenset[str]) -> ProcessCatalog:
    """Return what the gateway tells of a project."""
    rows = PROCESSES[process]
    return ProcessCatalog(
        project=project,
        types=tuple(_make_type(row, is_disabled=row.name in disabled) for row in rows),
        default_type_by_category={row.category: row.name for row in rows if row.category},
        knows_markdown=knows_markdown,
    )


def _make_type(row: TypeRow, *, is_disabled: bool) -> WorkItemType:
    fields = {TITLE, DESCRIPTION, "System.State", "System.Reason", "System.AssignedTo", "System.Tags"}
    return WorkItemType(
        name=row.name,
        reference_name=f"Microsoft.VSTS.WorkItemTypes.{row.name.replace(' ', '')}",
        category=row.category,
        is_disabled=is_disabled,
        field_names=frozenset(fields | ({REPRO_STEPS} if row.name == "Bug" else set())),
        initial_state=row.states[0],
    )
