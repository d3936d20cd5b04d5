/**
 * Where the node's API is. A packed page names its node in `<meta name="adnode-node">` (written when the package is made);
 * a page that the node serves itself lies in the node's folder `static/`.
 */
export function findApiUrl(page: Document): string {
  const named = page.querySelector<HTMLMetaElement>('meta[name="adnode-node"]')?.content.trim() ?? "";
  const node = named === "" ? new URL("../", page.baseURI) : new URL(named.endsWith("/") ? named : `${named}/`);
  return new URL("api/v1", node).href;
}
