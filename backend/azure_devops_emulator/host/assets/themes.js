const root = document.documentElement;
const listeners = new Set();

export function currentTheme() {
  return root.dataset.theme;
}

/** Keeps the choice for a year, so that the server draws the next page in it at once. */
export function chooseTheme(name) {
  root.dataset.theme = name;
  document.cookie = `emulator_theme=${name}; path=/; max-age=31536000; samesite=lax`;
  for (const listener of listeners) listener();
}

export function onThemeChanged(listener) {
  listeners.add(listener);
}

/** All variables of the current theme, without the leading dashes: what a framed page is given. */
export function themeVariables() {
  const selector = `[data-theme="${currentTheme()}"]`;
  const variables = {};
  for (const sheet of document.styleSheets) {
    for (const rule of sheet.cssRules) {
      if (rule.selectorText !== selector) continue;
      for (const name of rule.style) {
        if (name.startsWith("--")) variables[name.slice(2)] = rule.style.getPropertyValue(name).trim();
      }
    }
  }
  return variables;
}
