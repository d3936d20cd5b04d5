import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { finding } from "../../dev/fake-node/fake-drift";
import { FakeNode } from "../../dev/fake-node/fake-node";
import { addSamples } from "../../dev/fake-node/samples";
import { expectAccessible } from "../axe";
import { button, findButton, renderHub } from "../hub-page";

function openDrift(prepare: (node: FakeNode) => void = () => undefined) {
  const node = new FakeNode();
  addSamples(node);
  prepare(node);
  return renderHub({ node, hash: "entity-sync-status/drift" });
}

describe("Drift", () => {
  it("says that nothing can be compared without an active connection", async () => {
    renderHub({ hash: "entity-sync-status/drift" });
    expect(await screen.findByText("There is no active connection to compare.")).toBeTruthy();
  });

  it("offers the first comparison", async () => {
    openDrift();
    expect(await screen.findByText("This connection has not been compared yet.")).toBeTruthy();
    await expectAccessible();
  });

  it("says so when both sides are equal", async () => {
    const { user } = openDrift();
    await user.click(await findButton("Compare now"));
    expect(await screen.findByText("Both sides are equal.")).toBeTruthy();
  });

  it("compares in depth and says when it did last", async () => {
    const { user, node } = openDrift();
    expect(await screen.findByText("Not yet compared in depth.")).toBeTruthy();
    await user.click(await findButton("Compare in depth"));
    expect(await screen.findByText(/^Last compared in depth:/)).toBeTruthy();
    expect(node.drift.deepComparison?.kind).toBe("deep_comparison");
    await expectAccessible();
  });

  it("lists what differs, by kind and page by page", async () => {
    const { user } = openDrift((node) => node.drift.addSamples());
    expect(await screen.findByText("1 to 50 of 64 findings")).toBeTruthy();
    await user.click(button("Next"));
    expect(await screen.findByText("51 to 64 of 64 findings")).toBeTruthy();
    await user.selectOptions(screen.getByLabelText("What"), "never_synced");
    expect(await screen.findByText("1 to 1 of 1 findings")).toBeTruthy();
    expect(screen.getByText("Matches the trigger “All bugs” and is not under sync.")).toBeTruthy();
    await expectAccessible();
  });

  it("repairs one finding after asking", async () => {
    const { user, node } = openDrift((fake) => {
      fake.drift.found = [finding(7), finding(8)];
    });
    await user.click(await findButton("Compare now"));
    await user.click(await findButton("Repair 8"));
    const question = await screen.findByRole("dialog", { name: "Repair 1 finding?" });
    expect(node.drift.repaired).toEqual([]);
    await user.click(within(question).getByRole("button", { name: "Repair" }));
    await screen.findByText("It goes on when you close this.");
    expect(node.drift.repaired).toEqual(["finding-8"]);
  });

  it("repairs everything", async () => {
    const { user, node } = openDrift((fake) => {
      fake.drift.found = [finding(7), finding(8)];
    });
    await user.click(await findButton("Compare now"));
    await user.click(await findButton("Repair all"));
    const question = await screen.findByRole("dialog", { name: "Repair 2 findings?" });
    await user.click(within(question).getByRole("button", { name: "Repair" }));
    await screen.findByText("It goes on when you close this.");
    expect(node.drift.repaired).toEqual(["finding-7", "finding-8"]);
  });

  it("goes to the pairs and back with the keyboard", async () => {
    const { user, navigation } = openDrift();
    const drift = await screen.findByRole("tab", { name: "Drift" });
    drift.focus();
    await user.keyboard("{ArrowLeft}");
    expect(navigation.hash).toBe("entity-sync-status");
  });
});
