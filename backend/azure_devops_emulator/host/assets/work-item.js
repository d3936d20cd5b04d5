import { pageData } from "./page-data.js";
import { callRest, RestError } from "./rest.js";

export const TITLE = "System.Title";
export const TYPE = "System.WorkItemType";
export const STATE = "System.State";
export const ASSIGNED_TO = "System.AssignedTo";
export const DESCRIPTION = "System.Description";
const REPRODUCTION_STEPS = "Microsoft.VSTS.TCM.ReproSteps";
const CONFLICT_STATUSES = [409, 412];
const NAMES = { [TITLE]: "title", [TYPE]: "type", [STATE]: "state", [ASSIGNED_TO]: "assignment" };

/** What a field holds as a plain value: people by name, nothing as "". */
export function plain(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? (value.displayName ?? "") : value;
}

/** A work item that is being edited: what the server has, what the person has changed, and where both collide. */
export class WorkItem extends EventTarget {
  constructor({ id, type }) {
    super();
    this.id = id;
    this.rev = 0;
    this.project = pageData.project;
    this.fields = { [TYPE]: type };
    this.formats = {};
    this.relations = [];
    this.isDeleted = false;
    this.edits = new Map();
    this.editedFormat = null;
    this.conflicts = new Set();
    this.isSaving = false;
  }

  get isNew() {
    return this.id === 0;
  }

  get isDirty() {
    return this.edits.size > 0 || this.editedFormat !== null;
  }

  get path() {
    return `${encodeURIComponent(this.project.name)}/_apis/wit/workitems`;
  }

  /** The form of a bug shows the steps to reproduce it as its description. */
  get descriptionField() {
    return this.fields[TYPE] === "Bug" ? REPRODUCTION_STEPS : DESCRIPTION;
  }

  get descriptionFormat() {
    return this.editedFormat ?? this.formats[this.descriptionField] ?? "html";
  }

  value(name) {
    return this.edits.has(name) ? this.edits.get(name) : plain(this.fields[name]);
  }

  savedValue(name) {
    return plain(this.fields[name]);
  }

  edit(name, value) {
    if (value === this.savedValue(name)) this.edits.delete(name);
    else this.edits.set(name, value);
    if (!this.edits.has(name)) this.conflicts.delete(name);
    this.#tell("edited", { changes: { [name]: value } });
  }

  editFormat(format) {
    this.editedFormat = format === (this.formats[this.descriptionField] ?? "html") ? null : format;
    this.#tell("edited", { changes: {} });
  }

  async load() {
    if (this.isNew) await this.#readTemplate();
    else this.#take(await this.#read());
    this.#tell("changed");
  }

  /** Looks whether the server has a newer revision and takes it over; edits of the person stay. */
  async look() {
    if (this.isNew || this.isSaving) return;
    const { rev, isDeleted } = await this.#readRevision();
    if (this.isSaving || (rev === this.rev && isDeleted === this.isDeleted)) return;
    this.#merge(await this.#read());
    this.#tell("changed");
  }

  async refresh() {
    await this.load();
    this.#tell("refreshed");
  }

  reset() {
    this.#drop([...this.edits.keys()]);
    this.editedFormat = null;
    this.#tell("changed");
    this.#tell("reset");
  }

  /** Saves the edits. Raises RestError; a conflict is also kept in `conflicts`. */
  async save() {
    if (this.isSaving) return;
    this.isSaving = true;
    this.#tell("saving");
    const sent = new Map(this.edits);
    const sentFormat = this.editedFormat;
    try {
      const saved = await this.#write();
      // What was typed while the answer was on its way is still to be saved.
      for (const [name, value] of sent) {
        if (this.edits.get(name) === value) this.edits.delete(name);
      }
      if (this.editedFormat === sentFormat) this.editedFormat = null;
      this.conflicts.clear();
      this.#take(saved);
    } finally {
      this.isSaving = false;
      this.#tell("changed");
    }
    this.#tell("saved");
  }

  /** Puts the person's edits on top of what the server has now. */
  keepMine() {
    this.conflicts.clear();
    this.#tell("changed");
  }

  /** Gives up the edits that collide. */
  takeTheirs() {
    this.#drop([...this.conflicts]);
    this.#tell("changed");
  }

  conflictNames() {
    return [...this.conflicts].map((name) => NAMES[name] ?? "description");
  }

  async change(operations) {
    await callRest("PATCH", `${this.path}/${this.id}`, {
      body: [{ op: "test", path: "/rev", value: this.rev }, ...operations],
    });
    await this.look();
  }

  async remove() {
    await callRest("DELETE", `${this.path}/${this.id}`);
    await this.look();
  }

  async restore() {
    const path = `${encodeURIComponent(this.project.name)}/_apis/wit/recyclebin/${this.id}`;
    await callRest("PATCH", path, { body: { isDeleted: false }, version: "7.1-preview.2" });
    await this.look();
  }

  async #write() {
    if (this.conflicts.size > 0) throw new RestError(412, "Settle the conflict first.");
    const operations = this.#operations();
    try {
      if (this.isNew) {
        return await callRest("POST", `${this.path}/$${encodeURIComponent(this.value(TYPE))}`, { body: operations });
      }
      const test = { op: "test", path: "/rev", value: this.rev };
      return await callRest("PATCH", `${this.path}/${this.id}`, { body: [test, ...operations] });
    } catch (error) {
      if (CONFLICT_STATUSES.includes(error.status)) this.#merge(await this.#read());
      throw error;
    }
  }

  #operations() {
    const operations = [];
    for (const [name, value] of this.edits) {
      if (this.isNew && name === TYPE) continue;
      operations.push({ op: "add", path: `/fields/${name}`, value });
    }
    if (this.editedFormat !== null) {
      const name = this.descriptionField;
      if (!this.edits.has(name)) operations.push({ op: "add", path: `/fields/${name}`, value: this.value(name) });
      operations.push({ op: "add", path: `/multilineFieldsFormat/${name}`, value: this.editedFormat });
    }
    return operations;
  }

  async #readTemplate() {
    const template = await callRest("GET", `${this.path}/$${encodeURIComponent(this.value(TYPE))}`);
    this.fields = { ...template.fields, [TYPE]: this.fields[TYPE] };
  }

  async #readRevision() {
    try {
      const { rev } = await callRest("GET", `_apis/wit/workitems/${this.id}`, { query: { fields: "System.Rev" } });
      return { rev, isDeleted: false };
    } catch (error) {
      if (error.status === 404 && this.project) return { rev: this.rev, isDeleted: true };
      throw error;
    }
  }

  async #read() {
    try {
      const query = { $expand: "all" };
      const document = await callRest("GET", `_apis/wit/workitems/${this.id}`, { query });
      return { ...document, isDeleted: false };
    } catch (error) {
      if (error.status !== 404) throw error;
      return this.#readDeleted(error);
    }
  }

  async #readDeleted(missing) {
    for (const project of this.project ? [this.project] : pageData.projects) {
      try {
        const path = `${encodeURIComponent(project.name)}/_apis/wit/recyclebin/${this.id}`;
        const { resource } = await callRest("GET", path, { version: "7.1-preview.2" });
        return { ...resource, id: this.id, isDeleted: true };
      } catch (error) {
        if (error.status !== 404) throw error;
      }
    }
    throw missing;
  }

  #take(document) {
    this.id = document.id;
    this.rev = document.rev ?? this.rev;
    this.fields = { ...(document.fields ?? this.fields), "System.Id": this.id, "System.Rev": this.rev };
    this.formats = document.multilineFieldsFormat ?? {};
    this.isDeleted = document.isDeleted ?? false;
    if (!this.isDeleted) this.relations = document.relations ?? [];
    const name = this.fields["System.TeamProject"];
    this.project = pageData.projects.find((project) => project.name === name) ?? this.project;
  }

  #merge(document) {
    for (const name of this.edits.keys()) {
      const theirs = plain(document.fields?.[name]);
      if (theirs === this.value(name)) this.edits.delete(name);
      else if (theirs !== this.savedValue(name)) this.conflicts.add(name);
    }
    this.#take(document);
  }

  #drop(names) {
    for (const name of names) {
      this.edits.delete(name);
      this.conflicts.delete(name);
    }
  }

  #tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
