import { useEffect, useRef, type RefObject } from "react";

/**
 * Opens a dialog over everything else and moves the focus into it: to the element marked with `data-takes-focus`, else to
 * the title. So does every further step of a wizard. Esc asks to close; closing gives the focus back to where it came from.
 */
export function useModal(onClose: () => void, step = ""): RefObject<HTMLDialogElement> {
  const dialog = useRef<HTMLDialogElement>(null);
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });
  useEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    const opener = document.activeElement;
    if (!element.open) element.showModal();
    const stopListening = listenForClose(element, () => close.current());
    return () => {
      stopListening();
      element.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  useEffect(() => {
    const element = dialog.current;
    (element?.querySelector<HTMLElement>("[data-takes-focus]") ?? element?.querySelector<HTMLElement>("h2"))?.focus();
  }, [step]);
  return dialog;
}

function listenForClose(element: HTMLDialogElement, close: () => void): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    // Prevented here, because the browser lets nobody prevent a second Esc in a row later on.
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  const onCancel = (event: Event): void => {
    event.preventDefault();
    close();
  };
  element.addEventListener("keydown", onKey);
  element.addEventListener("cancel", onCancel);
  return () => {
    element.removeEventListener("keydown", onKey);
    element.removeEventListener("cancel", onCancel);
  };
}
