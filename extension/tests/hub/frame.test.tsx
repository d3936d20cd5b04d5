import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { Refusal } from "../../dev/fake-node/messages";
import { readRoute, TABS } from "../../src/hub/frame/tabs";
import { expectAccessible } from "../axe";
import { button, renderHub } from "../hub-page";

const MENU = [
  "Getting Started",
  "General Settings",
  "Connections",
  "Entity Sync status",
  "Triggers",
  "Errors",
  "Exalate Notifications",
  "License Details",
  "Bulk Connect",
  "Sync Queue",
  "Clean-up Tools",
];

describe("the console's frame", () => {
  it("has the eleven tabs in the order of the original", async () => {
    renderHub();
    const links = within(await screen.findByRole("navigation")).getAllByRole("link");
    expect(links.map((link) => link.textContent)).toEqual(MENU);
  });

  it("shows product, tab and node, and at its foot the links and the version", async () => {
    renderHub({ hash: "connections" });
    expect(await screen.findByText("node.fabrikam.example")).toBeTruthy();
    expect(screen.getByRole("heading", { level: 1, name: "Connections" })).toBeTruthy();
    const footer = screen.getByRole("contentinfo");
    const links = within(footer).getAllByRole("link").map((link) => link.firstChild?.textContent);
    expect(links).toEqual(["Documentation", "EULA", "Support", "Report a bug"]);
    expect(footer.textContent).toContain("Powered by adnode v. 0.1.0 (protocol v. 1)");
  });

  it("puts the tab into the address, and follows the address", async () => {
    const { navigation, user } = renderHub();
    await screen.findByText("Give the node an account");
    await user.click(screen.getByRole("link", { name: "Triggers" }));
    expect(navigation.hash).toBe("triggers");
    act(() => navigation.arrive("#general-settings"));
    expect(await screen.findByRole("heading", { name: "Addresses" })).toBeTruthy();
  });

  it.each(TABS.map((tab) => [tab.title, tab.key] as const))("%s opens without a fault, empty as it is", async (title, key) => {
    renderHub({ hash: key });
    expect(await screen.findByRole("heading", { name: title, level: 1 })).toBeTruthy();
    await waitFor(() => expect(screen.queryAllByText(/^(Loading|Opening)/)).toEqual([]));
    expect(screen.queryByText("Something failed inside the node.")).toBeNull();
    await expectAccessible();
  });

  it("leads an unknown address to the first tab", () => {
    expect(readRoute("#nonsense/42")).toMatchObject({ tab: { title: "Getting Started" }, detail: "" });
    expect(readRoute("connections/a%2Fb")).toMatchObject({ tab: { title: "Connections" }, detail: "a/b" });
    expect(readRoute("connections/%")).toMatchObject({ detail: "%" });
  });
});

describe("opening the page", () => {
  it("shows that it is loading", async () => {
    const node = new FakeNode();
    node.latencyMilliseconds = 60_000;
    renderHub({ node });
    expect(await screen.findByText("Opening the page")).toBeTruthy();
    await expectAccessible();
  });

  it("tells a person without the right which one is missing and who can give it", async () => {
    renderHub({ role: "contributor" });
    expect(await screen.findByText("You can't use this page.")).toBeTruthy();
    expect(screen.getByText("Edit collection-level information")).toBeTruthy();
    expect(screen.getByText(/A Project Collection Administrator of fabrikam can give it to you/)).toBeTruthy();
    expect(screen.queryByText("Give the node an account")).toBeNull();
    expect(await screen.findByText("node.fabrikam.example")).toBeTruthy();
    expect(screen.getByRole("contentinfo").textContent).toContain("Powered by adnode");
    await expectAccessible();
  });

  it("says that the node does not serve this organization", async () => {
    const node = new FakeNode();
    node.refuseNext(/POST \/session/, new Refusal(403, "organization_not_allowed", "fabrikam is not on its list."));
    renderHub({ node });
    expect(await screen.findByText("This node does not serve your organization.")).toBeTruthy();
    expect(screen.getByText("fabrikam is not on its list.")).toBeTruthy();
  });

  it("goes on by Retry when the node answers again", async () => {
    const node = new FakeNode();
    node.isDown = true;
    const { user } = renderHub({ node });
    expect(await screen.findByText("The node does not answer.")).toBeTruthy();
    await expectAccessible();
    node.isDown = false;
    await user.click(button("Retry"));
    expect(await screen.findByText("Give the node an account")).toBeTruthy();
  });

  it("goes on by itself when the node answers again", async () => {
    const node = new FakeNode();
    node.isDown = true;
    renderHub({ node });
    await screen.findByText("The node does not answer.");
    node.isDown = false;
    expect(await screen.findByText("Give the node an account")).toBeTruthy();
  });
});

describe("Getting Started", () => {
  it("ticks off what is done and leads to what is next", async () => {
    const { navigation, user } = renderHub();
    const steps = within(await screen.findByRole("list", { name: "Steps" })).getAllByRole("listitem");
    expect(steps.map((step) => step.textContent.startsWith("Done:"))).toEqual([true, false, false, false, false]);
    expect(steps[1]?.getAttribute("aria-current")).toBe("step");
    await expectAccessible();
    await user.click(within(steps[4] ?? document.body).getByRole("button", { name: "Open Triggers" }));
    expect(navigation.hash).toBe("triggers");
  });

  it("shows a right that was lost meanwhile", async () => {
    const node = new FakeNode();
    node.refuseNext(/getting-started/, new Refusal(403, "administrator_required", ""));
    renderHub({ node });
    await waitFor(() => expect(screen.getByText("You can't use this page.")).toBeTruthy());
  });
});
