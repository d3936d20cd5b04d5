import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { Refusal } from "../../dev/fake-node/messages";
import { addSamples } from "../../dev/fake-node/samples";
import type { Connection } from "../../src/common/api/types";
import { expectAccessible } from "../axe";
import { button, renderHub, type HubPage } from "../hub-page";

interface Opened extends HubPage {
  readonly current: () => Connection | undefined;
}

async function openDetails(name = "fabrikam to Adventure Works"): Promise<Opened> {
  const node = new FakeNode();
  addSamples(node);
  const id = node.fabrikam.connections.find((row) => row.name === name)?.id ?? "";
  const page = renderHub({ node, hash: `connections/${id}` });
  await screen.findByLabelText("Project for incoming sync");
  return { ...page, current: () => node.fabrikam.find(id) };
}

const name = (): HTMLInputElement => screen.getByLabelText("Name");
const retype = async ({ user }: HubPage, field: HTMLElement, text: string): Promise<void> => {
  await user.clear(field);
  await user.type(field, text);
};

describe("the details of a connection", () => {
  it("show how it is", async () => {
    await openDetails();
    const state = screen.getByLabelText("State");
    for (const shown of ["Adventure Works", "Private, initiated by this side", "1,284 work items", "3 errors open"]) {
      expect(state.textContent).toContain(shown);
    }
    await expectAccessible();
  });

  it("rename it, describe it and move it to another project, sending only what changed", async () => {
    const page = await openDetails();
    await retype(page, name(), "Support");
    await page.user.click(screen.getByLabelText("Project for incoming sync"));
    await page.user.click(await screen.findByRole("option", { name: "Gamma" }));
    await page.user.click(button("Save"));
    expect(await screen.findByText("Saved")).toBeTruthy();
    expect(page.current()).toMatchObject({ name: "Support", project: "Gamma", description: "Support tickets of the first line" });
  });

  it("tell the second of two people, and nothing is overwritten or lost", async () => {
    const page = await openDetails();
    await retype(page, screen.getByLabelText("Description"), "Mine");
    page.node.fabrikam.update(page.current()?.id ?? "", { name: "Theirs", description: "Of the other person" });
    await page.user.click(button("Save"));
    expect(await screen.findByText(/Somebody else changed this connection while you were editing/)).toBeTruthy();
    expect(screen.queryByText("Somebody else changed this meanwhile.")).toBeNull();
    expect(page.current()?.description).toBe("Of the other person");
    expect(screen.getByLabelText<HTMLTextAreaElement>("Description").value).toBe("Mine");
    await expectAccessible();
    await page.user.click(button("Keep mine"));
    await page.user.click(button("Save"));
    await screen.findByText("Saved");
    expect(page.current()?.description).toBe("Mine");
  });

  it("show a change by somebody else while nothing was typed", async () => {
    const page = await openDetails();
    page.node.fabrikam.update(page.current()?.id ?? "", { name: "Theirs" });
    await waitFor(() => expect(name().value).toBe("Theirs"));
  });

  it("show beside the field what the node refuses", async () => {
    const page = await openDetails();
    await retype(page, name(), "fabrikam to Wingtip");
    await page.user.click(button("Save"));
    expect(await screen.findByText(/Another connection has this name/)).toBeTruthy();
    expect(name().getAttribute("aria-invalid")).toBe("true");
  });

  it("keep what was typed while the node is away", async () => {
    const page = await openDetails();
    await retype(page, name(), "Half");
    page.node.refuseNext(/PATCH/, new Refusal(503, "unavailable", ""));
    await page.user.click(button("Save"));
    await page.user.click(await screen.findByRole("button", { name: "Retry" }));
    await screen.findByText("Saved");
    expect(page.current()?.name).toBe("Half");
  });

  it("ask before they throw away what was typed", async () => {
    const page = await openDetails();
    await retype(page, name(), "Half");
    await page.user.keyboard("{Escape}");
    await page.user.click(await screen.findByRole("button", { name: "Keep editing" }));
    expect(name().value).toBe("Half");
  });

  it("do not save a connection without a name", async () => {
    const page = await openDetails();
    await page.user.clear(name());
    expect(screen.getByText("Enter a name.")).toBeTruthy();
    expect(button("Save").getAttribute("aria-disabled")).toBe("true");
  });

  it("show who did what, when asked", async () => {
    const page = await openDetails();
    await page.user.click(button("Audit trail"));
    const trail = screen.getByLabelText("Audit trail");
    expect(await within(trail).findByText("Initiated")).toBeTruthy();
    expect(trail.textContent).toContain("by Ada Lovelace");
    await expectAccessible();
  });

  it("pair the nodes anew", async () => {
    const page = await openDetails();
    await page.user.click(button("Re-pair"));
    await page.user.click(screen.getAllByRole("button", { name: "Re-pair" }).at(-1) ?? document.body);
    expect((await screen.findByLabelText<HTMLTextAreaElement>("Invitation code")).value).toMatch(/^adn1\./);
    expect(page.current()?.status).toBe("active");
  });

  it("of a pending one say how long the invitation is open, and that work items have to wait", async () => {
    await openDetails("fabrikam to unknown");
    expect(screen.getByText(/^Open for 72 hours/)).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Exalate work item" })).toBeNull();
    await expectAccessible();
  });
});
