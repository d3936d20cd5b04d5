import { useState } from "react";

import { ChoiceCards } from "../../shared-ui/components/choice-cards";
import { TextField } from "../../shared-ui/components/text-field";
import { useHub } from "../hub-context";
import { findHandover, type Change, type Initiation } from "./initiation";

interface AccessStepProps {
  readonly state: Initiation;
  readonly change: (change: Change) => void;
}

/** Whether the same person goes on at the other side. */
export function AccessStep({ state, change }: AccessStepProps) {
  const { contributionId } = useHub();
  const [isLeft, setLeft] = useState(false);
  const value = state.hasAccess === null ? null : state.hasAccess ? "yes" : "no";
  const isWrong = isLeft && findHandover(state, contributionId) === null;
  return (
    <div className="stack">
      <ChoiceCards<"yes" | "no">
        legend="Do you have admin access to the destination?"
        value={value}
        onChange={(chosen) => change({ kind: "access", hasAccess: chosen === "yes" })}
        choices={[
          {
            value: "yes",
            title: "Yes, I have admin access",
            text: "Afterwards you go on at the page of the other organization and accept there yourself.",
          },
          {
            value: "no",
            title: "No, I don't have admin access",
            text: "You get an invitation code to send to the other administrator.",
          },
        ]}
      />
      {state.hasAccess === true && (
        <TextField
          label="Address of the other organization in Azure DevOps"
          placeholder="https://dev.azure.com/organization"
          value={state.remoteOrganizationUrl}
          onChange={(url) => change({ kind: "remote-organization", url })}
          onBlur={() => setLeft(true)}
          error={isWrong ? "Enter the address of an organization, for example https://dev.azure.com/fabrikam" : null}
          hint="Its page opens in a new window. The invitation code is never part of an address."
        />
      )}
    </div>
  );
}
