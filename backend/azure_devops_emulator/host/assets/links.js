import { element } from "./markup.js";
import { pageData } from "./page-data.js";

const WEB_LINK = "Hyperlink";
const ITEM_LINK = /\/_apis\/wit\/workitems\/(\d+)$/i;

/** The links of a work item, to be followed only. */
export class Links {
  #item;
  #list = element("ul", { class: "row-list" });
  #empty = element("p", { class: "quiet" }, "No links.");

  constructor(item) {
    this.#item = item;
    this.root = element("section", { class: "group", "aria-label": "Links" }, element("h2", {}, "Links"), this.#empty, this.#list);
  }

  update() {
    const rows = this.#item.relations.map(makeRow).filter((row) => row !== null);
    this.#empty.hidden = rows.length > 0;
    this.#list.replaceChildren(...rows);
  }
}

function makeRow({ rel, url, attributes }) {
  const number = ITEM_LINK.exec(url)?.[1];
  if (rel !== WEB_LINK && !number) return null;
  const isWeb = /^https?:/i.test(url);
  const address = number ? `${pageData.base}/_workitems/edit/${number}` : isWeb ? url : null;
  const text = number ? `Work item ${number}` : url;
  return element(
    "li",
    {},
    element("span", { class: "quiet" }, attributes?.name ?? rel),
    element("a", { class: "name", href: address, rel: "noopener" }, text),
    attributes?.comment && element("span", { class: "quiet" }, attributes.comment),
  );
}
