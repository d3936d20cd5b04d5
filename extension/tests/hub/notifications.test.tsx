import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { makeDelivery, makeSubscriber } from "../../dev/fake-node/fake-notifications";
import { makeConnection } from "../../dev/fake-node/fake-organization";
import { Refusal } from "../../dev/fake-node/messages";
import {
  findFlaw,
  formOf,
  keepsPassword,
  readForm,
  withSecurity,
} from "../../src/hub/exalate-notifications/mail-server-form";
import { expectAccessible } from "../axe";
import { button, findButton, renderHub } from "../hub-page";

const hash = "exalate-notifications";

function filled(): FakeNode {
  const node = new FakeNode();
  node.notifications.addSamples();
  return node;
}

async function openMenu(user: ReturnType<typeof renderHub>["user"], address: string, item: string): Promise<void> {
  await user.click(await findButton(`More actions for ${address}`));
  await user.click(screen.getByRole("menuitem", { name: item }));
}

describe("Exalate Notifications", () => {
  it("say that there is no mail server and nobody is told yet", async () => {
    renderHub({ hash });
    expect(await screen.findByText("No mail server is configured.")).toBeTruthy();
    expect(screen.getByText("Nobody is told about errors yet.")).toBeTruthy();
    expect(await screen.findByText("Nothing was told yet.")).toBeTruthy();
    await expectAccessible();
  });

  it("list who is told, what fails and what was told", async () => {
    renderHub({ node: filled(), hash });
    const people = within(await screen.findByRole("table", { name: "Who is told" }));
    expect(people.getAllByRole("row")).toHaveLength(4);
    expect(people.getByText("Failing")).toBeTruthy();
    expect(people.getByText("Unsubscribed")).toBeTruthy();
    const told = within(await screen.findByRole("table", { name: "Recent deliveries" }));
    expect(told.getByText("1,000 errors")).toBeTruthy();
    expect(screen.getByText("1 to 4 of 4 deliveries")).toBeTruthy();
    expect(screen.getByText("by a link in every mail")).toBeTruthy();
    await expectAccessible();
  });

  it("say how to unsubscribe from a node without an address", async () => {
    const node = filled();
    node.notifications.canUnsubscribe = false;
    renderHub({ node, hash });
    expect(await screen.findByText(/by asking an administrator/)).toBeTruthy();
  });

  it("try and save a mail server", async () => {
    const { node, user } = renderHub({ hash });
    await user.click(await findButton("Configure mail server"));
    expect(button("Save").getAttribute("aria-disabled")).toBe("true");
    await user.type(screen.getByLabelText("Host"), "smtp.example.com");
    await user.type(screen.getByLabelText("Sender's address"), "exalate@example.com");
    await user.type(screen.getByLabelText("User"), "robot");
    expect(button("Save").getAttribute("aria-disabled")).toBe("true");
    await user.type(screen.getByLabelText("Password"), "geheim");
    await user.type(screen.getByLabelText("Send a test mail to"), "nobody@example.com");
    await user.click(button("Test"));
    expect(await screen.findByText("The test did not arrive.")).toBeTruthy();
    const steps = within(screen.getByRole("list", { name: "Steps of the test" })).getAllByRole("listitem");
    expect(steps[5]?.textContent).toMatch(/^Failed: Recipient acceptedThe server refused/);
    await expectAccessible();
    await user.clear(screen.getByLabelText("Send a test mail to"));
    await user.type(screen.getByLabelText("Send a test mail to"), "ada@example.com");
    await user.click(button("Test"));
    expect(await screen.findByText("The mail server took the test mail.")).toBeTruthy();
    await user.click(button("Save"));
    expect(await screen.findByText("smtp.example.com, port 587")).toBeTruthy();
    expect(node.notifications.server?.has_password).toBe(true);
  });

  it("stay usable while a mail server hangs, and say which step hung", async () => {
    const { user } = renderHub({ hash: `${hash}/mail-server` });
    await user.type(await screen.findByLabelText("Host"), "slow.example.com");
    await user.type(screen.getByLabelText("Sender's address"), "exalate@example.com");
    await user.type(screen.getByLabelText("Send a test mail to"), "ada@example.com");
    await user.click(button("Test"));
    expect(await screen.findByText(/slow.example.com, port 587 did not answer in time/)).toBeTruthy();
    await user.click(button("Close"));
    await user.click(await findButton("Discard"));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("show what the node refuses beside its field", async () => {
    const node = filled();
    const errors = [{ field: "sender_address", message: "This is no e-mail address." }];
    node.refuseNext(/PUT/, new Refusal(422, "validation", "", { errors }));
    const { user } = renderHub({ node, hash });
    await user.click(await findButton("Change or test"));
    await user.click(button("Save"));
    expect(await screen.findByText("This is no e-mail address.")).toBeTruthy();
  });

  it("tell who was faster", async () => {
    const node = filled();
    const { user } = renderHub({ node, hash });
    await user.click(await findButton("Change or test"));
    node.refuseNext(/PUT/, new Refusal(412, "precondition_failed", ""));
    await user.click(button("Save"));
    expect(await screen.findByText("Somebody else changed this meanwhile.")).toBeTruthy();
  });

  it("remove the mail server after a question", async () => {
    const { node, user } = renderHub({ node: filled(), hash });
    await user.click(await findButton("Remove"));
    await expectAccessible();
    await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Remove" }));
    expect(await screen.findByText("No mail server is configured.")).toBeTruthy();
    expect(node.notifications.server).toBeNull();
  });

  it("add an address for some connections and impacts", async () => {
    const node = new FakeNode();
    node.fabrikam.connections.push(makeConnection(node.fabrikam, { id: "c-1", name: "To Contoso" }));
    const { user, navigation } = renderHub({ node, hash });
    await user.click(await findButton("Add"));
    await waitFor(() => expect(navigation.hash).toBe(`${hash}/add`));
    expect(screen.getByText(/Without a mail server, mails wait/)).toBeTruthy();
    await user.type(screen.getByLabelText("E-mail address"), "ada@example.com");
    await user.click(screen.getByLabelText("Warnings"));
    await user.click(screen.getByLabelText("Node"));
    await user.click(screen.getByLabelText("Only some connections"));
    await user.click(await screen.findByLabelText("To Contoso"));
    await user.click(screen.getByRole("radio", { name: "Hourly" }));
    await expectAccessible();
    const dialog = within(screen.getByRole("dialog"));
    await user.click(dialog.getByRole("button", { name: "Add" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(node.notifications.subscribers[0]).toMatchObject({
      address: "ada@example.com",
      impacts: ["work_item", "connection", "trigger", "warning"],
      connection_ids: ["c-1"],
      digest: "hourly",
    });
  });

  it("add a webhook, refuse one inside a private network, and show the secret once", async () => {
    const { node, user } = renderHub({ hash: `${hash}/add` });
    await user.click(await screen.findByRole("radio", { name: "Webhook" }));
    const field = screen.getByLabelText("Address of the webhook");
    await user.type(field, "https://169.254.169.254/latest");
    const dialog = within(screen.getByRole("dialog"));
    await user.click(dialog.getByRole("button", { name: "Add" }));
    expect(await screen.findByText(/inside a private network/)).toBeTruthy();
    await user.clear(field);
    await user.type(field, "https://hooks.example.com/x");
    await user.click(dialog.getByRole("button", { name: "Add" }));
    expect(await screen.findByDisplayValue(/^whsec_/)).toBeTruthy();
    await expectAccessible();
    await user.click(button("Close"));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(node.notifications.subscribers).toHaveLength(1);
  });

  it("send only what was changed", async () => {
    const { node, user } = renderHub({ node: filled(), hash: `${hash}/s-1` });
    await user.click(await screen.findByRole("radio", { name: "Daily" }));
    await user.click(button("Save"));
    await waitFor(() => expect(node.notifications.subscribers[0]?.digest).toBe("daily"));
    expect(node.log.filter((line) => line.startsWith("PATCH"))).toEqual(["PATCH /notifications/subscribers/s-1"]);
  });

  it("test, pause and remove who is told", async () => {
    const { node, user } = renderHub({ node: filled(), hash });
    await openMenu(user, "ada@example.com", "Send test");
    await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Send test" }));
    expect(await screen.findByText("The test was taken.")).toBeTruthy();
    await expectAccessible();
    await user.click(button("Close"));
    await openMenu(user, "ada@example.com", "Pause");
    expect(await screen.findByText("Paused")).toBeTruthy();
    await openMenu(user, "ada@example.com", "Activate");
    await waitFor(() => expect(screen.queryByText("Paused")).toBeNull());
    await openMenu(user, "ada@example.com", "Remove");
    await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Remove" }));
    await waitFor(() => expect(node.notifications.subscribers.map(({ id }) => id)).toEqual(["s-2", "s-3"]));
  });

  it("make a new secret for a webhook only", async () => {
    const { user } = renderHub({ node: filled(), hash });
    await user.click(await findButton("More actions for ada@example.com"));
    expect(screen.queryByRole("menuitem", { name: "New secret" })).toBeNull();
    await user.keyboard("{Escape}");
    await openMenu(user, "https://hooks.example.com/workflows/1f7a/triggers/manual", "New secret");
    await user.click(button("Make new secret"));
    expect(await screen.findByDisplayValue(/^whsec_AAAA/)).toBeTruthy();
  });

  it("filter deliveries and send again what failed", async () => {
    const { node, user } = renderHub({ node: filled(), hash });
    await user.selectOptions(await screen.findByLabelText("Status"), "failed");
    await user.click(await findButton("Send again"));
    expect(await screen.findByText("There is none of this status.")).toBeTruthy();
    expect(node.notifications.deliveries.find(({ id }) => id === "d-2")?.status).toBe("waiting");
  });

  it("show deliveries page by page", async () => {
    const node = filled();
    node.notifications.deliveries = Array.from({ length: 25 }, (_, number) => makeDelivery(`d-${number}`));
    const { user } = renderHub({ node, hash });
    expect(await screen.findByText("1 to 20 of 25 deliveries")).toBeTruthy();
    await user.click(button("Next"));
    expect(await screen.findByText("21 to 25 of 25 deliveries")).toBeTruthy();
  });

  it("say when an entry is gone, and when the node fails", async () => {
    const node = filled();
    node.refuseNext(/GET .*mail-server/, new Refusal(500, "internal", ""));
    const { user } = renderHub({ node, hash: `${hash}/gone` });
    expect(await screen.findByText("Something failed inside the node.")).toBeTruthy();
    await user.click(button("Retry"));
    expect(await screen.findByText("This entry does not exist any more.")).toBeTruthy();
  });

  it("show names as text, whatever they contain", async () => {
    const node = filled();
    node.notifications.subscribers = [makeSubscriber("s-9", { address: "<img src=x onerror=alert(1)>@example.com" })];
    renderHub({ node, hash });
    expect(await screen.findByText("<img src=x onerror=alert(1)>@example.com")).toBeTruthy();
  });
});

describe("the form of the mail server", () => {
  const stored = {
    host: "smtp.example.com",
    port: 587,
    security: "starttls",
    sender_address: "a@example.com",
    sender_name: "",
    user: "robot",
    has_password: true,
  } as const;

  it("keeps the stored password for the same place only", () => {
    const form = formOf(stored);
    expect(keepsPassword({ ...form, host: "SMTP.example.com ", sender_name: "x" }, stored)).toBe(true);
    for (const change of [{ host: "evil.example" }, { port: "25" }, { security: "tls" as const }, { user: "other" }]) {
      expect(keepsPassword({ ...form, ...change }, stored)).toBe(false);
      expect(readForm({ ...form, ...change }, stored)).toBeNull();
    }
    expect(readForm(form, stored)?.password).toBeNull();
  });

  it("moves the port along with the security unless it is unusual", () => {
    expect(withSecurity(formOf(null), "tls").port).toBe("465");
    expect(withSecurity({ ...formOf(null), port: "2525" }, "tls").port).toBe("2525");
  });

  it("sends no password in the clear", () => {
    expect(findFlaw("user", { ...formOf(stored), security: "none" })).toMatch(/read on its way/);
    expect(readForm({ ...formOf(stored), security: "none", password: "x" }, stored)).toBeNull();
  });
});
