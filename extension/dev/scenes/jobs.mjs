// Cards of jobs, where Triggers shows them.

const jobs = (name, steps) => ({
  name: `jobs${name}`,
  query: "",
  state: "reset&samples&triggers&jobs",
  steps: async (page, host) => {
    await host.open("triggers");
    await page.getByRole("heading", { name: "Bulk work" }).waitFor();
    await page.getByText("2,755 of 10,000").scrollIntoViewIfNeeded();
    await steps?.(page);
  },
});
const card = (page, title) => page.getByRole("article", { name: title });

export const JOB_SCENES = [
  jobs(""),
  jobs("-cancel", (page) =>
    card(page, "Bulk Unexalate: closed ones").getByRole("button", { name: "Cancel", exact: true }).click(),
  ),
  jobs("-rows", async (page) => {
    await page.getByRole("button", { name: "Show what failed" }).first().click();
    await page.getByText("1 to 50 of 120").waitFor();
  }),
  jobs("-last", (page) => card(page, "Bulk Exalate: [Custom.Partner] = 'contoso'").scrollIntoViewIfNeeded()),
];
