"""What the Azure DevOps in memory refuses, whatever the organization."""

from adnode.adapters.memory.gateway_items import Change, MemoryWorkItem
from adnode.domain.errors import InvalidWriteError, RuleViolationError
from adnode.domain.rich_text import TextFormat
from adnode.domain.work_item import TITLE, TITLE_LIMIT


def check_change(item: MemoryWorkItem, change: Change, *, knows_markdown: bool) -> None:
    """Raise RuleViolationError or InvalidWriteError for a change that Azure DevOps does not accept."""
    _check_title(item, change)
    _check_formats(change, knows_markdown=knows_markdown)
    _check_relations(item, change)


def check_comment(text_format: TextFormat, *, knows_markdown: bool) -> None:
    """Raise InvalidWriteError for a comment in a format that the organization does not know."""
    if text_format is TextFormat.MARKDOWN and not knows_markdown:
        raise InvalidWriteError("This Azure DevOps knows no Markdown in comments.", status=400)


def _check_title(item: MemoryWorkItem, change: Change) -> None:
    title = str(change.fields.get(TITLE, item.fields.get(TITLE, "")))
    if not title.strip():
        raise RuleViolationError("Azure DevOps refused the write: Title must not be empty.", fields=(TITLE,))
    if len(title.encode("utf-16-le")) // 2 > TITLE_LIMIT:
        raise RuleViolationError(
            f"Azure DevOps refused the write: Title is longer than {TITLE_LIMIT} characters.", fields=(TITLE,)
        )


def _check_formats(change: Change, *, knows_markdown: bool) -> None:
    if TextFormat.MARKDOWN in change.formats.values() and not knows_markdown:
        raise InvalidWriteError("This Azure DevOps knows no Markdown in work items.", status=400)
    if missing := change.formats.keys() - change.fields.keys():
        raise InvalidWriteError(f"VS403319: The type changed without a value for field {min(missing)}.", status=400)


def _check_relations(item: MemoryWorkItem, change: Change) -> None:
    if any(index >= len(item.relations) for index in change.removed_indexes):
        raise InvalidWriteError("The work item has no relation of that index.", status=400)
    links = [relation.url for relation in (*item.relations, *change.added)]
    if len(set(links)) < len(links):
        raise InvalidWriteError("Relation already exists.", status=400)
