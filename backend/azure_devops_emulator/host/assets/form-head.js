import { button, element, newId } from "./markup.js";
import { pageData } from "./page-data.js";
import { callRest } from "./rest.js";
import { shortTime } from "./times.js";
import { ASSIGNED_TO, STATE, TITLE, TYPE } from "./work-item.js";

/** The upper part of the form: type, number, title, the short fields and what can be done. */
export class FormHead {
  #item;
  #actions;
  #types = [];
  #states = new Map();
  #kind = element("span", { class: "kind" });
  #status = element("p", { class: "quiet", role: "status" });
  #title;
  #type;
  #state;
  #person;
  #buttons;

  constructor(item, actions) {
    this.#item = item;
    this.#actions = actions;
    this.#title = this.#makeField(element("input", { maxlength: 255, required: true }), "Title", TITLE);
    this.#type = this.#makeField(element("select"), "Type", TYPE);
    this.#state = this.#makeField(element("select"), "State", STATE);
    this.#person = this.#makeField(element("select"), "Assigned to", ASSIGNED_TO);
    this.#title.root.classList.add("grow");
    this.#buttons = {
      save: button("Save", actions.save, { class: "button primary" }),
      refresh: button("Refresh", actions.refresh),
      remove: button("Delete", actions.remove),
      restore: button("Restore", actions.restore, { class: "button primary" }),
    };
    this.root = this.#makeRoot();
    document.addEventListener("keydown", (event) => this.#saveByKey(event));
    void actions.report(() => this.#readTypes());
  }

  update() {
    const item = this.#item;
    const kind = item.value(TYPE);
    this.#kind.dataset.kind = kind;
    this.#kind.textContent = item.isNew ? `New ${kind}` : `${kind} ${item.id}`;
    document.querySelector(".crumbs li[aria-current]").textContent = this.#kind.textContent;
    document.title = `${this.#kind.textContent} ${item.value(TITLE)}`;
    this.#title.show(item.value(TITLE));
    this.#type.choose(this.#types.length ? this.#types : [kind], kind);
    this.#state.choose(this.#stateNames(kind), item.value(STATE));
    this.#person.choose(["", ...pageData.people], item.value(ASSIGNED_TO));
    for (const field of [this.#title, this.#type, this.#state, this.#person]) field.disable(this.#actions.isReadOnly());
    this.#updateButtons();
    this.#updateStatus();
  }

  #makeRoot() {
    const { save, refresh, remove, restore } = this.#buttons;
    const actions = element("div", { class: "form-end" }, save, restore, refresh, remove);
    const first = element("div", { class: "form-line" }, element("h1", {}, this.#kind), actions);
    const fields = [this.#type, this.#state, this.#person].map((field) => field.root);
    return element(
      "div",
      { class: "form-head" },
      first,
      this.#status,
      element("div", { class: "form-line" }, this.#title.root),
      element("div", { class: "form-line" }, fields),
    );
  }

  #makeField(control, text, name) {
    const id = newId("field");
    control.id = id;
    control.addEventListener(control.tagName === "SELECT" ? "change" : "input", () => {
      if (name === TYPE) this.#changeType(control.value);
      else this.#item.edit(name, control.value);
    });
    return {
      root: element("div", { class: "field" }, element("label", { for: id }, text), control),
      disable: (isOff) => {
        control.disabled = isOff;
      },
      show: (value) => {
        if (control.value !== value) control.value = value;
      },
      choose: (values, value) => {
        const all = values.includes(value) ? values : [value, ...values];
        if ([...control.options].map((option) => option.value).join("\n") !== all.join("\n")) {
          control.replaceChildren(...all.map((each) => element("option", { value: each }, each || "Nobody")));
        }
        if (control.value !== value) control.value = value;
      },
    };
  }

  // A type has states of its own, and begins in its first one.
  #changeType(kind) {
    this.#item.edits.delete(STATE);
    this.#item.edit(TYPE, kind);
  }

  #stateNames(kind) {
    if (this.#item.edits.has(TYPE) && !this.#item.isNew) return [];
    if (!this.#states.has(kind)) {
      this.#states.set(kind, []);
      void this.#actions.report(() => this.#readStates(kind));
    }
    return this.#states.get(kind);
  }

  async #readTypes() {
    const project = encodeURIComponent(this.#item.project.name);
    const [types, categories] = await Promise.all([
      callRest("GET", `${project}/_apis/wit/workitemtypes`),
      callRest("GET", `${project}/_apis/wit/workitemtypecategories`),
    ]);
    const hidden = categories.value.find((each) => each.referenceName === "Microsoft.HiddenCategory");
    const hiddenNames = new Set((hidden?.workItemTypes ?? []).map((each) => each.name));
    this.#types = types.value.filter((each) => !each.isDisabled && !hiddenNames.has(each.name)).map((each) => each.name);
    this.update();
  }

  async #readStates(kind) {
    const path = `${encodeURIComponent(this.#item.project.name)}/_apis/wit/workitemtypes/${encodeURIComponent(kind)}/states`;
    const { value } = await callRest("GET", path, { version: "7.1-preview.1" });
    this.#states.set(kind, value.map((state) => state.name));
    this.update();
  }

  #updateButtons() {
    const item = this.#item;
    const { save, refresh, remove, restore } = this.#buttons;
    save.hidden = this.#actions.isReadOnly();
    save.disabled = item.isSaving || !(item.isDirty || item.isNew);
    refresh.hidden = item.isNew;
    remove.hidden = item.isNew || item.isDeleted || !this.#actions.mayDelete;
    restore.hidden = !item.isDeleted || !this.#actions.mayDelete;
  }

  #updateStatus() {
    const item = this.#item;
    const parts = [];
    if (!item.isNew) parts.push(`Revision ${item.rev}`, `changed by ${item.savedValue("System.ChangedBy")}`);
    if (!item.isNew) parts.push(shortTime(item.savedValue("System.ChangedDate")));
    if (item.isSaving) parts.push("saving…");
    else if (item.isDirty) parts.push("not saved");
    const text = parts.filter(Boolean).join(" · ");
    if (this.#status.textContent !== text) this.#status.textContent = text;
  }

  #saveByKey(event) {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    if (!this.#buttons.save.disabled && !this.#buttons.save.hidden) void this.#actions.save();
  }
}
