"""JSON documents of what two nodes say to each other about connecting work items, and of cleaning up."""

from adnode.domain.connecting import KeptContent, Terms
from adnode.domain.documents import Document, fail, read, read_number, read_strings
from adnode.domain.message import CleanedUpBody

TWINS_LIMIT = 1000
"""Twins of one message at most."""
_ID_LIMIT = 64


def terms_to_document(terms: Terms) -> Document:
    """Return terms as a document, as their holder sees them."""
    return {
        "remote_work_item_id": terms.remote_work_item_id,
        "content": terms.content.value,
        "comments": terms.comments,
        "attachments": terms.attachments,
    }


def terms_from_document(document: object) -> Terms:
    """Return terms; raises ValidationError."""
    try:
        content = KeptContent(read(document, "content", str))
    except ValueError:
        raise fail("content", "local, remote or both") from None
    return Terms(
        read_number(document, "remote_work_item_id", 1),
        content,
        read(document, "comments", bool),
        read(document, "attachments", bool),
    )


def cleaned_up_to_document(body: CleanedUpBody) -> Document:
    """Return the body as a document."""
    return {"twin_ids": list(body.twin_ids)}


def cleaned_up_from_document(document: object) -> CleanedUpBody:
    """Return the body; raises ValidationError."""
    twin_ids = read_strings(document, "twin_ids")
    if len(twin_ids) > TWINS_LIMIT or any(len(twin_id) > _ID_LIMIT for twin_id in twin_ids):
        raise fail("twin_ids", f"at most {TWINS_LIMIT} ids of at most {_ID_LIMIT} characters")
    return CleanedUpBody(twin_ids)
