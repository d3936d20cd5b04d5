const WIDTHS = ["62%", "88%", "74%", "92%", "58%", "81%"];

/** Stands where content will be. */
export function Skeleton({ lines, label }: { readonly lines: number; readonly label: string }) {
  return (
    <div role="status" aria-busy="true">
      <span className="only-read">{label}</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} className="skeleton" style={{ width: WIDTHS[line % WIDTHS.length] }} />
      ))}
    </div>
  );
}
