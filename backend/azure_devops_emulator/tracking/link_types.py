"""The kinds of relations a work item can have."""

from __future__ import annotations

from dataclasses import dataclass

ATTACHED_FILE = "AttachedFile"
HYPERLINK = "Hyperlink"
ARTIFACT_LINK = "ArtifactLink"
PARENT = "System.LinkTypes.Hierarchy-Reverse"
CHILD = "System.LinkTypes.Hierarchy-Forward"


@dataclass(frozen=True, slots=True)
class LinkType:
    """One direction of a kind of relation. `opposite` is None for links to resources."""

    reference_name: str
    name: str
    opposite: str | None
    topology: str

    @property
    def is_resource_link(self) -> bool:
        """Whether it leads to something that is no work item; such links raise the revision."""
        return self.opposite is None


def _both(base: str, forward: str, reverse: str, topology: str) -> tuple[LinkType, LinkType]:
    there, back = f"{base}-Forward", f"{base}-Reverse"
    return LinkType(there, forward, back, topology), LinkType(back, reverse, there, topology)


# https://learn.microsoft.com/azure/devops/boards/queries/link-type-reference
LINK_TYPES: dict[str, LinkType] = {
    each.reference_name: each
    for each in (
        *_both("System.LinkTypes.Hierarchy", "Child", "Parent", "tree"),
        *_both("System.LinkTypes.Dependency", "Successor", "Predecessor", "dependency"),
        *_both("System.LinkTypes.Duplicate", "Duplicate", "Duplicate Of", "tree"),
        LinkType("System.LinkTypes.Related", "Related", "System.LinkTypes.Related", "network"),
        *_both("Microsoft.VSTS.Common.TestedBy", "Tested By", "Tests", "dependency"),
        *_both("Microsoft.VSTS.Common.Affects", "Affects", "Affected By", "dependency"),
        *_both("Microsoft.VSTS.TestCase.SharedStepReferencedBy", "Test Case", "Shared Steps", "dependency"),
        LinkType(ATTACHED_FILE, "Attached File", None, "resource"),
        LinkType(HYPERLINK, "Hyperlink", None, "resource"),
        LinkType(ARTIFACT_LINK, "Artifact Link", None, "resource"),
    )
}
_BY_LOWER = {name.lower(): each for name, each in LINK_TYPES.items()}


def find_link_type(name: str) -> LinkType | None:
    """The link type by reference name in any letter case."""
    return LINK_TYPES.get(name) or _BY_LOWER.get(name.lower())
