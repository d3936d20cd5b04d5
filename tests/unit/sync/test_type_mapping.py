"""Types over all four processes, and where their descriptions live."""

import json
from importlib import resources

import pytest

from adnode.domain.sync_state import TypeValue
from adnode.domain.work_item import DESCRIPTION, REPRO_STEPS, ProcessCatalog, WorkItemType
from adnode.sync.type_mapping import describe_field, map_type, type_value

TEMPLATES = json.loads(
    resources.files("azure_devops_emulator.data").joinpath("process-templates.json").read_text(encoding="utf-8")
)
PROCESSES = TEMPLATES["processes"]
CONCEPTS = TEMPLATES["conceptMap"]
PAIRS = [(one, other) for one in PROCESSES for other in PROCESSES]


def make_catalog(
    process: str, *, disabled: frozenset[str] = frozenset(), renamed: dict[str, str] | None = None
) -> ProcessCatalog:
    """The catalog of a project of that process, as the published definitions describe it."""
    names = renamed or {}
    types = []
    defaults: dict[str, str] = {}
    for name, facts in PROCESSES[process]["workItemTypes"].items():
        category = next((each for each in facts["categories"] if each != "Microsoft.HiddenCategory"), "")
        fields = {DESCRIPTION, *facts["htmlFields"]}
        if facts["descriptionField"] == REPRO_STEPS:
            fields.add(REPRO_STEPS)
        local_name = names.get(name, name)
        types.append(WorkItemType(local_name, facts["referenceName"], category, name in disabled, frozenset(fields)))
        if category and name not in disabled:
            defaults.setdefault(category, local_name)
    return ProcessCatalog("P", tuple(types), defaults)


CASES = [
    (one, other, concept, CONCEPTS[concept][one], CONCEPTS[concept][other])
    for one, other in PAIRS
    for concept in CONCEPTS
    # Basic has one type for several concepts: from there the plainest of them is meant.
    if one != "Basic" or concept in ("epic", "task")
]


@pytest.mark.parametrize(("source", "target", "concept", "name", "expected"), CASES)
def test_every_concept_finds_its_type_in_every_process(
    source: str, target: str, concept: str, name: str, expected: str
) -> None:
    value = type_value(name, make_catalog(source))
    assert map_type(value, make_catalog(target)) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [("Basic", "Issue"), ("Agile", "Issue"), ("Scrum", "Product Backlog Item"), ("CMMI", "Issue")],
)
def test_an_issue_of_basic_is_an_issue_where_there_is_one_and_else_a_requirement(target: str, expected: str) -> None:
    assert map_type(type_value("Issue", make_catalog("Basic")), make_catalog(target)) == expected


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_type_of_every_process_finds_an_enabled_type(source: str, target: str) -> None:
    catalog = make_catalog(target)
    for found in make_catalog(source).types:
        mapped = map_type(type_value(found.name, make_catalog(source)), catalog)
        assert catalog.find(mapped) is not None


@pytest.mark.parametrize("process", PROCESSES)
def test_a_type_of_the_same_name_is_taken_whatever_its_case(process: str) -> None:
    catalog = make_catalog(process)
    for found in catalog.types:
        assert map_type(TypeValue(found.name.upper(), ""), catalog) == found.name


def test_a_disabled_type_is_never_used() -> None:
    catalog = make_catalog("Agile", disabled=frozenset({"Bug", "Task"}))
    assert map_type(TypeValue("Bug", "Microsoft.BugCategory"), catalog) == "User Story"
    assert map_type(TypeValue("Task", "Microsoft.TaskCategory"), catalog) == "User Story"
    assert map_type(TypeValue("Bug", "Microsoft.BugCategory"), catalog, "Bug") == "User Story"


def test_a_localized_process_is_mapped_by_its_categories() -> None:
    german = make_catalog("Scrum", renamed={"Bug": "Fehler", "Task": "Aufgabe", "Product Backlog Item": "Anforderung"})
    assert map_type(TypeValue("Bug", "Microsoft.BugCategory"), german) == "Fehler"
    assert map_type(TypeValue("User Story", "Microsoft.RequirementCategory"), german) == "Anforderung"
    assert map_type(type_value("Fehler", german), make_catalog("CMMI")) == "Bug"
    assert map_type(type_value("Aufgabe", german), make_catalog("Basic")) == "Task"


def test_a_custom_type_goes_by_its_category_or_to_the_default() -> None:
    catalog = make_catalog("Agile")
    assert map_type(TypeValue("Wunsch", "Microsoft.RequirementCategory"), catalog) == "User Story"
    assert map_type(TypeValue("Risk", ""), catalog, "Feature") == "Feature"
    assert map_type(TypeValue("Risk", ""), catalog) == "Task"
    assert map_type(TypeValue("Risk", ""), catalog, "No such type") == "Task"


def test_without_a_task_the_requirement_type_is_taken_and_without_one_the_first() -> None:
    without_task = make_catalog("Basic", disabled=frozenset({"Task"}))
    assert map_type(TypeValue("Risk", ""), without_task) == "Issue"
    only_epic = make_catalog("Basic", disabled=frozenset({"Task", "Issue"}))
    assert map_type(TypeValue("Risk", ""), only_epic) == "Epic"


def test_a_project_without_any_enabled_type_gets_the_name_as_it_is() -> None:
    assert map_type(TypeValue("Risk", ""), ProcessCatalog("P", ())) == "Risk"


@pytest.mark.parametrize("process", PROCESSES)
def test_the_description_is_where_the_form_of_the_type_shows_it(process: str) -> None:
    catalog = make_catalog(process)
    for name, facts in PROCESSES[process]["workItemTypes"].items():
        assert describe_field(name, catalog) == facts["descriptionField"]


def test_a_bug_without_repro_steps_and_an_unknown_type_have_a_plain_description() -> None:
    bare = ProcessCatalog(
        "P",
        (WorkItemType("Bug", "Bug", "Microsoft.BugCategory", is_disabled=False, field_names=frozenset({DESCRIPTION})),),
    )
    assert describe_field("Bug", bare) == DESCRIPTION
    assert describe_field("Risk", bare) == DESCRIPTION


def test_a_type_that_the_project_does_not_know_has_no_category() -> None:
    assert type_value("Risk", make_catalog("Basic")) == TypeValue("Risk", "")
