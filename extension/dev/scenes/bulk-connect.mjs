// Bulk Connect and Clean-up Tools.

const scene = (name, hash, steps, state = "reset&samples") => ({
  name,
  query: "",
  state,
  steps: async (page, host) => {
    await host.open(hash);
    await steps?.(page, host);
  },
});
const button = (page, name) => page.getByRole("button", { name, exact: true });
const choose = async (page) => {
  const buffer = Buffer.from("local_work_item_id;remote_work_item_id\n1;11\n");
  await page.getByLabel("CSV file of pairs").setInputFiles({ name: "pairs.csv", mimeType: "text/csv", buffer });
};
const preview = (choice) => async (page) => {
  await page.getByRole("radio", { name: choice }).check();
  await button(page, "Show what would go").click();
  await page.getByRole("dialog").waitFor();
};

export const BULK_CONNECT_SCENES = [
  scene("bulk-connect", "bulk-connect", (page) => page.getByText("Drop a CSV file here, or").waitFor()),
  scene("bulk-connect-empty", "bulk-connect", (page) => page.getByText("There is no connection yet").waitFor(), "reset"),
  scene("bulk-connect-checked", "bulk-connect", async (page) => {
    await choose(page);
    await page.getByText("All 300 rows can be connected.").waitFor();
  }),
  scene(
    "bulk-connect-wrong",
    "bulk-connect",
    async (page) => {
      await choose(page);
      await page.getByText("300 of 305 rows can be connected.").waitFor();
    },
    "reset&samples&wrong",
  ),
  scene("bulk-connect-running", "bulk-connect", async (page) => {
    await choose(page);
    await button(page, "Connect 300 pairs").click();
    await page.getByRole("article").first().waitFor();
  }),
  scene("clean-up", "clean-up-tools", (page) => page.getByText("Show what would go").waitFor()),
  scene("clean-up-preview", "clean-up-tools", preview("By connection")),
  scene("clean-up-orphans", "clean-up-tools", preview("Everything"), "reset&samples&orphans"),
  scene("clean-up-done", "clean-up-tools", async (page) => {
    await preview("By connection")(page);
    await page.getByLabel("Type its name to confirm").fill("fabrikam to Adventure Works");
    await page.getByRole("button", { name: /^Forget/ }).click();
    await page.getByRole("article").first().waitFor();
  }),
];
