"""The fields of work items: names, types and who may write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from azure_devops_emulator.data import process_templates

_TYPES = {
    "String": "string",
    "Integer": "integer",
    "DateTime": "dateTime",
    "PlainText": "plainText",
    "HTML": "html",
    "TreePath": "treePath",
    "History": "history",
    "Double": "double",
    "Boolean": "boolean",
}
_IDENTITY = re.compile(
    r"(AssignedTo|ChangedBy|CreatedBy|AuthorizedAs|(Activated|Resolved|Closed|Reviewed|Accepted|Called)By"
    r"|SubjectMatterExpert\d|Attendee\d|ContextOwner)$"
)
# Fields the process templates do not list: every work item has them.
_MORE_FIELDS = {
    **{f"System.AreaLevel{level}": (f"Area Level {level}", "String") for level in range(1, 8)},
    **{f"System.IterationLevel{level}": (f"Iteration Level {level}", "String") for level in range(1, 8)},
    "System.PersonId": ("Person ID", "Integer"),
    "System.IsDeleted": ("Is Deleted", "Boolean"),
}
# The service keeps these by itself; a write is refused without bypassRules or at all.
COMPUTED = frozenset(
    {
        "System.Id",
        "System.Rev",
        "System.AreaId",
        "System.IterationId",
        "System.NodeName",
        "System.AuthorizedAs",
        "System.AuthorizedDate",
        "System.RevisedDate",
        "System.Watermark",
        "System.PersonId",
        "System.CommentCount",
        "System.AttachedFileCount",
        "System.ExternalLinkCount",
        "System.HyperLinkCount",
        "System.RelatedLinkCount",
        "System.RemoteLinkCount",
        "System.BoardColumn",
        "System.BoardColumnDone",
        "System.BoardLane",
        "System.IsDeleted",
        "System.Parent",
        *(name for name in _MORE_FIELDS if "Level" in name),
    }
)
# Only a caller who may bypass the rules sets these.
PROTECTED = frozenset({"System.CreatedBy", "System.CreatedDate", "System.ChangedBy", "System.ChangedDate"})
LARGE_TEXT = frozenset({"html", "plainText", "history"})
LONGEST_STRING = 255
LONGEST_TEXT = 1_048_576


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `type` is spelled as the REST API spells it."""

    reference_name: str
    name: str
    type: str
    is_identity: bool = False

    @property
    def is_read_only(self) -> bool:
        """Whether the service keeps it by itself."""
        return self.reference_name in COMPUTED

    @property
    def is_large_text(self) -> bool:
        """Whether it holds long text."""
        return self.type in LARGE_TEXT and self.reference_name != "System.Tags"

    @property
    def is_html(self) -> bool:
        """Whether it holds formatted text."""
        return self.type == "html"


@cache
def all_fields() -> dict[str, Field]:
    """Every field of every organization by reference name."""
    named = {name: (row["name"], row["type"]) for name, row in process_templates()["fieldTypes"].items()}
    named.update(_MORE_FIELDS)
    return {
        name: Field(name, title, _TYPES[kind], kind == "String" and bool(_IDENTITY.search(name)))
        for name, (title, kind) in sorted(named.items())
    }


@cache
def _by_any_name() -> dict[str, Field]:
    fields = all_fields()
    return {field.name.lower(): field for field in fields.values()} | {
        name.lower(): field for name, field in fields.items()
    }


def find_field(name: str) -> Field | None:
    """The field by reference name or name, in any letter case; None if there is none."""
    return all_fields().get(name) or _by_any_name().get(name.lower())
