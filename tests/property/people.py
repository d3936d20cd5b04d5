"""What people do in one organization, every text with a mark of its own so that it is known again anywhere."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.property.nodes import PROJECT

from adnode.adapters.memory.gateway_organization import PERSON, MemoryOrganization
from adnode.domain.rich_text import FileReference, RichText, TextFormat
from adnode.domain.work_item import TITLE, Comment, WorkItemSnapshot
from adnode.sync import rich_text
from adnode.sync.type_mapping import describe_field

MARK = re.compile(r"\bmark\d+\b")


@dataclass(slots=True)
class Marks:
    """Marks given out so far, where titles were written, and what comments and files somebody deleted."""

    count: int = 0
    titles: dict[str, str] = field(default_factory=dict)
    comments: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)

    def new(self) -> str:
        self.count += 1
        return f"mark{self.count}"


class People:
    """People of one organization. ``as_robot`` makes them work under the account that the node uses."""

    def __init__(self, organization: MemoryOrganization, marks: Marks) -> None:
        self.organization = organization
        self.marks = marks
        self.account = PERSON

    def is_there(self, work_item_id: int) -> bool:
        return not self.organization.is_deleted(work_item_id)

    def create(self, type_name: str) -> int:
        fields = {TITLE: f"Title {self._new_title()}", "System.Description": f"<p>Text {self.marks.new()}</p>"}
        return self.organization.create(PROJECT, type_name, fields)

    def edit_title(self, work_item_id: int) -> None:
        self.organization.edit(work_item_id, {TITLE: f"Title {self._new_title()}"}, by=self.account)

    def _new_title(self) -> str:
        mark = self.marks.new()
        self.marks.titles[mark] = self.organization.name
        return mark

    def edit_description(self, work_item_id: int, shape: str) -> None:
        snapshot = self.organization.snapshot(work_item_id)
        catalog = self.organization.catalog(snapshot.project)
        name = describe_field(snapshot.type_name, catalog)
        is_markdown = (snapshot.formats or {}).get(name) is TextFormat.MARKDOWN or (
            shape == "markdown" and catalog.knows_markdown
        )
        formats = {name: TextFormat.MARKDOWN} if is_markdown else {}
        self.organization.edit(work_item_id, {name: self._text(shape, is_markdown)}, formats, by=self.account)

    def _text(self, shape: str, is_markdown: bool) -> str:
        mark = self.marks.new()
        if shape == "empty":
            return ""
        if shape == "image":
            url = self.organization.upload(f"{mark}.png", f"image {mark}".encode())
            return f"Text {mark} ![{mark}]({url})" if is_markdown else f"<p>Text {mark} <img src='{url}'></p>"
        if is_markdown:
            return f"Text **{mark}**\n\n- one\n- [x] two"
        return f"<div>Text  <b>{mark}</b> &amp; <!-- gone --> more&nbsp;words</div>"

    def change_type(self, work_item_id: int, type_name: str) -> None:
        self.organization.change_type(work_item_id, type_name, by=self.account)

    def comment(self, work_item_id: int, is_markdown: bool) -> None:
        mark = self.marks.new()
        self.marks.comments.add(mark)
        if is_markdown and self.organization.catalog(PROJECT).knows_markdown:
            self.organization.comment(work_item_id, f"Said **{mark}**", TextFormat.MARKDOWN, by=self.account)
        else:
            self.organization.comment(work_item_id, f"<p>Said {mark}</p>", by=self.account)

    def comments(self, work_item_id: int) -> list[Comment]:
        return [comment for comment in self.organization.comments(work_item_id) if not comment.is_deleted]

    def edit_comment(self, work_item_id: int, number: int) -> None:
        if comments := self.comments(work_item_id):
            comment = comments[number % len(comments)]
            text = re.sub(r"( edited\d+)?(</p>|\Z)", f" edited{self.marks.count}\\2", comment.text, count=1)
            self.marks.new()
            self.organization.edit_comment(work_item_id, comment.id, text, comment.format, by=self.account)

    def delete_comment(self, work_item_id: int, number: int) -> None:
        if comments := self.comments(work_item_id):
            comment = comments[number % len(comments)]
            self.marks.deleted |= set(MARK.findall(comment.text))
            self.organization.delete_comment(work_item_id, comment.id, by=self.account)

    def attach(self, work_item_id: int) -> None:
        mark = self.marks.new()
        self.marks.files.add(mark)
        self.organization.attach(work_item_id, f"{mark}.txt", f"content {mark}".encode(), by=self.account)

    def detach(self, work_item_id: int, number: int) -> None:
        if attachments := self.organization.snapshot(work_item_id).attachments:
            attachment = attachments[number % len(attachments)]
            self.marks.deleted |= set(MARK.findall(attachment.name))
            self.organization.detach(work_item_id, attachment.id, by=self.account)

    def delete(self, work_item_id: int) -> None:
        self.organization.delete(work_item_id, by=self.account)

    def restore(self, work_item_id: int) -> None:
        self.organization.restore(work_item_id, by=self.account)


@dataclass(frozen=True, slots=True)
class View:
    """A work item as people of any organization would see it."""

    title: str
    description: str
    comments: tuple[str, ...]
    files: tuple[str, ...]


def view(organization: MemoryOrganization, work_item_id: int) -> View:
    """Return what the work item shows, without anything that depends on the organization."""
    snapshot = organization.snapshot(work_item_id)
    return View(
        title=snapshot.text(TITLE),
        description=shown_description(organization, snapshot),
        comments=tuple(sorted(_shown_comments(organization, work_item_id))),
        files=tuple(sorted(organization.files[each.id][1].decode() for each in snapshot.attachments)),
    )


def shown_description(organization: MemoryOrganization, snapshot: WorkItemSnapshot) -> str:
    """Return the words of the description and the contents of its images."""
    name = describe_field(snapshot.type_name, organization.catalog(snapshot.project))
    text = canonical(organization, snapshot.text(name), (snapshot.formats or {}).get(name, TextFormat.HTML))
    images = [reference.key for reference in rich_text.list_files(text)]
    return f"{_words(text)} {images}"


def _words(text: RichText) -> str:
    shown = rich_text.localize(text, TextFormat.HTML, lambda key: "https://files.example/x")
    return f"{MARK.findall(shown)} {rich_text.fingerprint(shown, TextFormat.HTML)}"


def canonical(organization: MemoryOrganization, raw: str, text_format: TextFormat) -> RichText:
    """Return the canonical text; a file is known by its content."""

    def find_file(url: str) -> FileReference | None:
        file_id = organization.address.file_id(url)
        if file_id is None:
            return None
        return FileReference(organization.files[file_id][1].decode(), "file")

    return rich_text.canonicalize(raw, text_format, find_file)


def _shown_comments(organization: MemoryOrganization, work_item_id: int) -> Iterable[str]:
    for comment in organization.comments(work_item_id):
        if not comment.is_deleted:
            text = rich_text.strip_attribution(canonical(organization, comment.text, comment.format))
            yield _words(text)
