"""Carries out the operations of a patch on a draft."""

from __future__ import annotations

from typing import Any

from azure_devops_emulator.answers import ApiError
from azure_devops_emulator.fields import Field, all_fields, find_field
from azure_devops_emulator.identities import Identity, Right
from azure_devops_emulator.projects import ClassificationNode, Project
from azure_devops_emulator.sanitizing import sanitize_html
from azure_devops_emulator.tracking import links
from azure_devops_emulator.tracking.drafts import Draft
from azure_devops_emulator.tracking.field_values import MARKDOWN, check_length, convert, merge_tags
from azure_devops_emulator.tracking.patches import Operation
from azure_devops_emulator.tracking.refusals import (
    bad_patch,
    bad_tree_name,
    broken_rule,
    missing_field,
    missing_permission,
    missing_type,
    stale_revision,
)
from azure_devops_emulator.tracking.rules import apply_rules, check_protected
from azure_devops_emulator.tracking.work_item import Value

HTML = "html"
_TAGS, _HISTORY, _TYPE, _PROJECT = "System.Tags", "System.History", "System.WorkItemType", "System.TeamProject"


def edit(draft: Draft, operations: list[Operation], new_ids: dict[int, int] | None = None) -> None:
    """Carry out all operations and apply the rules; the draft is ready to be saved. Raises ApiError."""
    _test_revision(draft, operations)
    _change_place(draft, operations)
    _choose_formats(draft, operations)
    for operation in operations:
        _carry_out(draft, operation, new_ids or {})
    _check_place(draft)
    apply_rules(draft)


def _test_revision(draft: Draft, operations: list[Operation]) -> None:
    current = draft.item.latest.number if draft.item else 0
    for operation in operations:
        if operation.verb == "test" and operation.path == ("rev",) and str(operation.value) != str(current):
            raise stale_revision("/rev", current, operation.value)


def _carry_out(draft: Draft, operation: Operation, new_ids: dict[int, int]) -> None:
    target, rest = operation.target, operation.path[1:]
    if target == "fields" and len(rest) == 1:
        _edit_field(draft, operation, _field(rest[0]))
    elif target == "relations" and rest:
        _edit_relation(draft, operation, new_ids)
    elif (
        (target == "multilinefieldsformat" and len(rest) == 1)
        or (target == "rev" and operation.verb == "test")
        or (target == "id" and draft.is_new)
    ):
        pass
    else:
        raise bad_patch(f"The patch path /{'/'.join(operation.path)} cannot be used with {operation.verb}.")


def _field(name: str) -> Field:
    field = find_field(name)
    if field is None:
        raise missing_field(name)
    return field


def _edit_field(draft: Draft, operation: Operation, field: Field) -> None:
    name, verb = field.reference_name, operation.verb
    if verb == "test":
        _test_field(draft, field, operation.value)
    elif verb in ("copy", "move"):
        source = _source(operation)
        value = draft.fields.get(source.reference_name)
        write_field(draft, field, _plain(value), merge=False)
        if verb == "move":
            write_field(draft, source, None, merge=False)
    else:
        value = None if verb == "remove" else operation.value
        if name not in (_TYPE, _PROJECT):
            write_field(draft, field, value, merge=verb == "add")


def write_field(draft: Draft, field: Field, given: Any, *, merge: bool) -> None:
    """Write one field; `merge` adds tags to those that are there. Raises ApiError 400."""
    name = field.reference_name
    if name == _HISTORY:
        draft.history = _comment(draft, field, given)
        return
    check_protected(draft, name)
    if name not in draft.type.fields:
        raise missing_field(name)
    if name == _TAGS:
        value: Value | None = merge_tags(draft, given, keep=merge)
    else:
        value = convert(draft, field, given)
    draft.put(name, value)
    draft.written.add(name)


def _comment(draft: Draft, field: Field, given: Any) -> tuple[str, str] | None:
    form = HTML
    if isinstance(given, dict) and not draft.organization.is_server:
        form = str(given.get("format") or HTML).lower()
        given = given.get("text")
    if given in (None, ""):
        return None
    if not isinstance(given, str) or form not in (HTML, MARKDOWN):
        raise broken_rule(field, ("InvalidType",))
    return keep_comment(check_length(field, given), form), form


def keep_comment(text: str, form: str) -> str:
    """What the service keeps of the text of a comment."""
    return sanitize_html(text) if form == HTML else text


def _test_field(draft: Draft, field: Field, wanted: Any) -> None:
    value = draft.before.get(field.reference_name)
    current = _plain(value)
    if str(current if current is not None else "") != str(wanted if wanted is not None else ""):
        raise stale_revision(f"/fields/{field.reference_name}", current, wanted)


def _source(operation: Operation) -> Field:
    if len(operation.source) != 2 or operation.source[0] != "fields":
        raise bad_patch(f"The operation {operation.verb} needs a field in from.")
    return _field(operation.source[1])


def _plain(value: Value | None) -> Any:
    if isinstance(value, Identity):
        return value.text
    if isinstance(value, ClassificationNode):
        return value.path
    return value.name if isinstance(value, Project) else value


def _edit_relation(draft: Draft, operation: Operation, new_ids: dict[int, int]) -> None:
    index, rest = operation.path[1], operation.path[2:]
    if operation.verb == "add" and index == "-":
        links.add_relation(draft, operation.value, new_ids)
    elif operation.verb == "remove" and not rest:
        links.remove_relation(draft, index)
    elif operation.verb in ("add", "replace"):
        links.change_relation(draft, index, rest, operation.value)
    else:
        raise bad_patch(f"Relations cannot be changed with {operation.verb}.")


def _choose_formats(draft: Draft, operations: list[Operation]) -> None:
    formats = [operation for operation in operations if operation.target == "multilinefieldsformat"]
    if formats and draft.organization.is_server:
        raise bad_patch("The patch path /multilineFieldsFormat is not supported.")
    written = {
        _field(operation.path[1]).reference_name
        for operation in operations
        if operation.target == "fields" and len(operation.path) == 2 and operation.verb in ("add", "replace")
    }
    for operation in formats:
        field = _field(operation.path[-1])
        if field.reference_name not in written:
            message = f"VS403319: The type changed without a value for field {field.reference_name}."
            raise ApiError(400, "WorkItemFieldFormatException", message)
        _set_format(draft, field, str(operation.value).lower())


def _set_format(draft: Draft, field: Field, form: str) -> None:
    if not field.is_html or form not in (MARKDOWN, HTML):
        raise bad_patch(f"The field {field.reference_name} cannot have the format {form}.")
    if form == MARKDOWN:
        draft.formats[field.reference_name] = MARKDOWN
    else:
        draft.formats.pop(field.reference_name, None)


def _change_place(draft: Draft, operations: list[Operation]) -> None:
    # Type and project decide how the other fields are read, wherever in the patch they stand.
    wanted: dict[str, str] = {}
    for operation in operations:
        if operation.target == "fields" and len(operation.path) == 2 and operation.verb in ("add", "replace"):
            name = _field(operation.path[1]).reference_name
            if name in (_TYPE, _PROJECT):
                wanted[name] = str(operation.value)
    if _PROJECT in wanted and not _names(draft.project.name, draft.project.id, wanted[_PROJECT]):
        _move(draft, wanted[_PROJECT])
    if wanted:
        _change_type(draft, wanted.get(_TYPE, draft.type.name))


def _names(name: str, identifier: str, wanted: str) -> bool:
    return wanted.lower() in (name.lower(), identifier.lower())


def _move(draft: Draft, project_name: str) -> None:
    if draft.is_new or draft.organization.is_server:
        raise broken_rule(all_fields()[_PROJECT], ("ReadOnly", "InvalidNotOldValue"))
    source, target = draft.project, draft.organization.project(project_name)
    identity = draft.author.identity
    if not identity.may(Right.MOVE, source.id) or not identity.may(Right.WRITE, target.id):
        raise missing_permission(
            f"VS403657: You do not have permissions to move this work item from project {source.name} to {target.name}."
        )
    draft.project = target
    draft.put(_PROJECT, target)
    draft.written.add(_PROJECT)


def _change_type(draft: Draft, name: str) -> None:
    kind = draft.project.find_type(name)
    if kind is None or kind.name in draft.project.disabled_types:
        raise missing_type(name, draft.project.id)
    if draft.is_new and kind.name != draft.type.name:
        raise bad_patch("The type of a new work item stands in the address.")
    changes = kind.name != draft.type.name or draft.project.process is not _process_before(draft)
    draft.type = kind
    if not changes:
        return
    draft.put(_TYPE, kind.name)
    draft.written.add(_TYPE)
    for each in [each for each in draft.fields if each not in kind.fields]:
        draft.put(each, None)
    # https://learn.microsoft.com/azure/devops/boards/backlogs/move-change-type: state and reason begin anew.
    draft.put("System.State", kind.initial_state)
    draft.put("System.Reason", kind.initial_reason)


def _process_before(draft: Draft) -> object:
    return draft.item.project.process if draft.item else draft.project.process


def _check_place(draft: Draft) -> None:
    for name, root in (("System.AreaPath", draft.project.areas), ("System.IterationPath", draft.project.iterations)):
        node = draft.fields.get(name)
        if not isinstance(node, ClassificationNode) or node.root is not root:
            raise bad_tree_name(draft.identifier, name)
