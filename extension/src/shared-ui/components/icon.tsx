/** Drawn here as strokes on a 16 by 16 grid: icon fonts are refused in a sandboxed frame. */
const SHAPES = {
  add: "M8 3v10M3 8h10",
  back: "M9.5 3.5 5 8l4.5 4.5",
  block: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM4 4l8 8",
  check: "m3 8.5 3.2 3.2L13 5",
  chevron: "m4 6 4 4 4-4",
  clock: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 4.8V8l2.2 1.6",
  close: "m4 4 8 8M12 4l-8 8",
  copy: "M6 5.5h6.5V14H6ZM10 5.5V2H3.5v8.5H6",
  delete: "M3 4.5h10M6.5 4.5V2.5h3v2M4.5 4.5l.7 9h5.6l.7-9",
  descending: "M8 3v10M4 9l4 4 4-4",
  download: "M8 2.5v8M4.8 7.5 8 10.7l3.2-3.2M3 13.5h10",
  edit: "m3 13 .6-2.8L11 2.8l2.2 2.2-7.4 7.4L3 13Z",
  error: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM6 6l4 4M10 6l-4 4",
  external: "M9.5 2.5h4v4M13.5 2.5 8 8M11.5 9v4.5h-9v-9H7",
  info: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 7.2v3.6M8 5v.2",
  key: "M5 13a2.7 2.7 0 1 1 0-5.4A2.7 2.7 0 0 1 5 13ZM7 8.4 12.5 3l1.2 1.2M10.4 5l1.6 1.6",
  link: "M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2A2.6 2.6 0 0 0 9 3.3l-.8.8M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.3 9A2.6 2.6 0 0 0 7 12.7l.8-.8",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  pause: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM6.6 6v4M9.4 6v4",
  play: "M5 3.5 12 8l-7 4.5Z",
  refresh: "M13 8a5 5 0 1 1-1.6-3.7L13 5.8M13 2.8v3h-3",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM10.3 10.3 13.5 13.5",
  success: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM5.4 8.2l1.9 1.9 3.4-3.9",
  upload: "M8 10.5v-8M4.8 5.7 8 2.5l3.2 3.2M3 13.5h10",
  unknown: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM6.4 6.6a1.6 1.6 0 1 1 2.3 1.5c-.5.2-.7.5-.7 1M8 11v.2",
  warning: "M8 2.5 14.2 13.5H1.8ZM8 6.4v3.4M8 11.6v.2",
} as const;

export type IconName = keyof typeof SHAPES;

/** A picture beside words; screen readers skip it. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={SHAPES[name]} strokeWidth={name === "more" ? 2.4 : undefined} />
    </svg>
  );
}
