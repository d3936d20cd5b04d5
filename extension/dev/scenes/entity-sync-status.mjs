// Entity Sync Status.

const scene = (name, steps, state = "reset&samples&twins") => ({ name, query: "", state, steps });
const button = (page, name) => page.getByRole("button", { name, exact: true });
const shown = (text) => (page) => page.getByText(text).first().waitFor();
const tab = (steps) => async (page, host) => {
  await host.open("entity-sync-status");
  await steps?.(page, host);
};
const search = (text, steps) =>
  tab(async (page, host) => {
    await page.getByLabel("Work item key").fill(text);
    await button(page, "Search").click();
    await steps?.(page, host);
  });
const pair = (section, steps) =>
  tab(async (page, host) => {
    await page.getByRole("button", { name: "Print the answer 1", exact: true }).click();
    await button(page, "Sync now").waitFor();
    if (section) await page.getByRole("tab", { name: section }).click();
    await steps?.(page, host);
  });

export const TWIN_SCENES = [
  scene("status", tab(shown("1 to 50 of"))),
  scene("status-empty", tab(shown("Nothing is under sync yet.")), "reset"),
  scene("status-loading", tab(), "reset&latency=3000"),
  scene(
    "status-failing",
    tab(async (page, host) => {
      await shown("1 to 50 of")(page);
      await host.state("down=1");
      await page.getByText("The node does not answer.").first().waitFor({ timeout: 40_000 });
    }),
  ),
  scene(
    "status-no-match",
    tab(async (page) => {
      await page.getByLabel("Status", { exact: true }).selectOption("local_removed");
      await shown("No pair matches.")(page);
    }),
  ),
  scene("status-not-under-sync", search("#42", shown("This work item is not under sync."))),
  scene(
    "status-exalate",
    search("#42", async (page) => {
      await button(page, "Exalate").click();
    }),
  ),
  scene(
    "status-connect",
    search("#42", async (page) => {
      await button(page, "Connect").click();
    }),
  ),
  scene("status-not-found", search("77", shown("There is no work item 77"))),
  scene("status-remote", search("https://dev.azure.com/partner/_workitems/edit/8", shown("This work item of your partner"))),
  scene("status-no-title", search("somebody", shown("No pair has such a title."))),
  scene("status-foreign", search("https://example.com/_workitems/edit/8", shown("belongs neither"))),
  scene("status-pair", pair()),
  scene("status-pair-conflicts", pair("Conflicts")),
  scene("status-pair-restore", pair("Conflicts", (page) => button(page, "Use the other value").click())),
  scene("status-pair-history", pair("History", shown("1 to 20 of"))),
  scene("status-pair-traces", pair("Comments and files", shown("screenshot.png"))),
  scene("status-pair-replicas", pair("Replicas")),
  scene("status-pair-unexalate", pair("", (page) => button(page, "Unexalate").click())),
  scene(
    "status-pair-failed",
    tab(async (page) => {
      await page.getByRole("button", { name: /too long 3$/ }).click();
      await button(page, "Retry").waitFor();
    }),
  ),
];
