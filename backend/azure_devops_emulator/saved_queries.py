"""Queries that people keep: per project a shared tree, and one tree for each person."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from azure_devops_emulator.identities import Identity
from azure_devops_emulator.projects import Project

SHARED = "Shared Queries"
OWN = "My Queries"


@dataclass(eq=False)
class SavedQuery:
    """A query, or a folder when `wiql` is None. `is_public` ones are seen by everybody in the project."""

    name: str
    is_public: bool
    by: Identity
    wiql: str | None = None
    parent: SavedQuery | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    children: list[SavedQuery] = field(default_factory=list)
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    changed: datetime = field(default_factory=lambda: datetime.now(UTC))
    changed_by: Identity | None = None

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.wiql is None

    @property
    def path(self) -> str:
        """The names from the root folder down, with slashes."""
        return f"{self.parent.path}/{self.name}" if self.parent else self.name

    def child(self, name: str) -> SavedQuery | None:
        """The direct child of that name, in any letter case."""
        return next((each for each in self.children if each.name.lower() == name.lower()), None)

    def walk(self) -> Iterator[SavedQuery]:
        """This one and all below it."""
        yield self
        for each in self.children:
            yield from each.walk()

    def move(self, parent: SavedQuery) -> None:
        """Put it below a folder."""
        if self.parent:
            self.parent.children.remove(self)
        self.parent = parent
        parent.children.append(self)


# By project, then by the owner's id ("" for the shared tree). Gone together with the project.
_ROOTS: WeakKeyDictionary[Project, dict[str, SavedQuery]] = WeakKeyDictionary()


def find_roots(project: Project, person: Identity) -> tuple[SavedQuery, SavedQuery]:
    """The root folders that the person sees: the own one and the shared one."""
    roots = _ROOTS.setdefault(project, {})
    shared = roots.setdefault("", SavedQuery(SHARED, is_public=True, by=person))
    return roots.setdefault(person.id, SavedQuery(OWN, is_public=False, by=person)), shared


def find_query(project: Project, person: Identity, id_or_path: str) -> SavedQuery | None:
    """The query or folder by id or path (`Shared Queries/Open bugs`) that the person sees, or None."""
    wanted = id_or_path.strip("/").lower()
    for root in find_roots(project, person):
        for each in root.walk():
            if wanted in (each.id, each.path.lower()):
                return each
    return None
