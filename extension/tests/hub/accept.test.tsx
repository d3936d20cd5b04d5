import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { makeConnection } from "../../dev/fake-node/fake-organization";
import { finishSync } from "../../dev/fake-node/fake-work-items";
import { Refusal } from "../../dev/fake-node/messages";
import { expectAccessible } from "../axe";
import { button, renderHub, type HubPage } from "../hub-page";

interface Invited extends HubPage {
  readonly code: string;
}

/** contoso's administrator with fabrikam's code in hand. */
function renderInvited(): Invited {
  const node = new FakeNode();
  const pending = makeConnection(node.fabrikam);
  node.fabrikam.connections.push(pending);
  const { code } = node.invitations.issue(node.fabrikam, pending);
  return { ...renderHub({ node, organization: "contoso", hash: "connections/accept" }), code };
}

const paste = async ({ user }: HubPage, text: string): Promise<void> => {
  await user.click(await screen.findByLabelText("Paste the invitation code"));
  await user.paste(text);
};

async function toOffer(page: Invited): Promise<void> {
  await paste(page, page.code);
  await page.user.click(button("Next"));
  await screen.findByLabelText("Select a project for the incoming sync");
}

async function accept(page: Invited): Promise<void> {
  await toOffer(page);
  await page.user.click(screen.getByLabelText("Select a project for the incoming sync"));
  await page.user.click(await screen.findByRole("option", { name: "Beta" }));
  await page.user.click(button("Confirm"));
  await screen.findByText("Congratulations! The connection is set up.");
}

const isDisabled = (name: string): boolean => button(name).getAttribute("aria-disabled") === "true";

describe("accepting an invitation", () => {
  it("shows who invites before anything is stored, and then sets the connection up on both sides", async () => {
    const page = renderInvited();
    await toOffer(page);
    const offer = screen.getByLabelText("Who invites");
    expect(offer.textContent).toContain("fabrikam invites contoso");
    for (const shown of ["node.fabrikam.example", "Private", "Basic", "b7d4 0e55 19aa"]) {
      expect(offer.textContent).toContain(shown);
    }
    expect(page.node.contoso.connections).toEqual([]);
    await expectAccessible();
    await page.user.click(screen.getByLabelText("Select a project for the incoming sync"));
    await page.user.click(await screen.findByRole("option", { name: "Beta" }));
    await page.user.click(button("Confirm"));
    await screen.findByText("Congratulations! The connection is set up.");
    await expectAccessible();
    expect(page.node.contoso.connections[0]).toMatchObject({ status: "active", project: "Beta" });
    expect(page.node.fabrikam.connections[0]).toMatchObject({ status: "active", name: "fabrikam to contoso" });
  });

  it("names a bad paste at once, without asking the node", async () => {
    const page = renderInvited();
    await paste(page, page.code.slice(0, -4));
    expect(await screen.findByText(/The end of the code is missing/)).toBeTruthy();
    expect(isDisabled("Next")).toBe(true);
    await expectAccessible();
    expect(page.node.log).not.toContain("POST /invitations/inspection");
    await page.user.clear(screen.getByLabelText("Paste the invitation code"));
    await paste(page, `\n${page.code}\n`);
    expect(isDisabled("Next")).toBe(false);
  });

  it.each([
    ["invitation_used", 409, "This invitation was used already."],
    ["invitation_revoked", 410, "This invitation was taken back."],
    ["invitation_expired", 410, "This invitation has expired."],
    ["peer_unreachable", 502, "The other node can't be reached."],
  ])("has its own words for %s, and the code stays", async (code, status, words) => {
    const page = renderInvited();
    page.node.refuseNext(/inspection/, new Refusal(status, code, "Why."));
    await paste(page, page.code);
    await page.user.click(button("Next"));
    expect(await screen.findByText(words)).toBeTruthy();
    expect(screen.getByLabelText<HTMLTextAreaElement>("Paste the invitation code").value).toBe(page.code);
    expect(screen.queryByRole("button", { name: "Retry" }) !== null).toBe(code === "peer_unreachable");
    await expectAccessible();
  });

  it("keeps the project when going back", async () => {
    const page = renderInvited();
    await toOffer(page);
    await page.user.click(screen.getByLabelText("Select a project for the incoming sync"));
    await page.user.click(await screen.findByRole("option", { name: "Gamma" }));
    await page.user.click(button("Back"));
    await page.user.click(button("Next"));
    expect(screen.getByLabelText<HTMLInputElement>("Select a project for the incoming sync").value).toBe("Gamma");
    expect(page.node.log.filter((line) => line.endsWith("inspection"))).toHaveLength(1);
  });

  it("can be repeated when the answer to Confirm was lost", async () => {
    const page = renderInvited();
    await toOffer(page);
    await page.user.click(screen.getByLabelText("Select a project for the incoming sync"));
    await page.user.click(await screen.findByRole("option", { name: "Beta" }));
    page.node.refuseNext(/acceptance/, new Refusal(503, "peer_unreachable", "It did not answer."));
    await page.user.click(button("Confirm"));
    await page.user.click(await screen.findByRole("button", { name: "Retry" }));
    expect(await screen.findByText("Congratulations! The connection is set up.")).toBeTruthy();
  });
});

describe("the first sync", () => {
  it("is followed live until both work items are there to be opened", async () => {
    const page = renderInvited();
    await accept(page);
    await page.user.type(screen.getByLabelText("Work item key"), "12{Enter}");
    expect(await screen.findByText("In Progress")).toBeTruthy();
    finishSync(page.node.contoso);
    expect(await screen.findByText("Synchronized")).toBeTruthy();
    const links = screen.getAllByRole("link", { name: /opens in a new window/ }).map((link) => link.getAttribute("href"));
    expect(links).toContain("https://tfs.contoso.example/DefaultCollection/_workitems/edit/12");
    expect(links).toContain("https://dev.azure.com/contoso/_workitems/edit/107");
    await expectAccessible();
  });

  it.each([
    ["abc", /Enter the number of a work item/],
    ["999", /Work item 999 can't be read/],
  ])("says beside the field what is wrong with %s", async (key, message) => {
    const page = renderInvited();
    await accept(page);
    await page.user.type(screen.getByLabelText("Work item key"), key);
    await page.user.click(button("Exalate"));
    expect(await screen.findByText(message)).toBeTruthy();
    await page.user.type(screen.getByLabelText("Work item key"), "0");
    await waitFor(() => expect(screen.queryByText(message)).toBeNull());
  });
});
