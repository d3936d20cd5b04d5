/** What can be said about pasted text before any node is asked. */

export type Recognition =
  | { readonly kind: "empty" }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "plausible"; readonly code: string };

const PREFIX = "adn1";
const MAXIMUM_LENGTH = 4096;
const CHECKSUM = /^[0-9a-f]{8}$/;
const COPY_AGAIN = "Copy the whole code again, from adn1 to its last character.";

interface CodeContent {
  readonly organizationId: string | null;
  readonly organizationName: string;
  readonly expiresAt: number | null;
}

/** Names what is wrong with a paste at once; what passes here is still checked by the node. */
export function recognizeCode(text: string, ownOrganizationId: string, now: number): Recognition {
  const code = text.replace(/\s+/g, "");
  if (code === "") return { kind: "empty" };
  const flaw = findForeign(code) ?? findDamage(code) ?? findObstacle(code, ownOrganizationId, now);
  return flaw === null ? { kind: "plausible", code } : { kind: "refused", message: flaw };
}

function findForeign(code: string): string | null {
  if (/^https?:/i.test(code)) return "This is a web address, not an invitation code. The code begins with adn1.";
  if (/^adn[2-9]\./.test(code)) return "This code was made by a newer version. Ask your node's operator to update the node.";
  if (code.startsWith(PREFIX)) return null;
  if (code.includes(`${PREFIX}.`)) return `There is other text before the code. ${COPY_AGAIN}`;
  return "This is no invitation code. The code begins with adn1.";
}

function findDamage(code: string): string | null {
  if (code.length > MAXIMUM_LENGTH) return `This is far too long for an invitation code. ${COPY_AGAIN}`;
  if (!/^[A-Za-z0-9._-]+$/.test(code)) return `This contains characters that no code has. ${COPY_AGAIN}`;
  const parts = code.split(".");
  if (parts.length !== 3) return `A part of the code is missing. ${COPY_AGAIN}`;
  if (!CHECKSUM.test(parts[2] ?? "")) return `The end of the code is missing or was changed. ${COPY_AGAIN}`;
  return readContent(parts[1] ?? "") === null ? `Characters of the code were lost or changed. ${COPY_AGAIN}` : null;
}

function findObstacle(code: string, ownOrganizationId: string, now: number): string | null {
  const content = readContent(code.split(".")[1] ?? "");
  if (content === null) return null;
  if (content.organizationId?.toLowerCase() === ownOrganizationId.toLowerCase()) {
    return "This invitation was made by your own organization. Send it to the administrator of the other one.";
  }
  if (content.expiresAt === null || content.expiresAt > now) return null;
  return `The invitation of ${content.organizationName} has expired. Ask its administrator for a new one.`;
}

function readContent(payload: string): CodeContent | null {
  const document = decode(payload);
  if (typeof document !== "object" || document === null) return null;
  const { organization, name, expires } = document as Record<string, unknown>;
  return {
    organizationId: typeof organization === "string" ? organization : null,
    organizationName: typeof name === "string" ? name : "the other organization",
    expiresAt: typeof expires === "number" ? expires * 1000 : null,
  };
}

function decode(payload: string): unknown {
  try {
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch {
    return null;
  }
}
