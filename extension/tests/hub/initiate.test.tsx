import { screen, waitFor } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { Refusal } from "../../dev/fake-node/messages";
import { expectAccessible } from "../axe";
import { button, findButton, renderHub } from "../hub-page";

async function open(user: UserEvent): Promise<void> {
  await user.click(await findButton("Initiate connection"));
}

async function toProject(user: UserEvent): Promise<void> {
  await open(user);
  await user.click(button("I don't have a URL"));
  await user.click(screen.getByRole("radio", { name: "Basic" }));
  await user.click(button("Next"));
}

async function toSummary(user: UserEvent): Promise<void> {
  await toProject(user);
  await user.type(await screen.findByLabelText("Select a project for the incoming sync"), "alp");
  await user.click(await screen.findByRole("option", { name: "Alpha" }));
  await user.click(button("Next"));
}

const isDisabled = (name: string): boolean => button(name).getAttribute("aria-disabled") === "true";
const field = (label: string): HTMLInputElement => screen.getByLabelText(label);

afterEach(() => vi.restoreAllMocks());

describe("initiating a private connection", () => {
  it("ends with a code to copy, and the connection is Pending", async () => {
    const { node, user } = renderHub({ hash: "connections" });
    await toSummary(user);
    expect(screen.getByText("Private: only the other node calls")).toBeTruthy();
    await expectAccessible();
    await user.click(button("Initiate"));
    const code = await screen.findByLabelText<HTMLTextAreaElement>("Invitation code");
    expect(code.value).toMatch(/^adn1\./);
    expect(screen.getByText("unknown", { selector: "dialog bdi" })).toBeTruthy();
    await expectAccessible();
    await user.click(button("Copy Invitation Code"));
    expect(await screen.findByText("Copied")).toBeTruthy();
    expect(await navigator.clipboard.readText()).toBe(code.value);
    await user.click(button("Done"));
    expect(node.fabrikam.connections).toHaveLength(1);
    expect(await screen.findByRole("button", { name: "fabrikam to unknown" })).toBeTruthy();
    expect(screen.getByText("Pending", { selector: ".status span" })).toBeTruthy();
  });

  it("selects the code where the browser blocks the clipboard", async () => {
    const { user } = renderHub({ hash: "connections" });
    await toSummary(user);
    await user.click(button("Initiate"));
    const code = await screen.findByLabelText<HTMLTextAreaElement>("Invitation code");
    vi.spyOn(navigator.clipboard, "writeText").mockRejectedValue(new DOMException("blocked", "NotAllowedError"));
    await user.click(button("Copy Invitation Code"));
    expect(await screen.findByText(/The code is selected/)).toBeTruthy();
    expect([code.selectionStart, code.selectionEnd]).toEqual([0, code.value.length]);
  });

  it("makes one connection even on a double click", async () => {
    const node = new FakeNode();
    node.latencyMilliseconds = 20;
    const { user } = renderHub({ node, hash: "connections" });
    await toSummary(user);
    await user.dblClick(button("Initiate"));
    await screen.findByLabelText("Invitation code");
    expect(node.log.filter((line) => line === "POST /connections")).toHaveLength(1);
  });

  it("makes one connection even when the answer was lost and it is asked again", async () => {
    const { node, user } = renderHub({ hash: "connections" });
    await toSummary(user);
    node.isDown = true;
    await user.click(button("Initiate"));
    expect((await screen.findAllByText("The node does not answer.")).length).toBeGreaterThan(0);
    node.isDown = false;
    await user.click(button("Initiate"));
    await screen.findByLabelText("Invitation code");
    expect(node.fabrikam.connections).toHaveLength(1);
  });

  it("offers Basic and says why the other modes can't be chosen", async () => {
    const { user } = renderHub({ hash: "connections" });
    await open(user);
    expect(screen.getByRole<HTMLInputElement>("radio", { name: "Basic" }).disabled).toBe(false);
    for (const name of ["Visual", "Script"]) {
      expect(screen.getByRole<HTMLInputElement>("radio", { name }).disabled).toBe(true);
    }
    expect(screen.getAllByText(/Not available yet/)).toHaveLength(2);
    expect(isDisabled("Next")).toBe(true);
    await expectAccessible();
  });

  it("keeps what was entered when going back", async () => {
    const { user } = renderHub({ hash: "connections" });
    await toSummary(user);
    await user.click(button("Back"));
    expect(field("Select a project for the incoming sync").value).toBe("Alpha");
    await user.click(button("Back"));
    expect(screen.getByRole<HTMLInputElement>("radio", { name: "Basic" }).checked).toBe(true);
    expect(button("I don't have a URL").getAttribute("aria-pressed")).toBe("true");
  });

  it("asks before it throws away what was entered, and Esc means keep", async () => {
    const { navigation, user } = renderHub({ hash: "connections" });
    await toProject(user);
    await user.keyboard("{Escape}");
    expect(await screen.findByText("Discard what you entered?")).toBeTruthy();
    await expectAccessible();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByText("Discard what you entered?")).toBeNull());
    expect(screen.getByLabelText("Select a project for the incoming sync")).toBeTruthy();
    await user.click(button("Close"));
    await user.click(button("Discard"));
    expect(navigation.hash).toBe("connections");
    expect(screen.queryByLabelText("Select a project for the incoming sync")).toBeNull();
  });

  it("loses nothing when the session ends in the middle of the form", async () => {
    const { node, user } = renderHub({ hash: "connections" });
    await toSummary(user);
    node.expireSessions();
    await user.click(button("Initiate"));
    expect(await screen.findByLabelText("Invitation code")).toBeTruthy();
    expect(node.fabrikam.connections).toHaveLength(1);
  });

  it("shows at once when the account can't see projects, with the way to General Settings", async () => {
    const node = new FakeNode();
    node.refuseNext(/GET \/projects/, new Refusal(422, "azure_devops_authentication", "401"));
    const { navigation, user } = renderHub({ node, hash: "connections" });
    await toProject(user);
    expect(await screen.findByText("Azure DevOps refuses the credential.")).toBeTruthy();
    await expectAccessible();
    await user.click(button("Open General Settings"));
    expect(navigation.hash).toBe("general-settings");
  });

  it("on a node that nobody can call leads to accepting instead", async () => {
    const { navigation, user } = renderHub({ organization: "contoso", hash: "connections" });
    await open(user);
    expect(await screen.findByText("The other side has to initiate this connection.")).toBeTruthy();
    await user.click(screen.getAllByRole("button", { name: "Accept invitation" }).at(-1) ?? document.body);
    expect(navigation.hash).toBe("connections/accept");
  });
});

describe("initiating with a URL", () => {
  it("tells of a wrong address beside the field", async () => {
    const { user } = renderHub({ hash: "connections" });
    await open(user);
    await user.type(field("Destination Instance URL"), "https://dev.azure.com/contoso");
    await user.tab();
    expect(await screen.findByText(/does not tell where its node is/)).toBeTruthy();
    expect(field("Destination Instance URL").getAttribute("aria-invalid")).toBe("true");
    await expectAccessible();
  });

  it("shows what the node says of the address beside the field, and lets it be corrected", async () => {
    const { user } = renderHub({ hash: "connections" });
    await open(user);
    await user.type(field("Destination Instance URL"), "https://10.0.0.1");
    await user.click(screen.getByRole("radio", { name: "Basic" }));
    await user.click(button("Next"));
    expect(await screen.findByText(/is a private address/)).toBeTruthy();
    await user.type(field("Destination Instance URL"), "/x");
    expect(screen.queryByText(/is a private address/)).toBeNull();
  });

  it("offers the way without a URL when the other node can't be reached", async () => {
    const { user } = renderHub({ hash: "connections" });
    await open(user);
    await user.type(field("Destination Instance URL"), "https://down.example.com");
    await user.click(screen.getByRole("radio", { name: "Basic" }));
    await user.click(button("Next"));
    expect(await screen.findByText("The other node can't be reached.")).toBeTruthy();
    await user.click(screen.getAllByRole("button", { name: "I don't have a URL" }).at(-1) ?? document.body);
    expect(screen.queryByLabelText("Destination Instance URL")).toBeNull();
  });

  it("hands over to the other organization's page without the code in the address", async () => {
    const { user } = renderHub({ hash: "connections" });
    await open(user);
    await user.type(field("Destination Instance URL"), "https://node.example.com");
    await user.click(screen.getByRole("radio", { name: "Basic" }));
    await user.click(button("Next"));
    await user.click(await screen.findByLabelText("Select a project for the incoming sync"));
    await user.click(await screen.findByRole("option", { name: "Beta" }));
    await user.click(button("Next"));
    await user.click(screen.getByRole("radio", { name: "Yes, I have admin access" }));
    expect(isDisabled("Next")).toBe(true);
    await user.type(field("Address of the other organization in Azure DevOps"), "https://dev.azure.com/contoso");
    await expectAccessible();
    await user.click(button("Next"));
    await user.click(button("Initiate"));
    const link = await screen.findByRole("link", { name: /Accept the invitation at the other organization/ });
    expect(link.getAttribute("href")).toBe(
      "https://dev.azure.com/contoso/_settings/idalko-tools.exalate.adnode#connections/accept",
    );
  });
});
