import { useState } from "react";

import { fieldMessage, type ApiError } from "../../common/api/api-error";
import type { CredentialKind } from "../../common/api/types";
import { ChoiceCards } from "../../shared-ui/components/choice-cards";
import { TextField } from "../../shared-ui/components/text-field";
import { findEntryFlaw, textsOf, type CredentialForm, type TextName } from "./credential-form";

interface EntryText {
  readonly label: string;
  readonly hint: string;
  readonly rows?: number;
  readonly isSecret?: boolean;
}

const TEXTS: Readonly<Record<TextName, EntryText>> = {
  token: {
    label: "Personal access token",
    hint: "Scopes: Work Items (read & write), Project and Team (read), Identity (read). For this organization only.",
    isSecret: true,
  },
  tenant_id: { label: "Directory (tenant) id", hint: "Of the Entra directory that the organization is connected to." },
  client_id: { label: "Application (client) id", hint: "The service principal must be a user of the organization." },
  client_secret: { label: "Client secret", hint: "The value of the secret, not its id.", isSecret: true },
  private_key_pem: { label: "Private key (PEM)", hint: "It is stored sealed and never shown again.", rows: 4 },
  certificate_pem: { label: "Certificate (PEM)", hint: "The one that is registered with the application.", rows: 4 },
};

const NOT_ON_SERVER = "Not available on Azure DevOps Server, which knows no service principals.";

interface CredentialFieldsProps {
  readonly form: CredentialForm;
  readonly isServer: boolean;
  readonly error: ApiError | null;
  readonly onChange: (form: CredentialForm) => void;
}

export function CredentialFields({ form, isServer, error, onChange }: CredentialFieldsProps) {
  const [left, setLeft] = useState<readonly TextName[]>([]);
  const obstacle = isServer ? NOT_ON_SERVER : undefined;
  return (
    <>
      <ChoiceCards<CredentialKind>
        legend="Kind"
        value={form.kind}
        onChange={(kind) => onChange({ ...form, kind })}
        choices={[
          {
            value: "personal_access_token",
            title: "Personal access token",
            text: "Of a user made for this purpose, with access to the projects that are synchronized.",
          },
          {
            value: "client_secret",
            title: "Service principal with a secret",
            text: "An application in Entra; recommended for Azure DevOps Services.",
            obstacle,
          },
          {
            value: "client_certificate",
            title: "Service principal with a certificate",
            text: "The same, without a secret that has to be renewed so often.",
            obstacle,
          },
        ]}
      />
      {textsOf(form.kind).map((name) => (
        <TextField
          key={name}
          {...TEXTS[name]}
          value={form[name]}
          onChange={(text) => onChange({ ...form, [name]: text })}
          onBlur={() => setLeft([...left, name])}
          error={fieldMessage(error, name) ?? (left.includes(name) ? findEntryFlaw(name, form[name]) : null)}
        />
      ))}
    </>
  );
}
