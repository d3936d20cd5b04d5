const PATIENCE_MILLISECONDS = 4_000;

/** Outside of Azure DevOps the SDK waits for ever; then the shell's hint appears. Returns the function that calls it off. */
export function showOutsideHint(page: Document): () => void {
  const timer = setTimeout(() => page.getElementById("outside")?.removeAttribute("hidden"), PATIENCE_MILLISECONDS);
  return () => {
    clearTimeout(timer);
    page.getElementById("outside")?.setAttribute("hidden", "");
  };
}
