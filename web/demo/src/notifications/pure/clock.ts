/** Times of day as people type them. */

/** Minutes after midnight of what was typed: "7", "730", "7:30", "7.30", "7 pm", "24:00"; null for nonsense. */
export function parseTime(text: string): number | null {
  const [, hours, separated, joined, half] =
    /^\s*(\d{1,2}?)(?:\s*[:.h]\s*(\d{2})|(\d{2}))?\s*(am|pm|a|p)?\.?m?\.?\s*$/i.exec(text) ?? [];
  if (hours === undefined) return null;
  const minute = Number(separated ?? joined ?? 0);
  let hour = Number(hours);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return null;
    hour = (hour % 12) + (half.toLowerCase().startsWith("p") ? 12 : 0);
  }
  if (hour === 24 && minute === 0) return 0;
  return hour > 23 || minute > 59 ? null : hour * 60 + minute;
}
