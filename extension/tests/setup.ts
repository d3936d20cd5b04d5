import { cleanup, configure } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// Long enough for a busy machine. Looking for hidden elements as well spares the style of every ancestor.
configure({ asyncUtilTimeout: 20_000, defaultHidden: true });

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

// What jsdom does not do: it lays nothing out, and a dialog is only an element.
Element.prototype.scrollIntoView = () => undefined;
HTMLDialogElement.prototype.showModal = function showModal() {
  this.open = true;
};
HTMLDialogElement.prototype.close = function close() {
  this.open = false;
};
