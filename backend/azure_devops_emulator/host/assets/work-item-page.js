import { pageData, workItemAddress } from "./page-data.js";
import { WorkItemForm } from "./work-item-form.js";
import { WorkItem } from "./work-item.js";
import { element } from "./markup.js";

const LOOK_MILLISECONDS = 2_000;
const place = document.getElementById("form");
const item = new WorkItem(pageData.item);

async function start() {
  try {
    await item.load();
  } catch (error) {
    place.replaceChildren(element("div", { class: "message-page", role: "alert" }, element("p", {}, error.message)));
    return;
  }
  const form = new WorkItemForm(place, item);
  await form.open();
  item.addEventListener("saved", () => {
    const address = workItemAddress(item.project.name, item.id);
    if (window.location.pathname !== address) window.history.replaceState(null, "", address);
  });
  window.addEventListener("beforeunload", (event) => {
    if (item.isDirty) event.preventDefault();
  });
  setTimeout(() => void look(form), LOOK_MILLISECONDS);
}

async function look(form) {
  if (!document.hidden) await form.look();
  setTimeout(() => void look(form), LOOK_MILLISECONDS);
}

void start();
