import { element } from "./markup.js";
import { callRest } from "./rest.js";
import { shortTime } from "./times.js";
import { plain } from "./work-item.js";

const QUIET_FIELDS = new Set([
  "System.Rev", "System.AuthorizedDate", "System.RevisedDate", "System.ChangedDate", "System.Watermark",
  "System.AuthorizedAs", "System.ChangedBy", "System.PersonId", "System.Id", "System.AreaId", "System.IterationId",
  "System.NodeName", "System.CommentCount", "Microsoft.VSTS.Common.StateChangeDate",
]);
const COMMENT = "System.History";
const LONGEST = 200;

/** Who changed what and when; read only while it is open. */
export class History {
  #item;
  #report;
  #list = element("ol", { class: "history" });
  #rev = -1;

  constructor(item, report) {
    this.#item = item;
    this.#report = report;
    this.root = element("details", { class: "group" }, element("summary", {}, "History"), this.#list);
    this.root.addEventListener("toggle", () => this.#report(() => this.update()));
  }

  async update() {
    if (!this.root.open || this.#item.isNew || this.#item.isDeleted || this.#rev === this.#item.rev) return;
    this.#rev = this.#item.rev;
    const { value } = await callRest("GET", `${this.#item.path}/${this.#item.id}/updates`);
    this.#list.replaceChildren(...value.reverse().map(makeEntry));
  }
}

function makeEntry({ rev, revisedBy, revisedDate, fields = {}, relations = {} }) {
  const when = fields["System.ChangedDate"]?.newValue ?? revisedDate;
  const changes = Object.entries(fields).filter(isWorthShowing).flatMap(makeFieldChange);
  return element(
    "li",
    {},
    element("strong", {}, revisedBy?.displayName ?? ""),
    element("span", { class: "quiet" }, ` ${shortTime(when)} · revision ${rev}`),
    element("dl", {}, changes, Object.entries(relations).flatMap(makeRelationChange)),
  );
}

// A comment stands in the history of its own revision; the next one only says that it is over.
function isWorthShowing([name, { newValue }]) {
  return !QUIET_FIELDS.has(name) && (name !== COMMENT || newValue !== undefined);
}

function makeFieldChange([name, { oldValue, newValue }]) {
  const before = shorten(plain(oldValue));
  const after = shorten(plain(newValue));
  const both = [before && element("del", {}, before), before && after && " ", after && element("ins", {}, after)];
  return [element("dt", {}, name), element("dd", {}, both)];
}

function makeRelationChange([kind, relations]) {
  return relations.flatMap((relation) => [
    element("dt", {}, `Link ${kind}`),
    element("dd", {}, relation.attributes?.name ?? relation.url),
  ]);
}

function shorten(value) {
  const text = String(value).replace(/<[^>]*>/g, " ").trim();
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
