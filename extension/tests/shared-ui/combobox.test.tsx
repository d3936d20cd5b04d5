import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it } from "vitest";

import { pageError, type ApiError } from "../../src/common/api/api-error";
import type { Page } from "../../src/common/api/types";
import { Combobox, type ComboboxItem } from "../../src/shared-ui/components/combobox";
import { expectAccessible } from "../axe";

const NAMES = Array.from({ length: 300 }, (_, index) => `Project ${index + 1}`);
const SHOWN = 100;

function search(text: string): Promise<Page<ComboboxItem>> {
  const found = NAMES.filter((name) => name.toLowerCase().includes(text.toLowerCase()));
  const items = found.slice(0, SHOWN).map((name) => ({ id: name, name }));
  return Promise.resolve({ items, next: null, total: found.length });
}

function Example({ find = search }: { readonly find?: typeof search }) {
  const [value, setValue] = useState("");
  return (
    <Combobox
      label="Project"
      placeholder="Search"
      nothingFound="There is no such project."
      value={value}
      onChange={setValue}
      search={find}
      renderFailure={(error: ApiError, retry: () => void) => <button onClick={retry}>{error.code}</button>}
    />
  );
}

const field = (): HTMLInputElement => screen.getByRole("combobox");

describe("a combobox", () => {
  it("is used by the keyboard alone", async () => {
    const user = userEvent.setup({ delay: null });
    render(<Example />);
    await user.tab();
    await user.keyboard("ject 29");
    await screen.findByRole("option", { name: "Project 29" });
    await waitFor(() => expect(screen.queryByText("Searching…")).toBeNull());
    await user.keyboard("{ArrowDown}");
    expect(document.getElementById(field().getAttribute("aria-activedescendant") ?? "")?.textContent).toBe("Project 290");
    await expectAccessible();
    await user.keyboard("{Enter}");
    expect(field().value).toBe("Project 290");
    expect(screen.queryByRole("listbox")).toBeNull();
  });

  it("tells that there are more than it shows", async () => {
    const user = userEvent.setup({ delay: null });
    render(<Example />);
    await user.click(field());
    expect(await screen.findByText("200 more. Type to narrow them down.")).toBeTruthy();
  });

  it("keeps what was chosen when something typed is left half done", async () => {
    const user = userEvent.setup({ delay: null });
    render(<Example />);
    await user.click(field());
    await user.click(await screen.findByRole("option", { name: "Project 7" }));
    await user.type(field(), "x");
    await user.tab();
    expect(field().value).toBe("Project 7");
  });

  it("gives up what was chosen when it is emptied", async () => {
    const user = userEvent.setup({ delay: null });
    render(<Example />);
    await user.click(field());
    await user.click(await screen.findByRole("option", { name: "Project 7" }));
    await user.clear(field());
    await user.tab();
    expect(field().value).toBe("");
  });

  it("says when nothing is found", async () => {
    const user = userEvent.setup({ delay: null });
    render(<Example />);
    await user.type(field(), "zzz");
    expect(await screen.findByText("There is no such project.")).toBeTruthy();
  });

  it("closes by Esc without closing what is around it", async () => {
    const user = userEvent.setup({ delay: null });
    let isPassedOn = false;
    const listen = (event: KeyboardEvent): void => {
      isPassedOn ||= event.key === "Escape" && !event.defaultPrevented;
    };
    document.addEventListener("keydown", listen);
    render(<Example />);
    await user.click(field());
    await user.keyboard("{Escape}");
    document.removeEventListener("keydown", listen);
    expect(screen.queryByRole("listbox")).toBeNull();
    expect(isPassedOn).toBe(false);
  });

  it("can be loaded again after a failure", async () => {
    const user = userEvent.setup({ delay: null });
    let isDown = true;
    const find = (text: string) => (isDown ? Promise.reject(pageError("network")) : search(text));
    render(<Example find={find} />);
    const retry = await screen.findByRole("button", { name: "network" });
    isDown = false;
    await user.click(retry);
    await waitFor(() => expect(screen.queryByRole("button", { name: "network" })).toBeNull());
  });
});
