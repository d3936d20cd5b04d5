"""The four system processes and their work item types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from azure_devops_emulator.data import process_templates
from azure_devops_emulator.fields import Field, all_fields

_SYSTEM_FIELDS = tuple(name for name in all_fields() if name.startswith("System.") and name != "System.IsDeleted")
# https://learn.microsoft.com/azure/devops/boards/get-started/plan-track-work: the template data lists none for Basic.
_BASIC_FIELDS = (
    "Microsoft.VSTS.Build.IntegrationBuild",
    "Microsoft.VSTS.Common.ActivatedBy",
    "Microsoft.VSTS.Common.ActivatedDate",
    "Microsoft.VSTS.Common.ClosedBy",
    "Microsoft.VSTS.Common.ClosedDate",
    "Microsoft.VSTS.Common.Priority",
    "Microsoft.VSTS.Common.StackRank",
    "Microsoft.VSTS.Common.StateChangeDate",
)
_BASIC_TYPE_FIELDS = {
    "Epic": ("Microsoft.VSTS.Scheduling.StartDate", "Microsoft.VSTS.Scheduling.TargetDate"),
    "Issue": ("Microsoft.VSTS.Scheduling.Effort",),
    "Task": ("Microsoft.VSTS.Common.Activity", "Microsoft.VSTS.Scheduling.RemainingWork"),
}
_COLORS = {
    "Proposed": "b2b2b2",
    "InProgress": "007acc",
    "Resolved": "ff9d00",
    "Completed": "339933",
    "Removed": "ffffff",
}
_CATEGORY_NAMES = {
    "Microsoft.BugCategory": "Bug Category",
    "Microsoft.CodeReviewRequestCategory": "Code Review Request Category",
    "Microsoft.CodeReviewResponseCategory": "Code Review Response Category",
    "Microsoft.EpicCategory": "Epic Category",
    "Microsoft.FeatureCategory": "Feature Category",
    "Microsoft.FeedbackRequestCategory": "Feedback Request Category",
    "Microsoft.FeedbackResponseCategory": "Feedback Response Category",
    "Microsoft.HiddenCategory": "Hidden Types Category",
    "Microsoft.RequirementCategory": "Requirement Category",
    "Microsoft.SharedParameterCategory": "Shared Parameter Category",
    "Microsoft.SharedStepCategory": "Shared Step Category",
    "Microsoft.TaskCategory": "Task Category",
    "Microsoft.TestCaseCategory": "Test Case Category",
    "Microsoft.TestPlanCategory": "Test Plan Category",
    "Microsoft.TestSuiteCategory": "Test Suite Category",
}


@dataclass(frozen=True, slots=True)
class State:
    """A state of a work item type and the category it belongs to."""

    name: str
    category: str

    @property
    def color(self) -> str:
        """The color of its dot."""
        return _COLORS[self.category]


@dataclass(frozen=True)
class WorkItemType:
    """A work item type with its rules. Field maps are by reference name, the state maps by state."""

    name: str
    reference_name: str
    states: tuple[State, ...]
    initial_state: str
    initial_reason: str
    fields: Mapping[str, Field]
    required: Mapping[str, str | None]
    defaults: Mapping[str, str]
    allowed_values: Mapping[str, tuple[str, ...]]
    required_in_state: Mapping[str, tuple[str, ...]]
    empty_in_state: Mapping[str, tuple[str, ...]]
    reasons: Mapping[tuple[str, str], tuple[str, ...]]
    required_in_transition: Mapping[tuple[str, str], tuple[str, ...]]
    categories: tuple[str, ...]

    @property
    def state_names(self) -> tuple[str, ...]:
        """The names of its states."""
        return tuple(state.name for state in self.states)

    def state(self, name: str) -> State | None:
        """The state of that name in any letter case."""
        return next((state for state in self.states if state.name.lower() == name.lower()), None)

    def default_reason(self, before: str, after: str) -> str:
        """The reason the service gives a change of state by itself."""
        reasons = self.reasons.get((before, after))
        if reasons:
            return reasons[0]
        if not before:
            return self.initial_reason
        # Recorded for Basic, whose transitions are not listed.
        return "Completed" if self.state_category(after) == "Completed" else f"Moved to state {after}"

    def state_category(self, name: str) -> str:
        """The category of a state."""
        state = self.state(name)
        return state.category if state else "InProgress"


@dataclass(frozen=True)
class Process:
    """A process: its id and its work item types by lower-case name."""

    name: str
    id: str
    types: Mapping[str, WorkItemType]

    def find_type(self, name: str) -> WorkItemType | None:
        """The type by name or reference name, in any letter case."""
        found = self.types.get(name.lower())
        return found or next(
            (each for each in self.types.values() if each.reference_name.lower() == name.lower()), None
        )

    @property
    def categories(self) -> dict[str, tuple[str, tuple[WorkItemType, ...]]]:
        """Name and types of each category by its reference name."""
        names = sorted({category for each in self.types.values() for category in each.categories})
        return {
            name: (
                _CATEGORY_NAMES.get(name, name),
                tuple(each for each in self.types.values() if name in each.categories),
            )
            for name in names
        }


@cache
def all_processes() -> dict[str, Process]:
    """The four processes by lower-case name."""
    rows = process_templates()["processes"]
    return {name.lower(): _read_process(name, row) for name, row in rows.items()}


def find_process(name_or_id: str) -> Process | None:
    """The process by name or template id; None if there is none."""
    found = all_processes().get(name_or_id.lower())
    return found or next((each for each in all_processes().values() if each.id == name_or_id.lower()), None)


def _read_process(name: str, row: Mapping[str, Any]) -> Process:
    types = {each.lower(): _read_type(name, each, document) for each, document in row["workItemTypes"].items()}
    return Process(name, row["templateTypeId"], types)


def _read_type(process: str, name: str, row: Mapping[str, Any]) -> WorkItemType:
    return WorkItemType(
        name=name,
        reference_name=row["referenceName"],
        states=tuple(State(each["name"], each["category"]) for each in row["states"]),
        initial_state=row["initialState"],
        initial_reason=row["initialReason"],
        fields=_read_fields(process, name, row),
        required={each["field"]: each.get("default") for each in row["requiredFields"]},
        defaults=row.get("defaults", {}),
        allowed_values=_tuples(row.get("allowedValues", {})),
        required_in_state=_tuples(row.get("requiredInState", {})),
        empty_in_state=_tuples(row.get("emptyInState", {})),
        reasons={
            (each["from"], each["to"]): (each["defaultReason"], *each.get("otherReasons", ()))
            for each in row.get("transitions", ())
        },
        required_in_transition={
            (each["from"], each["to"]): tuple(each.get("required", ())) for each in row.get("transitions", ())
        },
        categories=tuple(row["categories"]),
    )


def _tuples(row: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in row.items()}


def _read_fields(process: str, name: str, row: Mapping[str, Any]) -> dict[str, Field]:
    names = {*_SYSTEM_FIELDS, *row.get("fields", ()), *row["htmlFields"], *row.get("allowedValues", {})}
    if process == "Basic":
        names |= {*_BASIC_FIELDS, *_BASIC_TYPE_FIELDS.get(name, ())}
    return {each: all_fields()[each] for each in sorted(names)}
