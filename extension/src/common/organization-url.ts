/** The settings page of this extension in another organization; null where the address is no organization's. */
export function findSettingsPage(organizationUrl: string, contributionId: string, hash: string): string | null {
  try {
    const url = new URL(organizationUrl.trim());
    if (url.protocol !== "https:" && url.protocol !== "http:") return null;
    if (url.hostname === "dev.azure.com" && !/^\/[^/]/.test(url.pathname)) return null;
    const path = url.pathname.replace(/\/_settings.*$/, "").replace(/\/+$/, "");
    return `${url.origin}${path}/_settings/${contributionId}#${hash}`;
  } catch {
    return null;
  }
}

/** Only web addresses become links, whatever a node or a partner sends. */
export function safeLink(url: string | null | undefined): string | null {
  return url !== null && url !== undefined && /^https?:\/\//i.test(url) ? url : null;
}
