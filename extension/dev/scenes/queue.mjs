// The Sync Queue.

const scene = (name, steps, state = "reset&samples&queue") => ({ name, query: "", state, steps });
const queue = (steps) => async (page, host) => {
  await host.open("sync-queue");
  await page.getByRole("tablist", { name: "Queue" }).waitFor();
  await steps?.(page, host);
};
const shown = (text) => (page) => page.getByText(text).first().waitFor();
const firstEvent = (page) => page.getByRole("table", { name: "Events" }).getByRole("button", { name: /^3f2a/ }).first();

export const QUEUE_SCENES = [
  scene("queue-empty", queue(shown("Nothing is on its way.")), "reset"),
  scene("queue", queue(shown("1 to 50 of"))),
  scene(
    "queue-list",
    queue(async (page) => {
      await shown("1 to 50 of")(page);
      await page.getByRole("button", { name: "Pause refresh" }).click();
      await page.getByRole("columnheader", { name: "Status" }).getByRole("button").click();
      await page.getByRole("table", { name: "Events" }).scrollIntoViewIfNeeded();
    }),
  ),
  scene(
    "queue-event",
    queue(async (page) => {
      await firstEvent(page).click();
      await page.getByText("Replica as JSON").waitFor();
    }),
  ),
  scene(
    "queue-event-failed",
    queue(async (page) => {
      await page.getByRole("tab", { name: /Incoming sync/ }).click();
      await firstEvent(page).click();
      await page.getByText("Replica as JSON").waitFor();
    }),
  ),
  scene(
    "queue-cancel",
    queue(async (page) => {
      await firstEvent(page).click();
      await page.getByRole("button", { name: "Cancel event" }).click();
      await page.getByText("Keep it").waitFor();
    }),
  ),
  scene(
    "queue-chart-table",
    queue(async (page) => {
      await page.getByRole("button", { name: /^Table.*Events that wait/ }).click();
      await page.getByRole("slider", { name: /Age of the oldest/ }).focus();
    }),
  ),
  scene(
    "queue-nothing-matches",
    queue(async (page) => {
      await page.getByLabel("Work item, local or remote number").fill("777");
      await page.getByText("No event matches.").waitFor();
    }),
  ),
  scene(
    "queue-failing",
    queue(async (page, host) => {
      await shown("1 to 50 of")(page);
      await host.state("down=1");
      await page.getByText("The node does not answer.").first().waitFor({ timeout: 40_000 });
    }),
  ),
];
