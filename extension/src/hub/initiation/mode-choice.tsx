import { ChoiceCards } from "../../shared-ui/components/choice-cards";

interface ModeChoiceProps {
  readonly mode: "basic" | null;
  readonly hasUrl: boolean;
  readonly onChange: (mode: "basic") => void;
}

const NOT_OFFERED = "Not available yet: this node does not offer it.";

/** How the sync rules are made; those that are not available say why. */
export function ModeChoice({ mode, hasUrl, onChange }: ModeChoiceProps) {
  const visualObstacle = hasUrl
    ? NOT_OFFERED
    : "Not available: it needs a public connection and admin access to both sides.";
  return (
    <ChoiceCards<"basic" | "visual" | "script">
      legend="Mode"
      value={mode}
      onChange={(chosen) => {
        if (chosen === "basic") onChange(chosen);
      }}
      choices={[
        {
          value: "basic",
          title: "Basic",
          text: "Fixed rules: title, description, comments, attachments and work item type, in both directions.",
        },
        { value: "visual", title: "Visual", text: "Rules made with a mapping, on one screen for both sides.", obstacle: visualObstacle },
        { value: "script", title: "Script", text: "Rules written as scripts, on each side.", obstacle: NOT_OFFERED },
      ]}
    />
  );
}
