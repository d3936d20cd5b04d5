import { render, screen } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";

import { FakeNode } from "../dev/fake-node/fake-node";
import { fetchFrom } from "../dev/fake-node/fake-fetch";
import type { FakeOrganization, Role } from "../dev/fake-node/fake-organization";
import { SessionKeeper } from "../src/common/api/session";
import type { Host, Navigation } from "../src/common/host/host";
import { Hub } from "../src/hub/hub";

export const API_URL = "https://node.example.com/api/v1";

interface PageOptions {
  readonly node?: FakeNode;
  readonly organization?: "fabrikam" | "contoso";
  readonly role?: Role;
  readonly hash?: string;
}

export interface HubPage {
  readonly node: FakeNode;
  readonly organization: FakeOrganization;
  readonly navigation: FakeNavigation;
  readonly user: UserEvent;
}

/** The address of a host page that nobody sees. */
export class FakeNavigation implements Navigation {
  private readonly listeners = new Set<(hash: string) => void>();

  constructor(public hash: string) {}

  getHash(): Promise<string> {
    return Promise.resolve(this.hash);
  }

  setHash(hash: string): void {
    this.hash = hash;
  }

  onHashChanged(callback: (hash: string) => void): () => void {
    this.listeners.add(callback);
    return () => this.listeners.delete(callback);
  }

  /** What the back button of the browser does. */
  arrive(hash: string): void {
    this.hash = hash;
    this.listeners.forEach((listener) => listener(hash));
  }
}

export function fakeHost(organization: FakeOrganization, role: Role = "administrator"): Host {
  const { id, name, kind } = organization.information;
  return {
    organization: { id, name, isHosted: kind === "services" },
    collectionUrl: organization.information.url,
    contributionId: "idalko-tools.exalate.adnode",
    getAppToken: () => Promise.resolve(`${name}:Ada:${role}`),
    getAccessToken: () => Promise.resolve("access token"),
  };
}

export function renderHub(options: PageOptions = {}): HubPage {
  const node = options.node ?? new FakeNode();
  const organization = node[options.organization ?? "fabrikam"];
  const host = fakeHost(organization, options.role);
  const navigation = new FakeNavigation(options.hash ?? "");
  const keeper = new SessionKeeper(fetchFrom(node), API_URL, host, "hub");
  render(<Hub host={host} navigation={navigation} keeper={keeper} />);
  return { node, organization, navigation, user: userEvent.setup({ delay: null }) };
}

export function button(name: string): HTMLElement {
  return screen.getByRole("button", { name });
}

export function findButton(name: string): Promise<HTMLElement> {
  return screen.findByRole("button", { name });
}
