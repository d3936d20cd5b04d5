import { useEffect, useRef, type RefObject } from "react";

/** Moves the focus into a form that has just opened inside the group; Esc closes it. */
export function useFormFocus(onClose: () => void): RefObject<HTMLElement> {
  const form = useRef<HTMLElement>(null);
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });
  useEffect(() => {
    const element = form.current;
    element?.querySelector<HTMLElement>("[data-takes-focus], select, [tabindex='-1']")?.focus();
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      close.current();
    };
    element?.addEventListener("keydown", onKey);
    return () => element?.removeEventListener("keydown", onKey);
  }, []);
  return form;
}
