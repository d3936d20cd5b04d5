"""The work item types of a project, remembered for minutes.

https://learn.microsoft.com/rest/api/azure/devops/wit/work-item-types
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from adnode.adapters.azure_devops.client import AzureDevOpsClient, Call, Resource, understand
from adnode.adapters.azure_devops.documents import Document
from adnode.adapters.azure_devops.failures import Operation
from adnode.adapters.azure_devops.reading import READ_RIGHT, Reading
from adnode.adapters.azure_devops.resources import TYPE_CATEGORIES, TYPE_FIELDS, TYPE_STATES, TYPES
from adnode.domain.work_item import ProcessCatalog, WorkItemType

KEPT_SECONDS = 300.0
_OPERATION = Operation("describe the work item types of a project", READ_RIGHT)
_NEWEST = "SELECT [System.Id] FROM WorkItems WHERE [System.Id] > 0 ORDER BY [System.Id] DESC"


class Catalogs:
    """Reads catalogs and keeps them. Safe to use from several threads."""

    def __init__(
        self,
        client: AzureDevOpsClient,
        reading: Reading,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._reading = reading
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, ProcessCatalog]] = {}

    def read(self, project: str) -> ProcessCatalog:
        """Return the project's work item types with category, fields and initial state."""
        key = project.casefold()
        with self._lock:
            read_at, catalog = self._kept.get(key, (0.0, None))
            if catalog is None or self._monotonic() - read_at > KEPT_SECONDS:
                catalog = understand(_OPERATION, lambda: self._fetch(project))
                self._kept[key] = (self._monotonic(), catalog)
            elif not catalog.knows_markdown and self._reading.knows_markdown:
                catalog = replace(catalog, knows_markdown=True)
                self._kept[key] = (read_at, catalog)
        return catalog

    def _fetch(self, project: str) -> ProcessCatalog:
        categories = self._list(TYPE_CATEGORIES, {"project": project})
        category_by_type = _categories_by_type(categories)
        types = [self._read_type(project, entry, category_by_type) for entry in self._list(TYPES, {"project": project})]
        return ProcessCatalog(
            project=project,
            types=tuple(types),
            default_type_by_category={
                str(each["referenceName"]): str((each.get("defaultWorkItemType") or {}).get("name") or "")
                for each in categories
            },
            knows_markdown=self._knows_markdown(project),
        )

    def _read_type(self, project: str, entry: Document, category_by_type: Mapping[str, str]) -> WorkItemType:
        name = str(entry["name"])
        route = {"project": project, "type": name}
        fields = entry.get("fieldInstances") or entry.get("fields") or self._list(TYPE_FIELDS, route)
        return WorkItemType(
            name=name,
            reference_name=str(entry.get("referenceName") or ""),
            category=category_by_type.get(name, ""),
            is_disabled=bool(entry.get("isDisabled")),
            field_names=frozenset(str(each["referenceName"]) for each in fields),
            initial_state=_initial_state(entry) or self._first_state(route),
        )

    def _first_state(self, route: Mapping[str, object]) -> str:
        states = self._list(TYPE_STATES, route)
        return str(states[0]["name"]) if states else ""

    def _list(self, resource: Resource, route: Mapping[str, object]) -> Sequence[Document]:
        return self._client.ask(Call("GET", resource, _OPERATION, route), lambda document: list(document["value"]))

    def _knows_markdown(self, project: str) -> bool:
        """Say whether texts may be Markdown, after a look at the newest work item where that is not known yet."""
        if not self._reading.knows_markdown:
            self._reading.read_work_items(self._reading.query(project, _NEWEST, limit=1))
        return self._reading.knows_markdown


def _categories_by_type(categories: Sequence[Document]) -> dict[str, str]:
    """Return the category of each type; where it is in several, the one that hides it does not count."""
    found: dict[str, str] = {}
    for category in categories:
        for each in category.get("workItemTypes") or ():
            name, reference_name = str(each["name"]), str(category["referenceName"])
            if name not in found or found[name] == "Microsoft.HiddenCategory":
                found[name] = reference_name
    return found


def _initial_state(entry: Document) -> str:
    first = (entry.get("transitions") or {}).get("") or ()
    states = entry.get("states") or ()
    names = [each.get("to") for each in first] or [each.get("name") for each in states]
    return str(names[0] or "") if names else ""
