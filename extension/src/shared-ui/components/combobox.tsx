import { useId, useRef, useState, type KeyboardEvent } from "react";

import type { ApiError } from "../../common/api/api-error";
import type { Page } from "../../common/api/types";
import { useSearch } from "../hooks/use-search";
import { ComboboxList } from "./combobox-list";
import { FieldError } from "./field-error";

export interface ComboboxItem {
  readonly id: string;
  readonly name: string;
}

interface ComboboxProps {
  readonly label: string;
  readonly hint?: string;
  readonly placeholder: string;
  readonly nothingFound: string;
  /** The name that is chosen; "" for none. */
  readonly value: string;
  readonly onChange: (name: string) => void;
  /** Must stay the same function. */
  readonly search: (text: string, signal: AbortSignal) => Promise<Page<ComboboxItem>>;
  readonly error?: string | null;
  /** Told when the list can't be loaded, and null when it can again. */
  readonly renderFailure?: (error: ApiError, retry: () => void) => React.ReactNode;
  readonly takesFocus?: boolean;
}

/** One of many, found by typing (the combobox pattern of the ARIA authoring practices). */
export function Combobox(props: ComboboxProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const state = useCombobox(props);
  const { isOpen, items, active, result } = state;
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      <div className="combobox">
        <input
          id={id}
          ref={input}
          className="input"
          role="combobox"
          dir="auto"
          autoComplete="off"
          spellCheck={false}
          placeholder={props.placeholder}
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={isOpen && items[active] !== undefined ? `${id}-${active}` : undefined}
          aria-invalid={(props.error ?? null) !== null}
          aria-describedby={`${id}-hint ${id}-error`}
          data-takes-focus={props.takesFocus === true ? "" : undefined}
          value={state.text}
          onChange={(event) => state.type(event.target.value)}
          onClick={state.open}
          onKeyDown={state.onKeyDown}
          onBlur={state.close}
        />
        {isOpen && <ComboboxList id={id} {...state} chosen={props.value} nothingFound={props.nothingFound} />}
      </div>
      <span id={`${id}-hint`} className="quiet small">
        {props.hint}
      </span>
      <FieldError id={`${id}-error`} message={props.error ?? null} />
      {result.error !== null && props.renderFailure?.(result.error, state.retry)}
    </div>
  );
}

function useCombobox({ value, onChange, search }: ComboboxProps) {
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const [attempt, setAttempt] = useState(0);
  // Loaded at once, so that a missing right or credential shows before anybody opens the list.
  const result = useSearch<ComboboxItem>(search, typed ?? "", true, attempt);
  const items = result.page?.items ?? [];
  const close = (): void => {
    setOpen(false);
    setTyped(null);
  };
  const open = (): void => {
    setOpen(true);
    setActive(Math.max(0, items.findIndex((item) => item.name === value)));
  };
  const choose = (item: ComboboxItem): void => {
    onChange(item.name);
    close();
  };
  const type = (text: string): void => {
    setTyped(text);
    setActive(0);
    setOpen(true);
    if (text === "" && value !== "") onChange("");
  };
  const move = (step: number): void => {
    if (!isOpen) open();
    else if (items.length > 0) setActive((active + step + items.length) % items.length);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const chosen = items[active];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" && isOpen && chosen !== undefined && !result.isSearching) choose(chosen);
    else if (event.key === "Escape" && isOpen) close();
    else return;
    event.preventDefault();
  };
  const retry = (): void => setAttempt((count) => count + 1);
  return { isOpen, text: typed ?? value, items, active, result, open, close, choose, type, onKeyDown, retry, setActive };
}
