// The Errors tab, the number in the menu, and the notice.

const scene = (name, hash, steps, state = "reset&samples&errors") => ({
  name: `errors-${name}`,
  query: "",
  state,
  steps: async (page, host) => {
    await host.open(hash);
    await steps(page, host);
  },
});
const button = (page, name) => page.getByRole("button", { name, exact: true });
const shown = (text) => (page) => page.getByText(text).first().waitFor();

export const ERROR_SCENES = [
  scene("empty", "errors", shown("Nothing needs you."), "reset&samples"),
  scene("groups", "errors", shown("1 to 6 of 6 causes")),
  scene("one-impact", "errors", async (page) => {
    await page.getByRole("tab", { name: /^Connection/ }).click();
    await shown("1 to 1 of 1 causes")(page);
  }),
  scene("group", "errors/cause/cause-rule", shown("1 to 50 of 1,200 errors")),
  scene("nothing-matches", "errors", async (page) => {
    await page.getByLabel("Search in messages").fill("nothing like it");
    await shown("No error matches.")(page);
  }),
  scene("history", "errors", async (page) => {
    await page.getByLabel("Show").selectOption("history");
    await shown("1 to 2 of 2 causes")(page);
  }),
  scene("details", "errors/rule-42", async (page) => {
    await button(page, "Technical details").click();
    await button(page, "Copy").waitFor();
  }),
  scene("details-partner", "errors/there", shown("On the partner's side (Adventure Works)")),
  scene("details-retrying", "errors/rule-7", async (page) => {
    await button(page, "Retry").click();
    await shown("It is being tried again.")(page);
  }),
  scene("details-closed", "errors/retried", shown("Closed after a retry")),
  scene("retry-all", "errors", async (page) => {
    await shown("1 to 6 of 6 causes")(page);
    await button(page, "Retry all").first().click();
    await page.getByRole("dialog").waitFor();
  }),
  scene("resolve", "errors/rule-42", async (page) => {
    await button(page, "Resolve").click();
    await page.getByRole("dialog").getByRole("button", { name: "Resolve" }).click();
    await shown("Write down why.")(page);
  }),
  scene("row-menu", "errors", async (page) => {
    await page.getByRole("button", { name: /^Actions for: The other node/ }).click();
    await page.getByRole("menuitem", { name: "Resolve" }).waitFor();
  }),
  scene("failing", "errors", async (page, host) => {
    await shown("1 to 6 of 6 causes")(page);
    await host.state("down=1");
    await page.getByText("The node does not answer.").first().waitFor({ timeout: 40_000 });
  }),
  scene("notice-elsewhere", "connections", shown("This node can't work as it should.")),
];
