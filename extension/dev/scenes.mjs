// What there is to look at: how the node is, what the host page is asked for, and the way to the state.
import { ERROR_SCENES } from "./scenes/errors.mjs";
import { BULK_CONNECT_SCENES } from "./scenes/bulk-connect.mjs";
import { JOB_SCENES } from "./scenes/jobs.mjs";
import { PROPOSAL_SCENES } from "./scenes/proposals.mjs";
import { QUEUE_SCENES } from "./scenes/queue.mjs";
import { TWIN_SCENES } from "./scenes/entity-sync-status.mjs";
import { TRIGGER_SCENES } from "./scenes/triggers.mjs";
import { USAGE_SCENES } from "./scenes/usage.mjs";
import { NOTIFICATION_SCENES } from "./scenes/notifications.mjs";

const open = (name, steps, query = "", state = "reset&samples") => ({ name, query, state, steps });
const button = (page, name) => page.getByRole("button", { name, exact: true });

async function toProject(page, code) {
  await button(page, "Initiate connection").click();
  if (code) await button(page, "I don't have a URL").click();
  else await page.getByLabel("Destination Instance URL").fill("https://node.example.com");
  await page.getByRole("radio", { name: "Basic" }).check();
  await button(page, "Next").click();
}

async function toSummary(page, code = true) {
  await toProject(page, code);
  await page.getByLabel("Select a project for the incoming sync").fill("alp");
  await page.getByRole("option", { name: "Alpha" }).click();
  await button(page, "Next").click();
}

async function readCode(page) {
  await toSummary(page);
  await button(page, "Initiate").click();
  return page.getByLabel("Invitation code", { exact: true }).inputValue();
}

async function toOffer(page, host) {
  const code = await readCode(page);
  await host.goto(`${host.origin}/host?organization=contoso&${host.query}#connections/accept`);
  await page.getByLabel("Paste the invitation code").fill(code);
  await button(page, "Next").click();
  await page.getByText("invites").waitFor();
}

async function accept(page, host) {
  await toOffer(page, host);
  await page.getByLabel("Select a project for the incoming sync").click();
  await page.getByRole("option", { name: "Beta" }).click();
  await button(page, "Confirm").click();
  await page.getByText("Congratulations!").waitFor();
}

const at = (hash) => async (page, host) => host.open(hash);
const connections = (steps) => async (page, host) => {
  await host.open("connections");
  await steps(page, host);
};
const details = (steps) =>
  connections(async (page, host) => {
    await page.getByRole("button", { name: "fabrikam to Adventure Works", exact: true }).click();
    await page.getByLabel("Project for incoming sync").waitFor();
    await steps?.(page, host);
  });
const rowMenu = (row, item) =>
  connections(async (page) => {
    await page.getByRole("button", { name: `More actions for ${row}` }).click();
    if (item) await page.getByRole("menuitem", { name: item }).click();
  });

export const SCENES = [
  ...NOTIFICATION_SCENES,
  ...PROPOSAL_SCENES,
  ...ERROR_SCENES,
  ...BULK_CONNECT_SCENES,
  ...USAGE_SCENES,
  ...TRIGGER_SCENES,
  ...JOB_SCENES,
  ...TWIN_SCENES,
  ...QUEUE_SCENES,
  open("getting-started", at("getting-started")),
  open("connections-empty", at("connections"), "", "reset"),
  open("connections", connections((page) => page.getByText("Proseware").first().waitFor())),
  open("connections-500", connections((page) => page.getByText("500 connections").waitFor()), "", "reset&rows=500"),
  open("connections-loading", at("connections"), "", "reset&latency=3000"),
  open("connections-failing", async (page, host) => {
    await host.open("connections");
    await page.getByText("Proseware").first().waitFor();
    await host.state("down=1");
    await page.getByText("The node does not answer.").waitFor();
  }),
  open("node-down", (page) => page.getByText("The node does not answer.").waitFor(), "", "reset&down=1"),
  open("no-permission", (page) => page.getByText("You can't use this page.").waitFor(), "role=reader"),
  open("row-menu", rowMenu("fabrikam to Adventure Works")),
  open("row-menu-pending", rowMenu("fabrikam to unknown")),
  open("copy-code", rowMenu("fabrikam to unknown", "Copy Invitation Code")),
  open("revoke", rowMenu("fabrikam to unknown", "Revoke invitation")),
  open("delete", rowMenu("fabrikam to Adventure Works", "Delete connection")),
  open("exalate-panel", rowMenu("fabrikam to Adventure Works", "Exalate work item")),
  open("details", details()),
  open("details-audit", details((page) => button(page, "Audit trail").click())),
  open("details-conflict", details(async (page, host) => {
    await page.getByLabel("Name", { exact: true }).fill("My own name");
    await host.state("rename=fabrikam+to+Adventure+Works&to=Their+name");
    await page.getByText("Somebody else changed").waitFor();
  })),
  open("details-discard", details(async (page) => {
    await page.getByLabel("Description").fill("half");
    await page.keyboard.press("Escape");
    await page.getByText("Discard what you entered?").waitFor();
  })),
  open("initiate", connections((page) => button(page, "Initiate connection").click())),
  open("initiate-bad-url", connections(async (page) => {
    await button(page, "Initiate connection").click();
    await page.getByLabel("Destination Instance URL").fill("https://dev.azure.com/contoso");
    await page.keyboard.press("Tab");
  })),
  open("initiate-unreachable", connections(async (page) => {
    await button(page, "Initiate connection").click();
    await page.getByLabel("Destination Instance URL").fill("https://down.example.com");
    await page.getByRole("radio", { name: "Basic" }).check();
    await button(page, "Next").click();
    await page.getByText("can't be reached").waitFor();
  })),
  open("initiate-without-url", connections(async (page) => {
    await button(page, "Initiate connection").click();
    await button(page, "I don't have a URL").click();
  })),
  open("initiate-project", connections(async (page) => {
    await toProject(page, true);
    await page.getByLabel("Select a project for the incoming sync").fill("2");
    await page.getByRole("option").first().waitFor();
  }), "", "reset&projects=300"),
  open("initiate-no-credential", connections((page) => toProject(page, true)), "", "reset&credential=none"),
  open("initiate-access", connections(async (page) => {
    await toSummary(page, false);
    await page.getByRole("radio", { name: "Yes, I have admin access" }).check();
  })),
  open("initiate-summary", connections((page) => toSummary(page))),
  open("initiate-code", connections(async (page) => {
    await readCode(page);
    await button(page, "Copy Invitation Code").click();
    await page.waitForTimeout(200);
  })),
  open("initiate-private-node", connections((page) => button(page, "Initiate connection").click()), "organization=contoso"),
  open("accept", connections((page) => button(page, "Accept invitation").click())),
  open("accept-bad", connections(async (page) => {
    await button(page, "Accept invitation").click();
    await page.getByLabel("Paste the invitation code").fill("adn1.eyJ1cmwiOiJodHRw");
  })),
  open("accept-offer", connections(toOffer)),
  open("accept-done", connections(accept)),
  open("accept-first-sync", connections(async (page, host) => {
    await accept(page, host);
    await page.getByLabel("Work item key").fill("12");
    await button(page, "Exalate").click();
    await page.getByText("Synchronized").waitFor();
  })),
  open("settings", at("general-settings")),
  open("settings-configure", async (page, host) => {
    await host.open("general-settings");
    await button(page, "Configure").click();
    await page.getByLabel("Personal access token").last().fill("a token");
    await button(page, "Test").click();
    await page.getByText("may do all it needs").waitFor();
  }),
  open("settings-principal", async (page, host) => {
    await host.open("general-settings");
    await button(page, "Configure").click();
    await page.getByRole("radio", { name: "Service principal with a secret" }).check();
    await page.getByLabel("Directory (tenant) id").fill("nonsense");
    await page.keyboard.press("Tab");
  }),
  open("settings-disconnect", async (page, host) => {
    await host.open("general-settings");
    await button(page, "Disconnect organization").click();
  }),
  open("panel-failed", (page) => button(page, "Retry").waitFor(), "page=work-item-panel&item=12"),
  open("panel-not-yet", (page) => page.getByText("not under sync").waitFor(), "page=work-item-panel&item=42"),
  open("panel-connect", (page) => button(page, "Connect").click(), "page=work-item-panel&item=42"),
  open("panel-unexalate", (page) => button(page, "Unexalate").click(), "page=work-item-panel&item=12"),
  open("panel-reader", (page) => page.getByText("you need the right").waitFor(), "page=work-item-panel&item=42&role=reader"),
  open("panel-no-connections", (page) => page.getByText("has no connection yet").waitFor(), "page=work-item-panel&item=42", "reset"),
  open("panel-new", (page) => page.getByText("Save this work item first").waitFor(), "page=work-item-panel&new"),
];
