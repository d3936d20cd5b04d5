// A page of an extension that uses the real SDK and lets tests drive it: window.SDK, window.events.
import * as SDK from "./sdk/SDK.js";

window.SDK = SDK;
window.events = [];

const state = document.getElementById("state");
const note = (name) => (event) => {
  window.events.push({ name, event });
};

addEventListener("themeApplied", () => window.events.push({ name: "themeApplied" }));
await SDK.init({ loaded: false });
SDK.register(SDK.getContributionId(), () => ({
  onLoaded: note("onLoaded"),
  onFieldChanged: note("onFieldChanged"),
  onSaved: note("onSaved"),
  onRefreshed: note("onRefreshed"),
  onReset: note("onReset"),
  onUnloaded: note("onUnloaded"),
}));
state.textContent = SDK.getContributionId();
window.isReady = true;
