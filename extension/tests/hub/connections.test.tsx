import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { makeConnection } from "../../dev/fake-node/fake-organization";
import { addMany, addSamples } from "../../dev/fake-node/samples";
import { expectAccessible } from "../axe";
import { button, findButton, renderHub, type HubPage } from "../hub-page";

const ADVENTURE = "fabrikam to Adventure Works";

function renderSamples(hash = "connections"): HubPage {
  const node = new FakeNode();
  addSamples(node);
  return renderHub({ node, hash });
}

async function choose({ user }: HubPage, row: string, action: string): Promise<void> {
  await user.click(await findButton(`More actions for ${row}`));
  await user.click(screen.getByRole("menuitem", { name: action }));
}

const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("tbody tr")];
const find = (page: HubPage, name: string) => page.node.fabrikam.connections.find((row) => row.name === name);

describe("the Connections tab", () => {
  it("explains itself and, while empty, has the link to create a connection", async () => {
    const { navigation, user } = renderHub({ hash: "connections" });
    expect(await screen.findByText("You do not have any connection defined yet.")).toBeTruthy();
    const line = "Connection defines synchronization behavior, including communication details, sync rules, and scope.";
    expect(screen.getByText(line)).toBeTruthy();
    await expectAccessible();
    await user.click(button("Create a new connection"));
    expect(navigation.hash).toBe("connections/initiate");
    expect(screen.getByRole("heading", { name: "Initiate connection" })).toBeTruthy();
  });

  it("lists connections in every state, with its columns", async () => {
    renderSamples();
    await findButton(ADVENTURE);
    const columns = within(screen.getByRole("table")).getAllByRole("columnheader").map((cell) => cell.textContent);
    expect(columns).toEqual([
      "Status",
      "Name",
      "Destination",
      "Type",
      "Mode",
      "Project",
      "Under sync",
      "Errors",
      "Last contact",
      "Actions",
    ]);
    for (const word of ["Active", "Pending", "Deactivated", "Blocked", "Paused by the partner", "Ended by the partner"]) {
      expect(within(screen.getByRole("table")).getAllByText(word).length).toBeGreaterThan(0);
    }
    expect(screen.getByText(/^The node of Wingtip has not answered since /)).toBeTruthy();
    await expectAccessible();
  });

  it("sorts by a column, once more the other way round", async () => {
    const page = renderSamples();
    await findButton(ADVENTURE);
    await page.user.click(button("Under sync"));
    await page.user.click(button("Under sync"));
    expect(rows()[0]?.textContent).toContain("Adventure Works");
    expect(screen.getByRole("columnheader", { name: "Under sync" }).getAttribute("aria-sort")).toBe("descending");
  });

  it("filters by text and status, and says when nothing matches", async () => {
    const page = renderSamples();
    await findButton(ADVENTURE);
    await page.user.type(screen.getByLabelText("Filter by text"), "wing");
    await waitFor(() => expect(rows()).toHaveLength(1));
    expect(screen.getByText("1 of 8 connections")).toBeTruthy();
    await page.user.selectOptions(screen.getByLabelText("Status"), "Pending");
    expect(await screen.findByText("No connection matches.")).toBeTruthy();
    await page.user.click(button("Clear the filter"));
    await waitFor(() => expect(rows()).toHaveLength(8));
  });

  it("shows all of 500 connections, read in pages", async () => {
    const node = new FakeNode();
    addMany(node, 500);
    renderHub({ node, hash: "connections" });
    expect(await screen.findByText("500 connections")).toBeTruthy();
    expect(rows()).toHaveLength(500);
    expect(node.log.filter((line) => line === "GET /connections").length).toBeGreaterThanOrEqual(3);
  });

  it("turns from Pending to Active without a refresh when the partner accepts", async () => {
    const node = new FakeNode();
    const pending = makeConnection(node.fabrikam);
    node.fabrikam.connections.push(pending);
    const { code } = node.invitations.issue(node.fabrikam, pending);
    renderHub({ node, hash: "connections" });
    await findButton("fabrikam to unknown");
    node.invitations.accept(code, node.contoso, "Beta");
    expect(await screen.findByRole("button", { name: "fabrikam to contoso" })).toBeTruthy();
    expect(within(screen.getByRole("table")).getByText("Active")).toBeTruthy();
  });

  it("keeps what it shows while the node is away, and recovers by itself", async () => {
    const page = renderSamples();
    await findButton(ADVENTURE);
    page.node.isDown = true;
    expect(await screen.findByText("The node does not answer.")).toBeTruthy();
    expect(screen.getByText(/may be out of date/)).toBeTruthy();
    expect(button(ADVENTURE)).toBeTruthy();
    await expectAccessible();
    page.node.isDown = false;
    await waitFor(() => expect(screen.queryByText("The node does not answer.")).toBeNull());
  });

  it("opens a connection by its address and says when it is gone", async () => {
    renderSamples("connections/nothing");
    expect(await screen.findByText("This connection does not exist any more.")).toBeTruthy();
  });
});

describe("the actions of a connection", () => {
  it("open by keyboard, and Esc gives the focus back", async () => {
    const page = renderSamples();
    const dots = await findButton(`More actions for ${ADVENTURE}`);
    dots.focus();
    await page.user.keyboard("{Enter}{ArrowDown}");
    expect(document.activeElement?.textContent).toBe("Deactivate");
    await expectAccessible();
    await page.user.keyboard("{Escape}");
    expect(document.activeElement).toBe(dots);
    expect(screen.queryByRole("menu")).toBeNull();
  });

  it("deactivate and activate it", async () => {
    const page = renderSamples();
    await choose(page, ADVENTURE, "Deactivate");
    await page.user.click(button("Deactivate"));
    await waitFor(() => expect(find(page, ADVENTURE)?.status).toBe("deactivated"));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(rows().find((row) => row.textContent.includes("Adventure"))?.textContent).toContain("Deactivated");
    await choose(page, ADVENTURE, "Activate");
    await page.user.click(button("Activate"));
    await waitFor(() => expect(find(page, ADVENTURE)?.status).toBe("active"));
  });

  it("do nothing to a connection that somebody else changed meanwhile, before the person has seen it", async () => {
    const page = renderSamples();
    await choose(page, ADVENTURE, "Deactivate");
    const id = find(page, ADVENTURE)?.id ?? "";
    page.node.fabrikam.update(id, { name: "Renamed" });
    await page.user.click(button("Deactivate"));
    expect(await screen.findByText(/Somebody else changed this connection meanwhile/)).toBeTruthy();
    expect(page.node.fabrikam.find(id)?.status).toBe("active");
    await expectAccessible();
    await page.user.click(button("Deactivate"));
    await waitFor(() => expect(page.node.fabrikam.find(id)?.status).toBe("deactivated"));
  });

  it("show the code of a pending one again", async () => {
    const page = renderSamples();
    await choose(page, "fabrikam to unknown", "Copy Invitation Code");
    expect((await screen.findByLabelText<HTMLTextAreaElement>("Invitation code")).value).toMatch(/^adn1\./);
    await expectAccessible();
  });

  it("replace the code", async () => {
    const page = renderSamples();
    const before = find(page, "fabrikam to unknown")?.invitation?.id;
    await choose(page, "fabrikam to unknown", "New invitation code");
    await page.user.click(button("New invitation code"));
    await screen.findByLabelText("Invitation code");
    expect(find(page, "fabrikam to unknown")?.invitation?.id).not.toBe(before);
  });

  it("revoke the invitation", async () => {
    const page = renderSamples();
    await choose(page, "fabrikam to unknown", "Revoke invitation");
    await page.user.click(button("Revoke invitation"));
    expect(await screen.findByText("Invitation revoked")).toBeTruthy();
  });

  it("delete it only after its name was typed, saying what stays and what goes", async () => {
    const page = renderSamples();
    await choose(page, ADVENTURE, "Delete connection");
    const dialog = screen.getByRole("dialog");
    for (const part of ["all work items on both sides", "the pairing of 1,284 work items", "2 work items in progress"]) {
      expect(dialog.textContent).toContain(part);
    }
    await expectAccessible();
    await page.user.click(within(dialog).getByRole("button", { name: "Delete connection" }));
    expect(find(page, ADVENTURE)).toBeTruthy();
    await page.user.type(screen.getByLabelText("Type its name to confirm"), ADVENTURE);
    await page.user.click(within(dialog).getByRole("button", { name: "Delete connection" }));
    await waitFor(() => expect(find(page, ADVENTURE)).toBeUndefined());
    await waitFor(() => expect(screen.queryByRole("button", { name: ADVENTURE })).toBeNull());
  });
});
