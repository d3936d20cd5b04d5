import { element } from "./markup.js";
import { pageData, workItemAddress } from "./page-data.js";
import { callRest } from "./rest.js";
import { shortTime } from "./times.js";

const LOOK_MILLISECONDS = 3_000;
const MOST = 200;
const FIELDS = ["System.Id", "System.Title", "System.WorkItemType", "System.State", "System.ChangedBy", "System.ChangedDate"];
const HEADINGS = ["ID", "Title", "Type", "State", "Changed by", "Changed"];

const place = document.getElementById("list");
let shown = "";

async function readItems() {
  const query = "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project ORDER BY [System.ChangedDate] DESC";
  const project = encodeURIComponent(pageData.project.name);
  const found = await callRest("POST", `${project}/_apis/wit/wiql`, { query: { $top: MOST }, body: { query } });
  const ids = found.workItems.map((item) => item.id);
  if (ids.length === 0) return [];
  const body = { ids, fields: FIELDS, errorPolicy: "omit" };
  const { value } = await callRest("POST", `${project}/_apis/wit/workitemsbatch`, { body });
  return value.filter((item) => item !== null);
}

function makeRow({ id, fields }) {
  const kind = fields["System.WorkItemType"];
  const address = workItemAddress(pageData.project.name, id);
  return element(
    "tr",
    {},
    element("td", {}, String(id)),
    element("td", {}, element("a", { href: address }, fields["System.Title"])),
    element("td", {}, element("span", { class: "kind", "data-kind": kind }, kind)),
    element("td", {}, fields["System.State"]),
    element("td", {}, fields["System.ChangedBy"]?.displayName ?? ""),
    element("td", {}, shortTime(fields["System.ChangedDate"])),
  );
}

function show(items) {
  place.setAttribute("aria-busy", "false");
  const now = JSON.stringify(items);
  if (now === shown) return;
  shown = now;
  if (items.length === 0) {
    place.replaceChildren(element("p", { class: "quiet" }, "There are no work items yet."));
    return;
  }
  const head = element("tr", {}, HEADINGS.map((text) => element("th", { scope: "col" }, text)));
  const table = element("table", {}, element("thead", {}, head), element("tbody", {}, items.map(makeRow)));
  place.replaceChildren(element("div", { class: "table-place", tabindex: "0", role: "region", "aria-label": "Work items" }, table));
}

async function look() {
  try {
    if (!document.hidden) show(await readItems());
  } catch (error) {
    shown = "";
    place.replaceChildren(element("p", { role: "alert" }, error.message));
  }
  setTimeout(look, LOOK_MILLISECONDS);
}

void look();
