import { ask } from "./dialogs.js";
import { button, element } from "./markup.js";
import { pageData } from "./page-data.js";
import { callRest } from "./rest.js";
import { RichText } from "./rich-text.js";
import { shortTime } from "./times.js";

const VERSION = "7.1-preview.4";

/** The comments of a work item: read, added, edited, deleted. */
export class Discussion {
  #item;
  #mayWrite;
  #report;
  #upload;
  #rows = new Map();
  #list = element("ul", { class: "comments" });
  #empty = element("p", { class: "quiet" }, "No comments yet.");
  #rev = -1;

  /** `report` does something and shows what goes wrong; it resolves to whether it went well. */
  constructor(item, { mayWrite, report, upload }) {
    this.#item = item;
    this.#mayWrite = mayWrite;
    this.#report = report;
    this.#upload = upload;
    this.root = element("section", { class: "group", "aria-label": "Discussion" }, element("h2", {}, "Discussion"));
    if (mayWrite) this.root.append(this.#makeComposer());
    this.root.append(this.#empty, this.#list);
  }

  async update() {
    if (this.#item.isDeleted || this.#rev === this.#item.rev) return;
    const rev = this.#item.rev;
    const query = { $expand: "renderedText", $top: 200 };
    const { comments } = await callRest("GET", this.#path(), { query, version: VERSION });
    this.#rev = rev;
    this.#show(comments);
  }

  #path(id = "") {
    return `${this.#item.path}/${this.#item.id}/comments${id && `/${id}`}`;
  }

  #show(comments) {
    this.#empty.hidden = comments.length > 0;
    const ids = new Set(comments.map(readId));
    for (const [id, row] of this.#rows) {
      if (!ids.has(id)) this.#drop(id, row);
    }
    let before = null;
    for (const comment of comments) {
      const row = this.#place(comment);
      if (before ? before.nextSibling !== row : this.#list.firstChild !== row) {
        if (before) before.after(row);
        else this.#list.prepend(row);
      }
      before = row;
    }
  }

  #drop(id, row) {
    row.root.remove();
    this.#rows.delete(id);
  }

  #place(comment) {
    const id = readId(comment);
    const known = this.#rows.get(id);
    if (known && (known.isEdited || known.version === comment.version)) return known.root;
    const root = element("li", { class: "comment", "data-id": id });
    const row = { root, version: comment.version, isEdited: false };
    this.#drawReading(row, comment);
    if (known) known.root.replaceWith(root);
    this.#rows.set(id, row);
    return root;
  }

  #drawReading(row, comment) {
    row.isEdited = false;
    const text = element("div", { class: "comment-text" });
    text.innerHTML = comment.renderedText ?? comment.text;
    const isChanged = comment.version > 1 ? " (edited)" : "";
    const when = `${shortTime(comment.createdDate)}${isChanged}`;
    const author = comment.createdBy?.displayName ?? "";
    const head = element(
      "div",
      { class: "comment-head" },
      element("strong", {}, author),
      element("span", { class: "quiet" }, when),
      this.#mayWrite && this.#makeActions(row, comment, author),
    );
    row.root.replaceChildren(head, text);
  }

  #makeActions(row, comment, author) {
    const edit = button("Edit", () => this.#drawEditing(row, comment), { "aria-label": `Edit comment by ${author}` });
    const remove = button("Delete", () => this.#remove(comment), { "aria-label": `Delete comment by ${author}` });
    return element("span", { class: "form-end" }, edit, remove);
  }

  #drawEditing(row, comment) {
    row.isEdited = true;
    const editor = new RichText({ label: "Comment", isSmall: true, upload: this.#upload });
    editor.show(comment.text, comment.format ?? "html");
    const save = button("Save comment", async () => {
      const isSaved = await this.#report(() => this.#send("PATCH", this.#path(readId(comment)), editor));
      if (isSaved) await this.#reload(row);
    }, { class: "button primary" });
    const cancel = button("Cancel", () => this.#drawReading(row, comment));
    row.root.replaceChildren(editor.root, element("div", { class: "form-line" }, save, cancel));
    editor.focus();
  }

  #makeComposer() {
    const editor = new RichText({ label: "New comment", isSmall: true, upload: this.#upload });
    editor.show("", "html");
    const format = pageData.organization.isHosted && this.#makeFormatChoice(editor);
    const add = button("Add comment", async () => {
      if (!editor.value.trim()) return;
      const isAdded = await this.#report(() => this.#send("POST", this.#path(), editor));
      if (!isAdded) return;
      editor.show("", editor.format);
      await this.#reload(null);
    });
    return element("div", {}, editor.root, element("div", { class: "form-line" }, add, format));
  }

  #makeFormatChoice(editor) {
    const choice = element("input", { type: "checkbox" });
    choice.addEventListener("change", () => editor.show(editor.value, choice.checked ? "markdown" : "html"));
    return element("label", { class: "check" }, choice, "Markdown");
  }

  async #send(method, path, editor) {
    const query = pageData.organization.isHosted ? { format: editor.format } : {};
    await callRest(method, path, { query, body: { text: editor.value }, version: VERSION });
  }

  async #remove(comment) {
    if (!(await ask("Delete comment", "The comment is deleted for everybody.", "Delete"))) return;
    const isRemoved = await this.#report(() => callRest("DELETE", this.#path(readId(comment)), { version: VERSION }));
    if (isRemoved) await this.#reload(null);
  }

  async #reload(row) {
    if (row) row.isEdited = false;
    await this.#report(async () => {
      await this.#item.look();
      await this.update();
    });
  }
}

function readId(comment) {
  return comment.id ?? comment.commentId;
}
