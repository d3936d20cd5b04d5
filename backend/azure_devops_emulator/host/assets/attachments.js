import { ask } from "./dialogs.js";
import { button, element } from "./markup.js";
import { callRest } from "./rest.js";

const ATTACHED = "AttachedFile";
const UNITS = ["bytes", "kB", "MB", "GB"];

/** Stores a file with the organization; resolves to its address. */
export async function uploadFile(file) {
  const { url } = await callRest("POST", "_apis/wit/attachments", { query: { fileName: file.name }, file });
  return url;
}

/** The files of a work item. */
export class Attachments {
  #item;
  #mayWrite;
  #report;
  #list = element("ul", { class: "row-list" });
  #empty = element("p", { class: "quiet" }, "No attachments.");

  constructor(item, { mayWrite, report }) {
    this.#item = item;
    this.#mayWrite = mayWrite;
    this.#report = report;
    const head = element("div", { class: "group-head" }, element("h2", {}, "Attachments"), mayWrite && this.#makeChoice());
    this.root = element("section", { class: "group", "aria-label": "Attachments" }, head, this.#empty, this.#list);
  }

  update() {
    const files = this.#item.relations.map((relation, index) => ({ relation, index })).filter(({ relation }) => relation.rel === ATTACHED);
    this.#empty.hidden = files.length > 0;
    this.#list.replaceChildren(...files.map((file) => this.#makeRow(file)));
  }

  #makeChoice() {
    const input = element("input", { type: "file", multiple: true, "aria-label": "Add attachment" });
    input.addEventListener("change", async () => {
      const files = [...input.files];
      input.value = "";
      await this.#report(async () => {
        for (const file of files) await this.#add(file);
      });
    });
    return element("label", { class: "button file-choice" }, "Add attachment", input);
  }

  async #add(file) {
    const url = await uploadFile(file);
    await this.#item.change([
      { op: "add", path: "/relations/-", value: { rel: ATTACHED, url, attributes: { name: file.name } } },
    ]);
  }

  #makeRow({ relation, index }) {
    const name = relation.attributes?.name ?? "attachment";
    const address = new URL(relation.url);
    address.searchParams.set("fileName", name);
    address.searchParams.set("download", "true");
    const remove = this.#mayWrite && button("Remove", () => this.#remove(name, index), {
      "aria-label": `Remove ${name}`,
      class: "button subtle",
    });
    return element(
      "li",
      {},
      element("a", { class: "name", href: address.href, download: name }, name),
      element("span", { class: "quiet" }, describeSize(relation.attributes?.resourceSize)),
      remove,
    );
  }

  async #remove(name, index) {
    if (!(await ask("Remove attachment", `${name} is removed from this work item.`, "Remove"))) return;
    await this.#report(() => this.#item.change([{ op: "remove", path: `/relations/${index}` }]));
  }
}

function describeSize(bytes) {
  if (bytes === undefined) return "";
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit]}`;
}
