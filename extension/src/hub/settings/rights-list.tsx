import type { Right } from "../../common/api/types";
import { Icon } from "../../shared-ui/components/icon";

/** Rights and scopes one by one; what is missing says how to give it. */
export function RightsList({ rights }: { readonly rights: readonly Right[] }) {
  return (
    <ul className="stack-small" aria-label="Rights">
      {rights.map(({ name, is_granted: isGranted, remedy }) => (
        <li key={name} className={`status ${isGranted ? "success" : "error"}`} style={{ alignItems: "flex-start" }}>
          <Icon name={isGranted ? "success" : "error"} />
          <span>
            <span className="only-read">{isGranted ? "Granted:" : "Missing:"}</span> {name}
            {!isGranted && remedy !== "" && (
              <span className="quiet" style={{ display: "block" }} dir="auto">
                {remedy}
              </span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
