"""The rules of work item types: defaults, required fields, allowed values, and what a state brings or forbids."""

from __future__ import annotations

from azure_devops_emulator.answers import ApiError
from azure_devops_emulator.fields import PROTECTED, all_fields
from azure_devops_emulator.moments import read_moment
from azure_devops_emulator.tracking.drafts import Draft
from azure_devops_emulator.tracking.refusals import broken_rule
from azure_devops_emulator.tracking.work_item import Value

_COMMON = "Microsoft.VSTS.Common."
_STATE, _REASON = "System.State", "System.Reason"
_RESOLVED_REASON = f"{_COMMON}ResolvedReason"
# A process without listed transitions (Basic) tells by the category of a state which of these it brings.
_BY_CATEGORY = {"InProgress": "Activated", "Resolved": "Resolved", "Completed": "Closed"}


def check_protected(draft: Draft, name: str) -> None:
    """Refuse fields that the service sets itself. Raises ApiError 400."""
    field = all_fields()[name]
    if field.is_read_only or (name in PROTECTED and not draft.author.bypass_rules):
        raise broken_rule(field, ("ReadOnly", "InvalidNotOldValue"))


def apply_rules(draft: Draft) -> None:
    """Fill what the service fills by itself, then check the draft. Raises ApiError 400 (RuleValidationException)."""
    entering = draft.is_new or draft.fields.get(_STATE) != draft.before.get(_STATE)
    if draft.is_new or "System.WorkItemType" in draft.written:
        _fill_defaults(draft)
    if entering:
        _enter_state(draft)
    if draft.author.bypass_rules:
        _check_dates(draft)
        return
    if entering:
        _check_state(draft)
    _check_empty(draft)
    _check_required(draft)
    _check_allowed(draft)


def _fill_defaults(draft: Draft) -> None:
    for source in (draft.type.required, draft.type.defaults):
        for name, default in source.items():
            if default is not None and name not in draft.fields and name not in draft.written:
                draft.fields[name] = _typed(name, default)


def _typed(name: str, text: str) -> Value:
    kind = all_fields()[name].type
    return int(text) if kind == "integer" else float(text) if kind == "double" else text


def _enter_state(draft: Draft) -> None:
    kind, state = draft.type, draft.text(_STATE)
    before = str(draft.before.get(_STATE, ""))
    if _REASON not in draft.written:
        begins_anew = "System.WorkItemType" in draft.written and state == kind.initial_state
        draft.fields[_REASON] = kind.default_reason("" if begins_anew else before, state)
    if f"{_COMMON}StateChangeDate" in kind.fields:
        draft.fields[f"{_COMMON}StateChangeDate"] = draft.date
    for name in kind.empty_in_state.get(state, ()):
        if name not in draft.written:
            draft.put(name, None)
    for event in _events(draft, before, state):
        _fill(draft, f"{_COMMON}{event}By", draft.author.identity)
        _fill(draft, f"{_COMMON}{event}Date", draft.date)
    if state == "Resolved" and draft.text(_REASON) in kind.allowed_values.get(_RESOLVED_REASON, ()):
        _fill(draft, _RESOLVED_REASON, draft.text(_REASON))


def _events(draft: Draft, before: str, state: str) -> list[str]:
    kind = draft.type
    needed = {*kind.required_in_state.get(state, ()), *kind.required_in_transition.get((before, state), ())}
    if not kind.reasons and not draft.is_new:
        needed.add(f"{_COMMON}{_BY_CATEGORY.get(kind.state_category(state), '')}By")
    return [event for event in ("Activated", "Resolved", "Closed") if _mentions(needed, event)]


def _mentions(names: set[str], event: str) -> bool:
    return f"{_COMMON}{event}By" in names or f"{_COMMON}{event}Date" in names


def _fill(draft: Draft, name: str, value: Value) -> None:
    if name in draft.type.fields and name not in draft.written:
        draft.fields[name] = value


def _check_state(draft: Draft) -> None:
    field, state = all_fields()[_STATE], draft.text(_STATE)
    known = draft.type.state(state)
    before = str(draft.before.get(_STATE, ""))
    changes_type = "System.WorkItemType" in draft.written
    if known is None or (not changes_type and not _may_follow(draft, before, known.name)):
        message = f"The field 'State' contains the value '{state}' that is not in the list of supported values"
        raise broken_rule(
            field, ("Required", "HasValues", "LimitedToValues", "AllowsOldValue", "InvalidListValue"), message
        )
    reasons = draft.type.reasons.get((before, known.name), ())
    if _REASON in draft.written and reasons and draft.text(_REASON) not in reasons:
        raise broken_rule(all_fields()[_REASON], ("HasValues", "LimitedToValues", "InvalidListValue"))


def _may_follow(draft: Draft, before: str, state: str) -> bool:
    # Services lets any state follow any other; Server keeps to the transitions of the process definition.
    if not before:
        return state == draft.type.initial_state
    if not draft.organization.is_server or not draft.type.reasons:
        return True
    return (before, state) in draft.type.reasons


def _check_empty(draft: Draft) -> None:
    for name in draft.type.empty_in_state.get(draft.text(_STATE), ()):
        if name in draft.written and name in draft.fields:
            raise broken_rule(all_fields()[name], ("InvalidNotEmpty",))


def _check_required(draft: Draft) -> None:
    for name in draft.type.required:
        if name not in draft.fields:
            codes = ["Required"]
            if name in draft.type.allowed_values:
                codes += ["HasValues", "LimitedToValues", "AllowsOldValue"]
            raise broken_rule(all_fields()[name], (*codes, "InvalidEmpty"))
    for name in draft.type.required_in_state.get(draft.text(_STATE), ()):
        if name not in draft.fields and name in draft.type.fields:
            raise broken_rule(all_fields()[name], ("Required", "InvalidEmpty"))


def _check_allowed(draft: Draft) -> None:
    for name in draft.written & draft.type.allowed_values.keys():
        value = draft.fields.get(name)
        if value is None:
            continue
        allowed = draft.type.allowed_values[name]
        found = next((each for each in allowed if each.lower() == _plain(value).lower()), None)
        if found is None:
            raise broken_rule(
                all_fields()[name], ("HasValues", "LimitedToValues", "AllowsOldValue", "InvalidListValue")
            )
        if isinstance(value, str):
            draft.fields[name] = found


def _plain(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _check_dates(draft: Draft) -> None:
    if not draft.text("System.Title"):
        raise broken_rule(all_fields()["System.Title"], ("Required", "InvalidEmpty"))
    if "System.ChangedDate" in draft.written:
        draft.moment = read_moment(draft.text("System.ChangedDate"))
    if draft.item and draft.moment <= draft.item.latest.moment:
        raise ApiError(
            400,
            "WorkItemDatesNotIncreasingException",
            "VS402625: Dates must be increasing with each revision; the value of field 'Changed Date' is not later"
            " than that of the previous revision.",
        )


def apply_rules_for_template(draft: Draft) -> None:
    """Fill a new work item with what the service fills by itself, checking nothing."""
    _fill_defaults(draft)
    _enter_state(draft)
