import type { KeptContent } from "../../common/api/types";
import { ChoiceCards } from "../components/choice-cards";
import { TextField } from "../components/text-field";
import type { Connecting } from "./use-connecting";

const WINNERS = [
  { value: "local", title: "This work item's", text: "The other side is changed to match." },
  { value: "remote", title: "The other side's", text: "This work item is changed to match." },
  { value: "both", title: "Leave both as they are", text: "Nothing is written now; what somebody changes later travels." },
] as const;

/** Which work item of the other side, and whose content is kept. */
export function ConnectingFields({ connecting }: { readonly connecting: Connecting }) {
  return (
    <>
      <TextField
        label="Remote work item key"
        hint="The number of the work item on the other side, or its address. It must be in the connection's project."
        value={connecting.text}
        onChange={connecting.setText}
        onSubmit={connecting.start}
        error={connecting.flaw}
        takesFocus
      />
      <ChoiceCards<KeptContent>
        legend="Whose content wins where the two differ?"
        value={connecting.content}
        onChange={connecting.setContent}
        choices={WINNERS}
      />
    </>
  );
}
