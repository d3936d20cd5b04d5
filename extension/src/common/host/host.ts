/** What the page needs of the Azure DevOps page around it. Only a contribution's module.tsx knows the SDK. */
export interface Host {
  readonly organization: { readonly id: string; readonly name: string; readonly isHosted: boolean };
  /** Where the organization or collection is, as Azure DevOps tells; a claim for the node, null when it does not say. */
  readonly collectionUrl: string | null;
  /** `publisher.extension.contribution` of this page. */
  readonly contributionId: string;
  getAppToken(): Promise<string>;
  getAccessToken(): Promise<string>;
}

/** The part of the address that says which tab is open. */
export interface Navigation {
  getHash(): Promise<string>;
  /** `replace` leaves no step in the history. */
  setHash(hash: string, replace: boolean): void;
  /** Returns the function that ends the listening. */
  onHashChanged(callback: (hash: string) => void): () => void;
}
