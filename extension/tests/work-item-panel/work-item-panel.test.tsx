import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { fetchFrom } from "../../dev/fake-node/fake-fetch";
import { FakeNode } from "../../dev/fake-node/fake-node";
import type { Role } from "../../dev/fake-node/fake-organization";
import { finishSync } from "../../dev/fake-node/fake-work-items";
import { Refusal } from "../../dev/fake-node/messages";
import { addSamples } from "../../dev/fake-node/samples";
import { PanelApi } from "../../src/common/api/panel-api";
import { SessionKeeper } from "../../src/common/api/session";
import { ShownWorkItem } from "../../src/work-item-panel/shown-work-item";
import { stopWhenThrough } from "../../src/work-item-panel/unexalation";
import { WorkItemPanel } from "../../src/work-item-panel/work-item-panel";
import { expectAccessible } from "../axe";
import { API_URL, button, fakeHost, findButton } from "../hub-page";

interface PanelPage {
  readonly node: FakeNode;
  readonly shown: ShownWorkItem;
  readonly user: UserEvent;
}

function renderPanel(workItemId: number | null, role: Role = "contributor", node = new FakeNode()): PanelPage {
  const host = fakeHost(node.fabrikam, role);
  const keeper = new SessionKeeper(fetchFrom(node), API_URL, host, "panel");
  const api = new PanelApi((path, options) => keeper.call(path, options), () => host.getAccessToken());
  const shown = new ShownWorkItem();
  shown.show(workItemId);
  render(<WorkItemPanel api={api} shown={shown} />);
  return { node, shown, user: userEvent.setup({ delay: null }) };
}

function withSamples(): FakeNode {
  const node = new FakeNode();
  addSamples(node);
  return node;
}

describe("the work item panel", () => {
  it("shows the counterpart, when it was synchronized, and why it stopped", async () => {
    renderPanel(12, "contributor", withSamples());
    expect(await screen.findByText("Failed")).toBeTruthy();
    const link = screen.getByRole("link", { name: /Adventure Works 907/ });
    expect(link.getAttribute("href")).toBe("https://dev.azure.com/adventure/_workitems/edit/907");
    expect(screen.getByText(/Last synchronized 8 minutes ago/)).toBeTruthy();
    expect(screen.getByText(/The field Severity of the type Bug/)).toBeTruthy();
    await expectAccessible();
  });

  it("retries what failed", async () => {
    const { user } = renderPanel(12, "contributor", withSamples());
    await user.click(await findButton("Retry"));
    expect(await screen.findByText("In Progress")).toBeTruthy();
  });

  it("puts the work item under sync and follows it", async () => {
    const { node, user } = renderPanel(42, "contributor", withSamples());
    await user.click(await findButton("Exalate"));
    await expectAccessible();
    await user.click(button("Exalate"));
    expect(await screen.findByText("In Progress")).toBeTruthy();
    finishSync(node.fabrikam);
    expect(await screen.findByText("Synchronized")).toBeTruthy();
  });

  it.each([
    ["Connect again", "connect"],
    ["Make a new one", "separate"],
  ])("asks before it doubles a known counterpart: %s", async (word, choice) => {
    const node = withSamples();
    node.fabrikam.formerPairs.set("42", "907");
    const { user } = renderPanel(42, "contributor", node);
    await user.click(await findButton("Exalate"));
    await user.click(button("Exalate"));
    expect(await screen.findByText(/was in sync with work item 907/)).toBeTruthy();
    expect(node.fabrikam.choices).toEqual([]);
    await expectAccessible();
    await user.click(button(word));
    expect(await screen.findByText("In Progress")).toBeTruthy();
    expect(node.fabrikam.choices).toEqual([choice]);
  });

  it.each([
    ["The other side's", "remote"],
    ["Leave both as they are", "both"],
  ])("links it with a work item that is there already, and asks whose content wins: %s", async (choice, content) => {
    const { node, user } = renderPanel(42, "contributor", withSamples());
    await user.click(await findButton("Connect"));
    await user.click(button("Connect"));
    expect(screen.getByText(/Enter the number of a work item/)).toBeTruthy();
    await user.type(screen.getByLabelText("Remote work item key"), "https://dev.azure.com/contoso/_workitems/edit/107");
    await user.click(screen.getByRole("radio", { name: choice }));
    await expectAccessible();
    await user.click(button("Connect"));
    expect(await screen.findByRole("link", { name: /107/ })).toBeTruthy();
    expect(node.log).toContain("POST /work-items/42/connect");
    expect(node.fabrikam.keptContents).toEqual([content]);
  });

  it("takes it out of sync after asking", async () => {
    const { node, user } = renderPanel(12, "contributor", withSamples());
    await user.click(await findButton("Unexalate"));
    expect(screen.getByText("Take this work item out of sync?")).toBeTruthy();
    expect(screen.getByRole<HTMLInputElement>("radio", { name: "Finish first" }).checked).toBe(true);
    await expectAccessible();
    await user.click(button("Unexalate"));
    expect(await screen.findByText("This work item is not under sync.")).toBeTruthy();
    expect(node.fabrikam.twins).toEqual([]);
  });

  it("waits for what is on its way before it ends the pair", async () => {
    const node = withSamples();
    node.refuseNext(/^DELETE/, new Refusal(409, "still_waiting", "Changes are on their way."));
    const { user } = renderPanel(12, "contributor", node);
    await user.click(await findButton("Unexalate"));
    await user.click(button("Unexalate"));
    expect(await screen.findByText(/Waiting until what is on its way is through/)).toBeTruthy();
    expect(await screen.findByText("This work item is not under sync.")).toBeTruthy();
  });

  it("follows the form to another work item", async () => {
    const { shown } = renderPanel(12, "contributor", withSamples());
    await screen.findByText("Failed");
    act(() => shown.show(42));
    expect(await screen.findByText("This work item is not under sync.")).toBeTruthy();
  });

  it("lets nobody act who may not edit the work item", async () => {
    renderPanel(12, "reader", withSamples());
    expect(await screen.findByText("Failed")).toBeTruthy();
    for (const name of ["Retry", "Unexalate", "Exalate", "Connect"]) {
      expect(screen.queryByRole("button", { name })).toBeNull();
    }
    expect(screen.getByText(/you need the right to edit this work item/)).toBeTruthy();
  });
});

describe("a panel with nothing to show", () => {
  it("says that the work item has to be saved first", async () => {
    renderPanel(null);
    expect(screen.getByText(/Save this work item first/)).toBeTruthy();
    await expectAccessible();
  });

  it("says that there is no connection", async () => {
    renderPanel(42);
    expect(await screen.findByText(/has no connection yet/)).toBeTruthy();
    await expectAccessible();
  });

  it("says that no connection is active", async () => {
    const node = withSamples();
    node.fabrikam.connections = node.fabrikam.connections.filter((row) => row.status !== "active");
    renderPanel(42, "contributor", node);
    expect(await screen.findByText(/No connection is active now/)).toBeTruthy();
  });

  it("says that the person may not see it", async () => {
    const node = withSamples();
    node.refuseNext(/twins/, new Refusal(404, "work_item_not_found", "It does not exist, or you may not read it."));
    renderPanel(42, "reader", node);
    expect(await screen.findByText("You may not see the sync state of this work item.")).toBeTruthy();
    await expectAccessible();
  });

  it("says that the node is away, and goes on by Retry", async () => {
    const node = withSamples();
    node.isDown = true;
    const { user } = renderPanel(42, "contributor", node);
    expect(await screen.findByText("The node does not answer.")).toBeTruthy();
    node.isDown = false;
    await user.click(button("Retry"));
    await waitFor(() => expect(screen.getByText("This work item is not under sync.")).toBeTruthy());
  });
});

describe("waiting for what is on its way", () => {
  it("ends when the form is closed", async () => {
    let asked = 0;
    const refuse = (): Promise<void> => {
      asked += 1;
      return Promise.reject(new Refusal(409, "still_waiting", ""));
    };
    // A Refusal of the fake is no error of the page, so it is not waited for.
    await expect(stopWhenThrough(refuse, () => true, 0)).rejects.toThrow();
    expect(asked).toBe(1);
    expect(await stopWhenThrough(refuse, () => false, 0)).toBe(false);
    expect(asked).toBe(1);
  });
});
