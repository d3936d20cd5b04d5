import type { CredentialKind, NewCredential } from "../../common/api/types";

/** What a person types for the account; secrets are only ever sent, never shown again. */
export interface CredentialForm {
  readonly kind: CredentialKind;
  readonly token: string;
  readonly tenant_id: string;
  readonly client_id: string;
  readonly client_secret: string;
  readonly private_key_pem: string;
  readonly certificate_pem: string;
}

export type TextName = Exclude<keyof CredentialForm, "kind">;

export const EMPTY_FORM: CredentialForm = {
  kind: "personal_access_token",
  token: "",
  tenant_id: "",
  client_id: "",
  client_secret: "",
  private_key_pem: "",
  certificate_pem: "",
};

const NAMES: Readonly<Record<CredentialKind, readonly TextName[]>> = {
  personal_access_token: ["token"],
  client_secret: ["tenant_id", "client_id", "client_secret"],
  client_certificate: ["tenant_id", "client_id", "private_key_pem", "certificate_pem"],
};

export function textsOf(kind: CredentialKind): readonly TextName[] {
  return NAMES[kind];
}

export function isFormDirty(form: CredentialForm): boolean {
  return NAMES[form.kind].some((name) => form[name] !== "");
}

/** The credential to send, or null while something is missing. */
export function readCredential(form: CredentialForm): NewCredential | null {
  const texts = Object.fromEntries(NAMES[form.kind].map((name) => [name, form[name].trim()]));
  if (Object.values(texts).some((text) => text === "")) return null;
  return { kind: form.kind, ...texts } as NewCredential;
}

/** What is plainly wrong with an entry before Azure DevOps is asked; null for nothing. */
export function findEntryFlaw(name: TextName, text: string): string | null {
  const typed = text.trim();
  if (typed === "") return null;
  if ((name === "tenant_id" || name === "client_id") && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(typed)) {
    return "This is no id. It looks like 00000000-0000-0000-0000-000000000000.";
  }
  if (name === "private_key_pem" && !/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(typed)) {
    return "Paste the private key in PEM form, from -----BEGIN to the last line.";
  }
  if (name === "certificate_pem" && !typed.includes("-----BEGIN CERTIFICATE-----")) {
    return "Paste the certificate in PEM form, from -----BEGIN CERTIFICATE----- to the last line.";
  }
  return null;
}
