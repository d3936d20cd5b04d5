/** The query of an address, without what is empty: `?status=failed&limit=50`. */
export function query(parts: Readonly<Record<string, string | number | boolean | null | undefined>>): string {
  const text = Object.entries(parts)
    .filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join("&");
  return text === "" ? "" : `?${text}`;
}
