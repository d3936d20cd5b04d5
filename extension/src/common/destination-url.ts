/** What can be said about a typed destination before the node tries it. Returns null for an address worth trying. */
export function findUrlFlaw(text: string): string | null {
  const typed = text.trim();
  if (typed === "") return "Enter the address of the other side, or choose: I don't have a URL.";
  if (/^adn1\./.test(typed)) return "This is an invitation code. Use Accept invitation for it.";
  if (/\s/.test(typed)) return "An address has no blanks.";
  if (!/^[a-z][a-z0-9+.-]*:/i.test(typed)) return "Enter the whole address, beginning with https://";
  const url = parse(typed);
  if (url === null) return "This is no complete address. An example: https://node.example.com";
  return findSchemeFlaw(url) ?? findHostFlaw(url);
}

function findSchemeFlaw(url: URL): string | null {
  if (url.protocol === "https:") return null;
  if (url.protocol !== "http:") return "The address must begin with https://";
  return isLoopback(url.hostname) ? null : "The address must begin with https:// so that nobody can listen in.";
}

function findHostFlaw(url: URL): string | null {
  if (url.username !== "" || url.password !== "") return "Leave out the user name and the password.";
  const host = url.hostname.toLowerCase();
  if (host === "dev.azure.com" || host.endsWith(".visualstudio.com")) {
    return (
      "This is the address of an Azure DevOps organization, which does not tell where its node is. Enter the Exalate URL " +
      "that its administrator finds in General Settings."
    );
  }
  if (!host.includes(".") && !isLoopback(host) && !host.startsWith("[")) {
    return "The address needs a complete host name. An example: https://node.example.com";
  }
  return null;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}

function parse(text: string): URL | null {
  try {
    const url = new URL(text);
    return url.hostname === "" ? null : url;
  } catch {
    return null;
  }
}
