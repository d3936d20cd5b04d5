import { Icon } from "./icon";

interface SearchFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onSubmit?: () => void;
  readonly placeholder?: string;
}

/** A text that a list is narrowed down by. */
export function SearchField({ label, value, onChange, onSubmit, placeholder }: SearchFieldProps) {
  return (
    <span className="filter-text">
      <Icon name="search" />
      <input
        className="input"
        type="search"
        dir="auto"
        aria-label={label}
        placeholder={placeholder ?? label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.nativeEvent.isComposing) onSubmit?.();
        }}
      />
    </span>
  );
}
