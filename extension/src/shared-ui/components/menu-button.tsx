import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";

import { Icon, type IconName } from "./icon";

export interface MenuItem {
  readonly name: string;
  readonly icon: IconName;
  readonly onChoose: () => void;
}

interface MenuButtonProps {
  /** What the actions belong to, for the name that is read out. */
  readonly label: string;
  readonly items: readonly MenuItem[];
}

interface Place {
  readonly left: number;
  readonly top: number;
}

const ITEM_HEIGHT = 32;
const MENU_WIDTH = 240;

/** Further actions behind three dots. */
export function MenuButton({ label, items }: MenuButtonProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const [place, setPlace] = useState<Place | null>(null);
  const close = (givesFocusBack: boolean): void => {
    setPlace(null);
    if (givesFocusBack) button.current?.focus();
  };
  return (
    <span className="menu-anchor">
      <button
        ref={button}
        type="button"
        className="button subtle icon-only"
        aria-haspopup="menu"
        aria-expanded={place !== null}
        aria-controls={id}
        aria-label={label}
        title="More actions"
        onClick={() => setPlace(place === null ? placeBelow(button.current, items.length) : null)}
      >
        <Icon name="more" />
      </button>
      {place !== null && <Menu id={id} label={label} items={items} place={place} close={close} />}
    </span>
  );
}

interface MenuProps {
  readonly id: string;
  readonly label: string;
  readonly items: readonly MenuItem[];
  readonly place: Place;
  readonly close: (givesFocusBack: boolean) => void;
}

function Menu({ id, label, items, place, close }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => menu.current?.querySelector("button")?.focus(), []);
  useClosingAround(menu, close);
  return (
    <div
      id={id}
      ref={menu}
      role="menu"
      aria-label={label}
      className="menu"
      style={place}
      onKeyDown={(event) => onMenuKey(event, close)}
    >
      {items.map((item) => (
        <button
          key={item.name}
          type="button"
          role="menuitem"
          tabIndex={-1}
          className="menu-item"
          onClick={() => {
            close(true);
            item.onChoose();
          }}
        >
          <Icon name={item.icon} />
          <span>{item.name}</span>
        </button>
      ))}
    </div>
  );
}

function useClosingAround(menu: React.RefObject<HTMLDivElement>, close: (givesFocusBack: boolean) => void): void {
  const latest = useRef(close);
  useEffect(() => {
    latest.current = close;
  });
  useEffect(() => {
    const onPointer = (event: Event): void => {
      const anchor = menu.current?.parentElement;
      if (event.target instanceof Node && anchor?.contains(event.target) !== true) latest.current(false);
    };
    const onMove = (): void => latest.current(false);
    document.addEventListener("pointerdown", onPointer);
    window.addEventListener("scroll", onMove, true);
    window.addEventListener("resize", onMove);
    return () => {
      document.removeEventListener("pointerdown", onPointer);
      window.removeEventListener("scroll", onMove, true);
      window.removeEventListener("resize", onMove);
    };
  }, [menu]);
}

function onMenuKey(event: KeyboardEvent<HTMLDivElement>, close: (givesFocusBack: boolean) => void): void {
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const at = buttons.findIndex((button) => button === document.activeElement);
  const goTo = (index: number): void => buttons[(index + buttons.length) % buttons.length]?.focus();
  if (event.key === "ArrowDown") goTo(at + 1);
  else if (event.key === "ArrowUp") goTo(at - 1);
  else if (event.key === "Home") goTo(0);
  else if (event.key === "End") goTo(-1);
  else if (event.key === "Escape") close(true);
  else if (event.key === "Tab") {
    close(true);
    return;
  } else return;
  event.preventDefault();
}

/** Below the button and inside the window; above it where there is no room below. */
function placeBelow(button: HTMLElement | null, itemCount: number): Place {
  const box = button?.getBoundingClientRect() ?? { left: 0, right: 0, top: 0, bottom: 0 };
  const height = itemCount * ITEM_HEIGHT + 8;
  const fitsBelow = box.bottom + height <= window.innerHeight;
  const left = Math.min(box.right - MENU_WIDTH, window.innerWidth - MENU_WIDTH - 8);
  return { left: Math.max(8, left), top: fitsBelow ? box.bottom + 2 : Math.max(8, box.top - height - 2) };
}
