import { useId } from "react";

import type { PanelConnection } from "../common/api/types";

interface ConnectionChoiceProps {
  readonly connections: readonly PanelConnection[];
  readonly value: string;
  readonly onChange: (id: string) => void;
}

export function ConnectionChoice({ connections, value, onChange }: ConnectionChoiceProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>Connection</label>
      <select id={id} className="input" value={value} onChange={(event) => onChange(event.target.value)}>
        {connections.map((connection) => (
          <option key={connection.id} value={connection.id}>
            {connection.name}
          </option>
        ))}
      </select>
    </div>
  );
}
