import { Attachments, uploadFile } from "./attachments.js";
import { ask } from "./dialogs.js";
import { Discussion } from "./discussion.js";
import { ExtensionFrame } from "./extension-frame.js";
import { forwardEvents, makeFormService } from "./form-service.js";
import { FormHead } from "./form-head.js";
import { History } from "./history.js";
import { Links } from "./links.js";
import { element } from "./markup.js";
import { findProject, pageData } from "./page-data.js";
import { RichText } from "./rich-text.js";
import { services } from "./services.js";

const FORM_SERVICE = "ms.vss-work-web.work-item-form";

/** The form of a work item with its groups. */
export class WorkItemForm {
  #item;
  #project;
  #head;
  #notice = element("div", { "aria-live": "polite" });
  #description;
  #format = null;
  #parts = [];
  #place;
  #failure = "";
  #isUnreachable = false;

  constructor(place, item) {
    this.#place = place;
    this.#item = item;
    this.#project = findProject(item.project?.name) ?? { mayWrite: false, mayDelete: false };
  }

  async open() {
    const item = this.#item;
    this.#head = new FormHead(item, {
      isReadOnly: this.#isReadOnly,
      mayDelete: this.#project.mayDelete,
      save: () => this.#report(() => item.save()),
      refresh: () => this.#refresh(),
      remove: () => this.#remove(),
      restore: () => this.#report(() => item.restore()),
      report: this.#report,
    });
    const options = { mayWrite: this.#project.mayWrite, report: this.#report, upload: uploadFile };
    const description = this.#makeDescription();
    const side = element("div", {});
    const main = element("div", {}, description);
    this.#place.replaceChildren(this.#head.root, this.#notice, element("div", { class: "form-body" }, main, side));
    this.#place.setAttribute("aria-busy", "false");
    this.#openPanel(side);
    const later = [new Attachments(item, options), new Links(item)];
    const discussion = new Discussion(item, options);
    const history = new History(item, this.#report);
    side.append(...later.map((part) => part.root));
    main.append(discussion.root, history.root);
    this.#parts = [...later, discussion, history];
    for (const event of ["changed", "edited", "saving"]) item.addEventListener(event, () => this.#update());
    await this.#update();
  }

  /** Takes over what others changed. */
  async look() {
    try {
      await this.#item.look();
      if (this.#isUnreachable) this.#setReachable(true);
    } catch (error) {
      this.#setReachable(false, error.message);
    }
  }

  #isReadOnly = () => !this.#project.mayWrite || this.#item.isDeleted;

  /** Does something that may be refused, and says so in the form. */
  #report = async (action) => {
    try {
      await action();
      this.#failure = "";
      return true;
    } catch (error) {
      this.#failure = error.message;
      return false;
    } finally {
      this.#drawNotice();
    }
  };

  async #refresh() {
    if (this.#item.isDirty && !(await ask("Discard changes", "Your unsaved changes are lost.", "Discard"))) return;
    this.#item.reset();
    await this.#report(() => this.#item.refresh());
  }

  async #remove() {
    if (!(await ask("Delete work item", "The work item goes to the recycle bin.", "Delete"))) return;
    await this.#report(() => this.#item.remove());
  }

  #setReachable(isReachable, message = "") {
    this.#isUnreachable = !isReachable;
    this.#failure = message;
    this.#drawNotice();
  }

  #makeDescription() {
    const item = this.#item;
    this.#description = new RichText({
      label: "Description",
      isReadOnly: !this.#project.mayWrite,
      onInput: (value) => item.edit(item.descriptionField, value),
      upload: uploadFile,
    });
    if (this.#project.mayWrite && pageData.organization.isHosted) this.#format = this.#makeFormatChoice();
    const head = element("div", { class: "group-head" }, element("h2", {}, "Description"), this.#format?.label);
    return element("section", { class: "group", "aria-label": "Description" }, head, this.#description.root);
  }

  #makeFormatChoice() {
    const input = element("input", { type: "checkbox" });
    input.addEventListener("change", () => this.#item.editFormat(input.checked ? "markdown" : "html"));
    return { input, label: element("label", { class: "check" }, input, "Markdown") };
  }

  #openPanel(side) {
    if (!pageData.extension) return;
    const place = element("div", { class: "frame-place" });
    side.append(
      element("section", { class: "group", "aria-label": pageData.extension.title }, element("h2", {}, pageData.extension.title), place),
    );
    const formService = makeFormService(this.#item, {
      isReadOnly: this.#isReadOnly,
      setError: (message) => this.#show(message),
      clearError: () => this.#show(""),
    });
    const frame = new ExtensionFrame(place, pageData.extension.panel, { ...services, [FORM_SERVICE]: formService }, {
      project: this.#item.project ? { id: this.#item.project.id, name: this.#item.project.name } : null,
      onLoaded: () =>
        void frame.notify("onLoaded", { id: this.#item.id, isNew: this.#item.isNew, isReadOnly: this.#isReadOnly() }),
    });
    forwardEvents(this.#item, frame);
  }

  #show(message) {
    this.#failure = message;
    this.#drawNotice();
  }

  async #update() {
    const item = this.#item;
    this.#head.update();
    this.#description.show(item.value(item.descriptionField), item.descriptionFormat);
    if (this.#format) this.#format.input.checked = item.descriptionFormat === "markdown";
    this.#drawNotice();
    if (item.isNew) return;
    for (const part of this.#parts) {
      try {
        await part.update();
      } catch (error) {
        this.#show(error.message);
      }
    }
  }

  #drawNotice() {
    const item = this.#item;
    const rows = [];
    if (item.isDeleted) rows.push(makeBanner("warning", "This work item is in the recycle bin."));
    if (item.conflicts.size > 0) rows.push(this.#makeConflict());
    else if (this.#failure) rows.push(makeBanner("error", this.#failure));
    const text = rows.map((row) => row.textContent).join("\n");
    if (text === this.#notice.dataset.text) return;
    this.#notice.dataset.text = text;
    this.#notice.replaceChildren(...rows);
  }

  #makeConflict() {
    const item = this.#item;
    const who = item.savedValue("System.ChangedBy") || "Somebody";
    const text = `${who} has changed the ${item.conflictNames().join(" and the ")} meanwhile. Your change is not saved yet.`;
    return makeBanner("warning", text, [
      ["Keep mine", () => { this.#failure = ""; item.keepMine(); }],
      ["Take theirs", () => { this.#failure = ""; item.takeTheirs(); }],
    ]);
  }
}

function makeBanner(level, text, actions = []) {
  const buttons = actions.map(([label, click]) => element("button", { type: "button", class: "button", click }, label));
  return element("div", { class: `banner ${level}` }, element("p", {}, text), buttons);
}
