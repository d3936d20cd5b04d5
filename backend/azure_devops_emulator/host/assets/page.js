// What every page has: the theme choice, the way past the navigation, menus that close.
import { chooseTheme } from "./themes.js";

const themeChoice = document.getElementById("theme");
themeChoice.addEventListener("change", () => chooseTheme(themeChoice.value));

// The fragment of the address belongs to the framed page, so the link must not change it.
document.querySelector(".skip-link").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
