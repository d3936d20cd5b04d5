// Triggers.

const scene = (name, steps, state = "reset&samples&triggers") => ({ name, query: "", state, steps });
const triggers = (steps) => async (page, host) => {
  await host.open("triggers");
  await steps?.(page, host);
};
const shown = (text) => (page) => page.getByText(text).first().waitFor();
const button = (page, name) => page.getByRole("button", { name, exact: true });
const creating = (condition, wait) => async (page, host) => {
  await host.open("triggers/new");
  await page.getByLabel("Then sync with").selectOption({ index: 1 });
  await page.getByLabel("If", { exact: true }).fill(condition);
  await shown(wait)(page);
};
const menu = (row, item) =>
  triggers(async (page) => {
    await page.getByRole("button", { name: `More actions for ${row}` }).click();
    if (item) await page.getByRole("menuitem", { name: item, exact: true }).click();
  });
const PARTNER = "[System.Tags] CONTAINS 'partner' AND [System.State] <> 'Closed'";

export const TRIGGER_SCENES = [
  scene("triggers-empty", triggers(shown("You do not have any trigger yet")), "reset&samples"),
  scene("triggers", triggers(shown("Agreed with the partner"))),
  scene("triggers-loading", triggers(), "reset&samples&triggers&latency=3000"),
  scene("triggers-menu", menu(PARTNER)),
  scene("triggers-create", creating("[System.Tags] CONTAINS 'partner'", "128 work items match now")),
  scene("triggers-create-wrong", creating("[System.Id] > 1 ORDER BY [System.Id]", "ORDER BY at character 17")),
  scene("triggers-create-many", creating("[System.Id] > 20000", "20,000 work items or more")),
  scene("triggers-create-slow", creating("slow", "took too long")),
  scene(
    "triggers-edit",
    triggers(async (page) => {
      await button(page, PARTNER).click();
      await shown("128 work items match now")(page);
    }),
  ),
  scene("triggers-delete", menu(PARTNER, "Delete")),
  scene("triggers-deactivate", menu(PARTNER, "Deactivate")),
  scene(
    "triggers-bulk-exalate",
    async (page, host) => {
      await menu(PARTNER, "Bulk Exalate")(page, host);
      await shown("128 work items match now")(page);
    },
  ),
  scene(
    "triggers-bulk-unexalate",
    async (page, host) => {
      await menu(PARTNER, "Bulk Unexalate")(page, host);
      await shown("128 work items match now")(page);
    },
  ),
  scene("triggers-bulk-running", async (page, host) => {
    await menu(PARTNER, "Bulk Exalate")(page, host);
    await shown("128 work items match now")(page);
    await button(page, "Bulk Exalate").click();
    await page.getByText("Bulk work").scrollIntoViewIfNeeded();
  }),
];
