/** Names in a row. Pure. */

/** Dana; Dana and Marco; Dana, Marco and 3 others. */
export function listed(names: readonly string[], most = 3): string {
  if (names.length <= 1) return names[0] ?? "";
  if (names.length <= most) return `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
  const rest = names.length - (most - 1);
  return `${names.slice(0, most - 1).join(", ")} and ${String(rest)} others`;
}
