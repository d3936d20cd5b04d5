// License Details and the dashboard.

const scene = (name, steps, state) => ({ name, query: "", state, steps });
const license = (steps) => async (page, host) => {
  await host.open("license-details");
  await steps?.(page, host);
};
const start = (steps) => async (page, host) => {
  await host.open("getting-started");
  await steps?.(page, host);
};
const shown = (text) => (page) => page.getByText(text).first().waitFor();

export const USAGE_SCENES = [
  scene("license-no-limit", license(shown("No limit")), "reset&samples&usage=0"),
  scene("license-empty", license(shown("No pair has been made yet")), "reset"),
  scene("license-limit", license(shown("30 work items wait")), "reset&samples&usage=400"),
  scene(
    "license-failing",
    license(async (page, host) => {
      await shown("No limit")(page);
      await host.state("down=1");
      await page.getByText("The node does not answer.").first().waitFor({ timeout: 40_000 });
    }),
    "reset&samples&usage=0",
  ),
  scene(
    "license-table",
    license(async (page) => {
      await shown("Usage")(page);
      await page.getByRole("button", { name: /^Table/ }).first().click();
    }),
    "reset&samples&usage=0",
  ),
  scene("dashboard-empty", start(shown("Nothing has been synchronized yet")), "reset"),
  scene("dashboard", start(shown("Speed")), "reset&samples&usage=0"),
  scene(
    "dashboard-weeks",
    start(async (page) => {
      await page.getByRole("tab", { name: "12 weeks" }).click();
      await page.getByText("Speed").scrollIntoViewIfNeeded();
    }),
    "reset&samples&usage=400",
  ),
  scene(
    "dashboard-speed",
    start(async (page) => {
      await shown("Speed")(page);
      await page.getByText("Slowest connections").scrollIntoViewIfNeeded();
    }),
    "reset&samples&usage=0",
  ),
];
