"""JSON documents of what two nodes say to each other about connecting work items, and of cleaning up."""

from adnode.domain.connecting import KeptContent, Terms
from adnode.domain.documents import Document, fail, read, read_number, read_strings
from adnode.domain.limits import IDS, check_count
from adnode.domain.message import CleanedUpBody


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
    check_count(twin_ids, IDS, "twin_ids")
    return CleanedUpBody(twin_ids)
