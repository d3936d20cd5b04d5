// Exalate Notifications in every state.
const TAB = "exalate-notifications";
const FILLED = "reset&samples&notifications";

const scene = (name, hash, steps, state = FILLED) => ({
  name,
  query: "",
  state,
  steps: async (page, host) => {
    await host.open(hash);
    await steps(page, host);
  },
});
const shown = (text) => (page) => page.getByText(text).first().waitFor();

async function fillServer(page, recipient) {
  await page.getByLabel("Send a test mail to").fill(recipient);
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByRole("list", { name: "Steps of the test" }).scrollIntoViewIfNeeded();
}

async function menu(page, address, item) {
  await page.getByRole("button", { name: `More actions for ${address}` }).click();
  if (item) await page.getByRole("menuitem", { name: item }).click();
}

export const NOTIFICATION_SCENES = [
  scene("notifications-empty", TAB, shown("Nothing was told yet"), "reset"),
  scene("notifications", TAB, shown("1,000 errors")),
  scene("notifications-deliveries", TAB, (page) => page.getByText("Cancelled").last().scrollIntoViewIfNeeded()),
  scene("notifications-server", `${TAB}/mail-server`, (page) => page.getByLabel("Host").waitFor()),
  scene("notifications-server-tested", `${TAB}/mail-server`, (page) => fillServer(page, "ada@example.com")),
  scene("notifications-server-refused", `${TAB}/mail-server`, (page) => fillServer(page, "nobody@example.com")),
  scene("notifications-add", `${TAB}/add`, (page) => page.getByLabel("E-mail address").waitFor(), "reset&samples"),
  scene("notifications-webhook", `${TAB}/add`, async (page) => {
    await page.getByRole("radio", { name: "Webhook" }).check();
    await page.getByLabel("Address of the webhook").fill("https://10.0.0.1/x");
    await page.getByLabel("Only some connections").check();
    await page.locator(".connection-choice input").first().check();
    await page.getByRole("button", { name: "Add", exact: true }).last().click();
    await page.getByText("inside a private network").waitFor();
  }),
  scene("notifications-secret", `${TAB}/add`, async (page) => {
    await page.getByRole("radio", { name: "Webhook" }).check();
    await page.getByLabel("Address of the webhook").fill("https://hooks.example.com/x");
    await page.getByRole("button", { name: "Add", exact: true }).last().click();
    await page.getByText("It is shown this once.").waitFor();
  }),
  scene("notifications-menu", TAB, (page) => menu(page, "ada@example.com")),
  scene("notifications-remove", TAB, (page) => menu(page, "ada@example.com", "Remove")),
  scene("notifications-test", TAB, async (page) => {
    await menu(page, "https://hooks.example.com/workflows/1f7a/triggers/manual", "Send test");
    await page.getByRole("button", { name: "Send test" }).click();
    await page.getByText("The test did not arrive.").waitFor();
  }),
];
