"""Forms: what our Azure DevOps gave back when a work item was seen last, hashed field by field.

Only another form is a change of a person. A text keeps a form for each field that has shown it (Description, Repro
Steps): after the type was changed and changed back, what still stands in a field is told from what was written there.
"""

from collections.abc import Collection, Mapping

from adnode.domain.rich_text import TextFormat
from adnode.domain.sync_state import DESCRIPTION, SUMMARY, TYPE
from adnode.domain.work_item import TITLE, WORK_ITEM_TYPE, ProcessCatalog, WorkItemSnapshot
from adnode.sync import rich_text
from adnode.sync.type_mapping import describe_field

Forms = Mapping[str, str]
"""``summary``, ``type`` (its name), ``field/{reference name}`` of texts, and what is named below."""

DESCRIPTION_FIELD_FORM = "description_field"
"""The field that the form of the work item shows as its description."""
DESCRIPTION_FORMAT_FORM = "description_format"
MARKDOWN_FORM = "markdown"
TEXT_MISSING_FORM = "text_missing"
"""Set while the field that is shown does not hold the text yet, because the type moved it there."""
_SET, _UNSET = "yes", "no"


def field_form(reference_name: str) -> str:
    """Return where the form of a text field is kept."""
    return f"field/{reference_name}"


def format_of(snapshot: WorkItemSnapshot, field: str) -> TextFormat:
    """Return the format of a large text field; fields not named as Markdown are HTML."""
    return (snapshot.formats or {}).get(field, TextFormat.HTML)


def lacks_field(type_name: str, field: str, catalog: ProcessCatalog) -> bool:
    """Say whether work items of a type can't have the field: a change to that type clears it."""
    found = catalog.find(type_name)
    return found is not None and field not in found.field_names


def left_without_trace(twin_forms: Forms, snapshot: WorkItemSnapshot, catalog: ProcessCatalog) -> str:
    """Return the text field that was shown before the type changed and was cleared by that, '' where there is none."""
    left = by_field(twin_forms, catalog).get(DESCRIPTION_FIELD_FORM, "")
    is_cleared = left and lacks_field(snapshot.type_name, left, catalog) and not snapshot.text(left).strip()
    return left if is_cleared else ""


def hash_field(snapshot: WorkItemSnapshot, field: str) -> str:
    """Return the form of a text field."""
    return rich_text.hash_form(snapshot.text(field), format_of(snapshot, field))


def read_forms(snapshot: WorkItemSnapshot, catalog: ProcessCatalog) -> dict[str, str]:
    """Return what the work item looks like now, of the texts the one that is shown."""
    field = describe_field(snapshot.type_name, catalog)
    return {
        SUMMARY: rich_text.hash_form(snapshot.text(TITLE), TextFormat.HTML),
        TYPE: snapshot.type_name,
        **_text_forms(snapshot, field),
        MARKDOWN_FORM: _UNSET if snapshot.formats is None else _SET,
    }


def read_written(snapshot: WorkItemSnapshot, catalog: ProcessCatalog, names: Collection[str]) -> dict[str, str]:
    """Return the forms of those fields only that a write of ours named."""
    forms = read_forms(snapshot, catalog)
    shown = forms[DESCRIPTION_FIELD_FORM]
    kept: dict[str, str] = {}
    if TITLE in names:
        kept[SUMMARY] = forms[SUMMARY]
    if WORK_ITEM_TYPE in names:
        kept[TYPE] = forms[TYPE]
    if shown in names:
        kept |= _text_forms(snapshot, shown)
    return kept


def _text_forms(snapshot: WorkItemSnapshot, field: str) -> dict[str, str]:
    return {
        field_form(field): hash_field(snapshot, field),
        DESCRIPTION_FIELD_FORM: field,
        DESCRIPTION_FORMAT_FORM: format_of(snapshot, field).value,
        TEXT_MISSING_FORM: _UNSET,
    }


def with_text_missing(forms: Forms) -> dict[str, str]:
    """Return the forms with the note that the text is still to be written into the field that is shown."""
    return {**forms, TEXT_MISSING_FORM: _SET}


def is_text_missing(forms: Forms) -> bool:
    """Say whether the field that is shown does not hold the text yet."""
    return forms.get(TEXT_MISSING_FORM) == _SET


def knows_markdown(forms: Forms, catalog: ProcessCatalog) -> bool:
    """Say whether texts of the work item may be Markdown."""
    return forms.get(MARKDOWN_FORM, _SET if catalog.knows_markdown else _UNSET) == _SET


def by_field(forms: Forms, catalog: ProcessCatalog) -> dict[str, str]:
    """Return forms as the release of 2026-11-30 stored them, one for the description whatever field it was in, as
    they are now. An empty one said that the text was missing.
    """
    if DESCRIPTION not in forms:
        return dict(forms)
    kept = {name: form for name, form in forms.items() if name != DESCRIPTION}
    field, form = describe_field(forms.get(TYPE, ""), catalog), forms[DESCRIPTION]
    kept[DESCRIPTION_FIELD_FORM] = field
    return kept | ({field_form(field): form} if form else {TEXT_MISSING_FORM: _SET})
