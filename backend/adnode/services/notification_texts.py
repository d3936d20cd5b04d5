"""What notices say: as a mail, and as the body of a webhook."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from adnode.domain.error_record import Impact
from adnode.domain.hub_page import ERRORS_TAB, hub_page_url
from adnode.domain.notification import Delivery, ErrorExample, ErrorGroup, Notice
from adnode.domain.notification_documents import notice_to_document

ERRORS_OPENED = "errors.opened"
TRIAL = "test"
EXAMPLE_LENGTH = 500
_STOPPED = {
    Impact.WORK_ITEM: "stops single work items",
    Impact.CONNECTION: "stops the connection",
    Impact.TRIGGER: "stops a trigger",
    Impact.NODE: "stops the node",
    Impact.WARNING: "a warning, stops nothing",
}
_STYLE = "font-family:Segoe UI,Helvetica,Arial,sans-serif;font-size:14px;line-height:1.45"
_QUIET = "font-size:12px;opacity:0.75"


@dataclass(frozen=True, slots=True)
class WrittenMail:
    """The texts of a mail."""

    subject: str
    text: str
    html: str


def write_notice(notice: Notice, unsubscribe_url: str) -> WrittenMail:
    """Return the mail that tells of errors."""
    lead = _capital(f"{_errors(notice.error_count)} in {notice.organization_name}")
    return WrittenMail(
        f"{notice.organization_name}: {_summary(notice)}",
        "\n".join(
            [_capital(lead) + ".", "", *_text_groups(notice), _where(notice), "", *_end(notice, unsubscribe_url)]
        ),
        _page(
            f"<p><strong>{escape(lead)}</strong></p>",
            *_html_groups(notice),
            _html_where(notice),
            _html_end(notice, unsubscribe_url),
        ),
    )


def write_trial(organization_name: str) -> WrittenMail:
    """Return a mail that only shows that mails arrive."""
    text = f"This is a test from the Exalate page of {organization_name}. Mails about errors will arrive here."
    return WrittenMail(f"{organization_name}: test of notifications", text + "\n", _page(f"<p>{escape(text)}</p>"))


def webhook_body(delivery: Delivery) -> str:
    """Return the body of a webhook that tells of errors."""
    return _body(ERRORS_OPENED, delivery.created_at, notice_to_document(delivery.notice))


def webhook_trial(organization_name: str, organization_url: str, now: datetime) -> str:
    """Return a body that only shows that messages arrive."""
    return _body(TRIAL, now, {"organization": {"name": organization_name, "url": organization_url}})


def _body(kind: str, now: datetime, data: object) -> str:
    return json.dumps({"type": kind, "timestamp": now.isoformat(), "data": data}, ensure_ascii=False)


def _summary(notice: Notice) -> str:
    if notice.group_count > 1:
        return f"{_errors(notice.error_count)} in {notice.group_count:,} groups"
    return f"{_errors(notice.error_count)}, " + (_title(notice.groups[0]) if notice.groups else "")


def _errors(count: int) -> str:
    return "1 error" if count == 1 else f"{count:,} errors"


def _title(group: ErrorGroup) -> str:
    place = f"connection {group.connection_name or group.connection_id}" if group.connection_id else "this node"
    return f"{group.code.replace('_', ' ')} at {place}"


def _facts(group: ErrorGroup) -> str:
    where = ", on the other side" if group.is_remote else ""
    return f"{_STOPPED[group.impact]}{where}; since {_moment(group.first_at)}"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _text_groups(notice: Notice) -> Iterable[str]:
    for group in notice.groups:
        yield f"{group.count:,} x {_title(group)} ({_facts(group)})"
        yield from (f"  - {_example(one)}" for one in group.examples)
        if group.count > len(group.examples):
            yield f"  - and {group.count - len(group.examples):,} more"
        yield ""
    if notice.group_count > len(notice.groups):
        yield f"And {notice.group_count - len(notice.groups):,} more groups."
        yield ""


def _html_groups(notice: Notice) -> Iterable[str]:
    for group in notice.groups:
        examples = [_example(one) for one in group.examples]
        if group.count > len(examples):
            examples.append(f"and {group.count - len(examples):,} more")
        yield (
            f"<p><strong>{group.count:,} &times; {escape(_title(group))}</strong><br>"
            f'<span style="{_QUIET}">{escape(_facts(group))}</span></p>'
        )
        yield "<ul>" + "".join(f"<li>{escape(one)}</li>" for one in examples) + "</ul>"
    if notice.group_count > len(notice.groups):
        yield f"<p>And {notice.group_count - len(notice.groups):,} more groups.</p>"


def _example(example: ErrorExample) -> str:
    text = " ".join(example.message.split())
    text = text if len(text) <= EXAMPLE_LENGTH else text[: EXAMPLE_LENGTH - 1] + "…"
    return f"#{example.work_item_id}: {text}" if example.work_item_id is not None else text


def _where(notice: Notice) -> str:
    return f"What to do: {_errors_url(notice)}\n{_way(notice)}"


def _html_where(notice: Notice) -> str:
    url = escape(_errors_url(notice), quote=True)
    return f'<p><a href="{url}">See what to do</a><br><span style="{_QUIET}">{escape(_way(notice))}</span></p>'


def _way(notice: Notice) -> str:
    """Say how to get there by hand: an extension of another publisher has another address."""
    return f"Or in {notice.organization_name}: Organization settings, Exalate, Errors."


def _errors_url(notice: Notice) -> str:
    return hub_page_url(notice.organization_url, ERRORS_TAB)


def _end(notice: Notice, unsubscribe_url: str) -> Iterable[str]:
    yield "-- "
    yield f"An administrator of {notice.organization_name} entered your address."
    if unsubscribe_url:
        yield f"No more of these mails: {unsubscribe_url}"
    else:
        yield "To get no more of these mails, ask an administrator to remove it under Exalate Notifications."


def _html_end(notice: Notice, unsubscribe_url: str) -> str:
    why, how = list(_end(notice, ""))[1:]
    if unsubscribe_url:
        how = f'<a href="{escape(unsubscribe_url, quote=True)}">No more of these mails</a>'
        return f'<hr><p style="{_QUIET}">{escape(why)}<br>{how}</p>'
    return f'<hr><p style="{_QUIET}">{escape(why)}<br>{escape(how)}</p>'


def _page(*parts: str) -> str:
    head = '<meta charset="utf-8"><meta name="color-scheme" content="light dark">'
    return f'<!doctype html><html lang="en"><head>{head}</head><body style="{_STYLE}">{"".join(parts)}</body></html>\n'


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
