import type { MailSecurity, MailServer, NewMailServer } from "../../common/api/notifications-api";

/** What a person types for the mail server. */
export interface MailServerForm {
  readonly host: string;
  readonly port: string;
  readonly security: MailSecurity;
  readonly sender_address: string;
  readonly sender_name: string;
  readonly user: string;
  readonly password: string;
}

export type MailServerField = keyof MailServerForm;

const USUAL_PORTS: Readonly<Record<MailSecurity, string>> = { starttls: "587", tls: "465", none: "25" };

export function formOf(server: MailServer | null): MailServerForm {
  return {
    host: server?.host ?? "",
    port: String(server?.port ?? 587),
    security: server?.security ?? "starttls",
    sender_address: server?.sender_address ?? "",
    sender_name: server?.sender_name ?? "",
    user: server?.user ?? "",
    password: "",
  };
}

/** Another security; the port follows where it was the usual one. */
export function withSecurity(form: MailServerForm, security: MailSecurity): MailServerForm {
  const isUsual = form.port === USUAL_PORTS[form.security];
  return { ...form, security, port: isUsual ? USUAL_PORTS[security] : form.port };
}

export function isDirty(form: MailServerForm, server: MailServer | null): boolean {
  const stored = formOf(server);
  return (Object.keys(stored) as MailServerField[]).some((name) => form[name] !== stored[name]);
}

/** Whether the stored password still counts: it goes to no other server than the one it was entered for. */
export function keepsPassword(form: MailServerForm, server: MailServer | null): boolean {
  if (server?.has_password !== true) return false;
  const { host, port, security, user } = formOf(server);
  const isSame = form.host.trim().toLowerCase() === host.toLowerCase() && form.user.trim() === user;
  return isSame && form.port.trim() === port && form.security === security;
}

/** What is plainly wrong with an entry; null for nothing. */
export function findFlaw(name: MailServerField, form: MailServerForm): string | null {
  const text = form[name].trim();
  if (name === "host" && text !== "" && !/^[^\s/@]+$/.test(text)) return "Only the name, such as smtp.example.com.";
  if (name === "port" && !isPort(text)) return "A number from 1 to 65535.";
  if (name === "sender_address" && text !== "" && !isMailAddress(text)) return "This is no e-mail address.";
  if (name === "user" && text !== "" && form.security === "none") {
    return "Without encryption the password could be read on its way. Choose STARTTLS or TLS.";
  }
  return null;
}

export function isMailAddress(text: string): boolean {
  return /^[^\s@,;<>"]+@[^\s@,;<>"]+$/.test(text.trim());
}

/** The mail server to send, or null while something is missing or wrong. */
export function readForm(form: MailServerForm, server: MailServer | null): NewMailServer | null {
  const fields = Object.keys(form) as MailServerField[];
  const isComplete = form.host.trim() !== "" && form.sender_address.trim() !== "";
  const needsPassword = form.user.trim() !== "" && form.password === "" && !keepsPassword(form, server);
  if (!isComplete || needsPassword || fields.some((name) => findFlaw(name, form) !== null)) return null;
  return {
    host: form.host.trim(),
    port: Number(form.port),
    security: form.security,
    sender_address: form.sender_address.trim(),
    sender_name: form.sender_name.trim(),
    user: form.user.trim(),
    password: form.password === "" ? null : form.password,
  };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
}
