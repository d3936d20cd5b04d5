/**
 * Whether this page may save files. Azure DevOps Server shows extensions in a sandbox that refuses downloads; its pages
 * have no origin.
 */
export function mayDownload(): boolean {
  return window.origin !== "null";
}

/** Saves a text as a file of the person's. */
export function saveFile(name: string, text: string, type = "text/csv"): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads the address after the click; at once would be too early for some.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
