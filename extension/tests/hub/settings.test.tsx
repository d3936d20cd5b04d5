import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { makeConnection } from "../../dev/fake-node/fake-organization";
import { Refusal } from "../../dev/fake-node/messages";
import { expectAccessible } from "../axe";
import { fetchFrom } from "../../dev/fake-node/fake-fetch";
import { SessionKeeper } from "../../src/common/api/session";
import { API_URL, button, fakeHost, findButton, renderHub } from "../hub-page";

const hash = "general-settings";

describe("General Settings", () => {
  it("show both addresses and the account with its rights one by one", async () => {
    const node = new FakeNode();
    node.fabrikam.rights[0] = { name: "Read and write work items", is_granted: false, remedy: "Add the scope to the token." };
    renderHub({ node, hash });
    expect(await screen.findByText("https://node.fabrikam.example")).toBeTruthy();
    expect(screen.getByRole("link", { name: /dev.azure.com\/fabrikam/ })).toBeTruthy();
    const rights = within(await screen.findByRole("list", { name: "Rights" })).getAllByRole("listitem");
    expect(rights[0]?.textContent).toBe("Missing: Read and write work itemsAdd the scope to the token.");
    expect(rights[1]?.textContent).toBe("Granted: Read projects and teams");
    await expectAccessible();
  });

  it("say for a private node that nobody can call it", async () => {
    renderHub({ organization: "contoso", hash });
    expect(await screen.findByText(/None: this node stands in a private network/)).toBeTruthy();
  });

  it("warn two weeks before the account ends", async () => {
    const node = new FakeNode();
    const { credential } = node.fabrikam.information;
    const soon = new Date(Date.now() + 10 * 86_400_000).toISOString();
    node.fabrikam.information = {
      ...node.fabrikam.information,
      credential: credential === null ? null : { ...credential, expires_at: soon },
    };
    renderHub({ node, hash });
    expect(await screen.findByText(/^It expires on/)).toBeTruthy();
  });

  it("take another token after a test", async () => {
    const { node, user } = renderHub({ hash });
    await user.click(await findButton("Configure"));
    await user.type(screen.getByLabelText("Personal access token", { selector: "[type=password]" }), "abc");
    await user.click(button("Test"));
    expect(await screen.findByText(/may do all it needs/)).toBeTruthy();
    await expectAccessible();
    await user.click(button("Save"));
    await waitFor(() => expect(node.fabrikam.information.credential?.identity).toBe("Fabrikam Sync"));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("say why a token does not work, and keep it in the field", async () => {
    const { user } = renderHub({ hash });
    await user.click(await findButton("Configure"));
    const field = screen.getByLabelText<HTMLInputElement>("Personal access token", { selector: "[type=password]" });
    await user.type(field, "wrong");
    await user.click(button("Save"));
    expect(await screen.findByText("Azure DevOps refuses the credential.")).toBeTruthy();
    expect(field.value).toBe("wrong");
  });

  it("show a refused entry beside its field, however the node nests it", async () => {
    const node = new FakeNode();
    const errors = [{ field: "personal_access_token.token", message: "must be copied whole" }];
    node.refuseNext(/credential/, new Refusal(422, "validation", "", { errors }));
    const { user } = renderHub({ node, hash });
    await user.click(await findButton("Configure"));
    await user.type(screen.getByLabelText("Personal access token", { selector: "[type=password]" }), "a b");
    await user.click(button("Test"));
    expect(await screen.findByText("must be copied whole")).toBeTruthy();
  });

  it("take a service principal, checking the ids while they are typed", async () => {
    const { node, user } = renderHub({ hash });
    await user.click(await findButton("Configure"));
    await user.click(screen.getByRole("radio", { name: "Service principal with a secret" }));
    await user.type(screen.getByLabelText("Directory (tenant) id"), "nonsense");
    await user.tab();
    expect(await screen.findByText(/This is no id/)).toBeTruthy();
    expect(button("Save").getAttribute("aria-disabled")).toBe("true");
    await user.clear(screen.getByLabelText("Directory (tenant) id"));
    await user.type(screen.getByLabelText("Directory (tenant) id"), "00000000-0000-0000-0000-000000000001");
    await user.type(screen.getByLabelText("Application (client) id"), "00000000-0000-0000-0000-000000000002");
    await user.type(screen.getByLabelText("Client secret"), "s");
    await expectAccessible();
    await user.click(button("Save"));
    await waitFor(() => expect(node.fabrikam.information.credential?.kind).toBe("client_secret"));
  });

  it("offer a server no service principals", async () => {
    const { user } = renderHub({ organization: "contoso", hash });
    await user.click(await findButton("Configure"));
    expect(screen.getByRole<HTMLInputElement>("radio", { name: "Service principal with a secret" }).disabled).toBe(true);
  });

  it("list who is signed in, and sign others out", async () => {
    const node = new FakeNode();
    const elsewhere = new SessionKeeper(fetchFrom(node), API_URL, { ...fakeHost(node.fabrikam), getAppToken: () => Promise.resolve("fabrikam:Bea:administrator") }, "hub");
    const { id = "" } = await elsewhere.open();
    const { user } = renderHub({ node, hash });
    const table = within(await screen.findByRole("table", { name: "Sessions" }));
    const rows = () => table.getAllByRole("row").slice(1);
    await waitFor(() => expect(rows()).toHaveLength(2));
    expect(rows()[0]?.textContent).toContain("Bea");
    expect(rows()[1]?.textContent).toContain("Ada (this page)");
    expect(rows()[1]?.textContent).toContain("Firefox, 192.0.2.7");
    await expectAccessible();
    await user.click(button("Sign out Bea"));
    await waitFor(() => expect(rows()).toHaveLength(1));
    await expect(elsewhere.call("/organization")).rejects.toMatchObject({ code: "session_ended" });
    expect(node.log).toContain(`DELETE /sessions/${id}`);
    expect(screen.queryByRole("button", { name: "Sign out all others" })).toBeNull();
  });

  it("sign all others out at once", async () => {
    const node = new FakeNode();
    for (const name of ["Bea", "Cem"]) {
      const host = { ...fakeHost(node.fabrikam), getAppToken: () => Promise.resolve(`fabrikam:${name}:administrator`) };
      await new SessionKeeper(fetchFrom(node), API_URL, host, "hub").open();
    }
    const { user } = renderHub({ node, hash });
    await user.click(await findButton("Sign out all others"));
    await waitFor(() => expect(screen.queryByText("Cem")).toBeNull());
    expect(screen.queryByText("Bea")).toBeNull();
  });

  it("say so when somebody signed this page out", async () => {
    const { node, user } = renderHub({ hash });
    await user.click(await findButton("Sign out Ada"));
    expect(await screen.findByText("You are signed out of this page.")).toBeTruthy();
    expect(screen.getByText("Reload the page to sign in again.")).toBeTruthy();
    expect(node.log.filter((line) => line === "POST /session")).toHaveLength(1);
  });

  it("disconnect the organization only when its name was typed and no connection is left", async () => {
    const node = new FakeNode();
    node.fabrikam.connections.push(makeConnection(node.fabrikam));
    const { user } = renderHub({ node, hash });
    await user.click(await findButton("Disconnect organization"));
    const dialog = screen.getByRole("dialog");
    await user.type(screen.getByLabelText("Type its name to confirm"), "fabrikam");
    await expectAccessible();
    await user.click(within(dialog).getByRole("button", { name: "Disconnect organization" }));
    expect(await screen.findByText("There are connections still. Delete them first.")).toBeTruthy();
    node.fabrikam.connections = [];
    await user.click(within(dialog).getByRole("button", { name: "Disconnect organization" }));
    expect(await screen.findByText("This organization is disconnected.")).toBeTruthy();
  });

  it("can be loaded again after a failure", async () => {
    const node = new FakeNode();
    node.refuseNext(/GET \/organization$/, new Refusal(500, "internal", ""));
    const { user } = renderHub({ node, hash });
    expect(await screen.findByText("Something failed inside the node.")).toBeTruthy();
    expect(screen.getByText("Number for a report: c0ffee42")).toBeTruthy();
    await user.click(button("Retry"));
    expect(await screen.findByRole("heading", { name: "Account" })).toBeTruthy();
  });
});
