import type { ConnectOptions } from "../../common/api/bulk-connect-api";
import type { KeptContent } from "../../common/api/types";
import { count } from "../../common/times";
import { CheckBox } from "../../shared-ui/components/check-box";
import { ChoiceCards, type Choice } from "../../shared-ui/components/choice-cards";

const CONTENTS: readonly Choice<KeptContent>[] = [
  {
    value: "both",
    title: "Leave both as they are",
    text: "Nothing is written. A title, description or type travels once somebody changes it.",
  },
  {
    value: "local",
    title: "Local wins",
    text: "Title, description and type of your work items replace those of the other side.",
  },
  {
    value: "remote",
    title: "Remote wins",
    text: "Title, description and type of the other side replace those of your work items.",
  },
];

interface ConnectOptionFieldsProps {
  readonly options: ConnectOptions;
  /** How many rows can't be connected. */
  readonly wrong: number;
  readonly onChange: (options: ConnectOptions) => void;
}

/** How the rows are connected. */
export function ConnectOptionFields({ options, wrong, onChange }: ConnectOptionFieldsProps) {
  return (
    <div className="stack">
      <ChoiceCards
        legend="Content that differs"
        choices={CONTENTS}
        value={options.content}
        onChange={(content) => onChange({ ...options, content })}
      />
      <fieldset className="stack-small connect-options">
        <legend className="label">What is there already</legend>
        <CheckBox
          label="Sync existing comments"
          hint="Both ways. Leave it off when both sides have the same ones, as after a clean-up; else they stand there twice."
          isChecked={options.comments}
          onChange={(comments) => onChange({ ...options, comments })}
        />
        <CheckBox
          label="Sync existing attachments"
          hint="Both ways. Later ones travel in any case."
          isChecked={options.attachments}
          onChange={(attachments) => onChange({ ...options, attachments })}
        />
      </fieldset>
      {wrong > 0 && (
        <CheckBox
          label={`Skip the ${count(wrong, "row")} that can't be connected`}
          hint="They are listed in the result as skipped."
          isChecked={options.skipsWrong}
          onChange={(skipsWrong) => onChange({ ...options, skipsWrong })}
        />
      )}
    </div>
  );
}
