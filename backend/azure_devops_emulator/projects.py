"""Projects: their teams, areas, iterations and tags."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from azure_devops_emulator.processes import Process, WorkItemType


@dataclass(eq=False)
class ClassificationNode:
    """An area or iteration. `kind` is "area" or "iteration"; `id` is a number of the organization."""

    id: int
    name: str
    kind: str
    parent: ClassificationNode | None = None
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[ClassificationNode] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The path as work item fields hold it: `Project\\Child`."""
        return f"{self.parent.path}\\{self.name}" if self.parent else self.name

    @property
    def root(self) -> ClassificationNode:
        """The topmost node of its tree."""
        return self.parent.root if self.parent else self

    @property
    def level_names(self) -> tuple[str, ...]:
        """The names from the root down."""
        return (*self.parent.level_names, self.name) if self.parent else (self.name,)

    def child(self, name: str) -> ClassificationNode | None:
        """The direct child of that name, in any letter case."""
        return next((each for each in self.children if each.name.lower() == name.lower()), None)

    def find(self, names: list[str]) -> ClassificationNode | None:
        """The descendant at the path of `names`; itself for an empty path."""
        node: ClassificationNode | None = self
        for name in names:
            node = node.child(name) if node else None
        return node

    def walk(self) -> Iterator[ClassificationNode]:
        """This node and all below it."""
        yield self
        for each in self.children:
            yield from each.walk()


@dataclass(slots=True)
class Tag:
    """A tag of a project as it was first written."""

    name: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True, slots=True)
class Team:
    """A team of a project."""

    name: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(eq=False)
class Project:
    """A project. `tags` is by lower-case name."""

    name: str
    process: Process
    areas: ClassificationNode
    iterations: ClassificationNode
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    description: str = ""
    state: str = "wellFormed"
    visibility: str = "private"
    last_update: datetime = field(default_factory=lambda: datetime.now(UTC))
    teams: list[Team] = field(default_factory=list)
    tags: dict[str, Tag] = field(default_factory=dict)
    disabled_types: set[str] = field(default_factory=set)

    @property
    def default_team(self) -> Team:
        """The team that every project has."""
        return self.teams[0]

    def find_type(self, name: str) -> WorkItemType | None:
        """The work item type by name or reference name."""
        return self.process.find_type(name)

    def find_team(self, name_or_id: str) -> Team | None:
        """The team by name or id, in any letter case."""
        wanted = name_or_id.lower()
        return next((each for each in self.teams if wanted in (each.name.lower(), each.id)), None)

    def find_node(self, kind: str, path: str) -> ClassificationNode | None:
        """The area or iteration of a path `Project\\Child`; a leading backslash is allowed. None if there is none."""
        names = [name for name in path.split("\\") if name]
        root = self.areas if kind == "area" else self.iterations
        if not names or names[0].lower() != root.name.lower():
            return None
        return root.find(names[1:])

    def note_tag(self, name: str) -> Tag:
        """The tag of that name, made when it is new; its first spelling stays."""
        return self.tags.setdefault(name.lower(), Tag(name))
