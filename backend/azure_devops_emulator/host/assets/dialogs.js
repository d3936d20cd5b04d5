import { ExtensionFrame } from "./extension-frame.js";
import { button, element, newId } from "./markup.js";
import { pageData } from "./page-data.js";

/** Shows a question and tells `onClose` whether it was confirmed. */
export function openMessage(message, { title = "", okText = "OK", cancelText = "Cancel", showCancel = true, onClose } = {}) {
  let isConfirmed = false;
  const { dialog } = makeDialog(title || "Message", "message-dialog", () => onClose?.(isConfirmed));
  const confirm = button(okText, () => {
    isConfirmed = true;
    dialog.close();
  }, { class: "button primary" });
  const cancel = showCancel ? button(cancelText, () => dialog.close()) : null;
  dialog.append(element("p", {}, message), element("div", { class: "dialog-end" }, cancel, confirm));
  dialog.showModal();
  confirm.focus();
}

/** Asks the person of this page; resolves to whether they agreed. */
export function ask(title, message, okText) {
  return new Promise((resolve) => {
    openMessage(message, { title, okText, onClose: resolve });
  });
}

/** Frames another page of the extension above this one; what that page closes it with goes to `onClose`. */
export function openPage(contributionId, { title = "", configuration = {}, onClose, lightDismiss = true } = {}, { isPanel, services }) {
  if (!pageData.extension.pages[contributionId]) throw new Error(`There is no contribution ${contributionId}.`);
  let result;
  const { dialog } = makeDialog(title, isPanel ? "panel-dialog" : "page-dialog", () => {
    frame.close();
    onClose?.(result);
  });
  const close = (value) => {
    result = value;
    dialog.close();
  };
  const place = element("div", { class: "frame-place" });
  dialog.append(place);
  dialog.showModal();
  const own = { [isPanel ? "panel" : "dialog"]: { close } };
  const frame = new ExtensionFrame(place, contributionId, services, { configuration: { ...configuration, ...own } });
  if (lightDismiss) {
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }
}

function makeDialog(title, kind, onClosed) {
  const id = newId("dialog");
  const heading = element("h2", { id }, title);
  const dismiss = button("×", () => dialog.close(), { class: "button subtle icon", "aria-label": "Close" });
  const dialog = element(
    "dialog",
    { class: kind, "aria-labelledby": id },
    element("div", { class: "dialog-head" }, heading, dismiss),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    onClosed();
  });
  document.body.append(dialog);
  return { dialog };
}
