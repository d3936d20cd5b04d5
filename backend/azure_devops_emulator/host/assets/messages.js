import { button, element } from "./markup.js";

const SHORTEST_MILLISECONDS = 1_000;
const LONGEST_MILLISECONDS = 60_000;
const DEFAULT_MILLISECONDS = 5_000;
let toast = null;
const banners = new Map();
let nextBanner = 1;

/** Shows a short message at the lower edge; a newer one takes its place. */
export function addToast({ message, duration = DEFAULT_MILLISECONDS, callToAction, onCallToActionClick }) {
  toast?.remove();
  const action = callToAction ? button(callToAction, () => onCallToActionClick?.(), { class: "button subtle" }) : null;
  const shown = element("div", { class: "toast", role: "status" }, message, action);
  document.body.append(shown);
  toast = shown;
  setTimeout(() => shown.remove(), Math.min(Math.max(duration, SHORTEST_MILLISECONDS), LONGEST_MILLISECONDS));
}

/** Shows a message above the page until it is closed; resolves to its id. */
export function addBanner({ message, level = "info", dismissable = true, customButtons = [], onClose }) {
  const id = nextBanner;
  nextBanner += 1;
  const shown = element(
    "div",
    { class: `banner ${level}`, role: level === "error" ? "alert" : "status" },
    element("span", {}, message),
    customButtons.map(({ text, onClick }) => button(text, () => onClick?.(), { class: "button subtle" })),
    dismissable && button("×", () => closeBanner(id), { class: "button subtle icon", "aria-label": "Dismiss" }),
  );
  banners.set(id, { shown, onClose });
  const place = document.getElementById("banners");
  place?.append(shown);
  if (place) place.hidden = false;
  return id;
}

export function closeBanner(id) {
  const banner = banners.get(id);
  if (!banner) return;
  banners.delete(id);
  banner.shown.remove();
  banner.onClose?.();
  const place = document.getElementById("banners");
  if (place) place.hidden = banners.size === 0;
}
