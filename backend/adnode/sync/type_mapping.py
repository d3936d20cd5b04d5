"""Which work item type stands for the peer's, over all processes, and where its description lives."""

from collections.abc import Mapping

from adnode.domain.sync_state import TypeValue
from adnode.domain.work_item import DESCRIPTION, REPRO_STEPS, ProcessCatalog, WorkItemType

REQUIREMENT_CATEGORY = "Microsoft.RequirementCategory"
BUG_CATEGORY = "Microsoft.BugCategory"
EPIC_CATEGORY = "Microsoft.EpicCategory"
FEATURE_CATEGORY = "Microsoft.FeatureCategory"
TASK = "Task"

_NEAREST_CATEGORY: Mapping[str, str] = {BUG_CATEGORY: REQUIREMENT_CATEGORY, FEATURE_CATEGORY: EPIC_CATEGORY}
"""Where a process has no type of a category (Basic has neither Bug nor Feature), the concept that stands for it."""
_BLOCKER_NAMES = ("Impediment", "Issue")
"""Blockers belong to no category: Scrum calls them Impediment, the others Issue."""


def map_type(value: TypeValue, catalog: ProcessCatalog, default_type: str = "") -> str:
    """Return the name of the enabled local type that stands for the peer's type.

    The same name; else the type of the same category, or of the nearest one where the process has none; else the
    project's default type; else Task; else the first enabled type of the requirement category; else the first enabled
    one.
    """
    enabled = [item for item in catalog.types if not item.is_disabled]
    candidates = (
        _named(enabled, value.name),
        _of_category(enabled, catalog, value.category),
        _blocker(enabled, value),
        _of_category(enabled, catalog, _NEAREST_CATEGORY.get(value.category, "")),
        _named(enabled, default_type),
        _named(enabled, TASK),
        _of_category(enabled, catalog, REQUIREMENT_CATEGORY),
        enabled[0].name if enabled else None,
    )
    return next((name for name in candidates if name is not None), value.name)


def describe_field(type_name: str, catalog: ProcessCatalog) -> str:
    """Return the reference name of the field that the form of that type shows as its description.

    The Bug form of Agile, Scrum and CMMI shows Repro Steps; every other form shows Description.
    """
    found = catalog.find(type_name)
    if found is None:
        return DESCRIPTION
    is_bug = found.category == BUG_CATEGORY or found.name == "Bug"
    return REPRO_STEPS if is_bug and REPRO_STEPS in found.field_names else DESCRIPTION


def type_value(type_name: str, catalog: ProcessCatalog) -> TypeValue:
    """Return a local type as it is exchanged."""
    found = catalog.find(type_name)
    return TypeValue(type_name, found.category if found else "")


def _named(enabled: list[WorkItemType], name: str) -> str | None:
    wanted = name.casefold()
    return next((item.name for item in enabled if wanted and item.name.casefold() == wanted), None)


def _of_category(enabled: list[WorkItemType], catalog: ProcessCatalog, category: str) -> str | None:
    if not category:
        return None
    default = _named(enabled, catalog.default_type_by_category.get(category, ""))
    return default or next((item.name for item in enabled if item.category == category), None)


def _blocker(enabled: list[WorkItemType], value: TypeValue) -> str | None:
    if value.category or value.name not in _BLOCKER_NAMES:
        return None
    return next((name for other in _BLOCKER_NAMES if (name := _named(enabled, other))), None)
