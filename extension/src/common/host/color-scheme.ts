/**
 * The host's theme comes as colors alone. Scroll bars, select lists and radio buttons, which the browser draws, follow it
 * once they know whether it is a dark one.
 */
export function followTheme(page: Document): void {
  const apply = (): void => {
    const background = getComputedStyle(page.body).backgroundColor;
    page.documentElement.style.colorScheme = isDark(background) ? "dark" : "light";
  };
  page.defaultView?.addEventListener("themeApplied", apply);
  apply();
}

export function isDark(color: string): boolean {
  const [red = 255, green = 255, blue = 255] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}
