// The Proposals view of the Connections tab, and what a connection lets the partner do.

const scene = (name, hash, steps, state = "reset&samples&proposals") => ({
  name: `proposals-${name}`,
  query: "",
  state,
  steps: async (page, host) => {
    await host.open(hash);
    await steps(page, host);
  },
});
const button = (page, name) => page.getByRole("button", { name, exact: true });
const shown = (text) => (page) => page.getByText(text).first().waitFor();

export const PROPOSAL_SCENES = [
  scene("rows", "connections", shown("3 proposals to decide")),
  scene("empty", "connections/proposals", shown("No proposal."), "reset&samples"),
  scene("list", "connections/proposals", shown("1 to 4 of 4 proposals")),
  scene("one", "connections/proposals", async (page) => {
    await button(page, "Work item 12 and 901 of the partner").first().click();
    await shown("Login fails after the update")(page);
  }),
  scene("many", "connections/proposals", async (page) => {
    await button(page, "60 pairs").click();
    await shown("1 to 50 of 60 pairs")(page);
  }),
  scene("decline", "connections/proposals", async (page) => {
    await button(page, "Work item 12 and 901 of the partner").first().click();
    await button(page, "Decline").click();
    await page.getByLabel("Note for the partner (optional)").fill("Not ours to share.");
  }),
  scene("consent", "connections", async (page) => {
    await button(page, "fabrikam to Adventure Works").click();
    await page.getByLabel("Which").selectOption("query");
    await page.getByLabel("Unexalate").scrollIntoViewIfNeeded();
  }),
];
