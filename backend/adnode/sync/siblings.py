"""Other twins of the same work item (chains, rings): what they know of it that this one can't see."""

from collections.abc import Iterable

from adnode.domain.twin import Twin
from adnode.domain.work_item import ProcessCatalog, WorkItemSnapshot
from adnode.sync.forms import DESCRIPTION_FIELD_FORM, by_field, field_form, hash_field, is_text_missing
from adnode.sync.own_writes import holds


def holds_text(
    snapshot: WorkItemSnapshot, field: str, twin: Twin, siblings: Iterable[Twin], catalog: ProcessCatalog
) -> bool:
    """Say whether a sibling that has seen or written a later revision than this twin knows that the field, as it is
    now, holds the text: then an empty field is an emptied text, and none that is still to be moved there.
    """
    return any(_knows(sibling, snapshot, field, twin.revision or 0, catalog) for sibling in siblings)


def _knows(sibling: Twin, snapshot: WorkItemSnapshot, field: str, since: int, catalog: ProcessCatalog) -> bool:
    intent = sibling.intent
    if intent is not None and since <= (intent.revision or 0) < snapshot.revision and field in intent.fields:
        return holds(snapshot, field, intent.fields[field])
    forms = by_field(sibling.local_forms, catalog)
    is_later = sibling.revision is not None and sibling.revision > since
    is_shown = forms.get(DESCRIPTION_FIELD_FORM) == field and not is_text_missing(forms)
    return is_later and is_shown and forms.get(field_form(field)) == hash_field(snapshot, field)
