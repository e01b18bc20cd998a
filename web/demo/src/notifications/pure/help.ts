/** Which browser this is, and how its settings permit notifications again. */

export type BrowserName = "Chrome" | "Edge" | "Firefox" | "Safari";

export interface Help {
  readonly browser: BrowserName;
  readonly steps: readonly string[];
}

/** The browser behind a user agent string; null where it is none of the four. */
export function browserOf(userAgent: string): BrowserName | null {
  // Edge says Chrome too, and both say Safari: the most special first.
  if (/\bEdg(e|A|iOS)?\//.test(userAgent)) return "Edge";
  if (/\b(Firefox|FxiOS)\//.test(userAgent)) return "Firefox";
  if (/\b(Chrome|Chromium|CriOS|HeadlessChrome)\//.test(userAgent)) return "Chrome";
  if (/\bVersion\/[\d.]+.*\bSafari\//.test(userAgent)) return "Safari";
  return null;
}

const HELP: Readonly<Record<BrowserName, readonly string[]>> = {
  Chrome: [
    "Click the icon at the left end of the address bar (two sliders, or a lock).",
    "Switch “Notifications” on. If it is not there, open “Site settings” and set Notifications to “Allow”.",
    "Reload this page.",
  ],
  Edge: [
    "Click the lock at the left end of the address bar.",
    "Choose “Permissions for this site” and set Notifications to “Allow”.",
    "Reload this page.",
  ],
  Firefox: [
    "Click the crossed-out speech bubble, or the lock, at the left end of the address bar.",
    "Beside “Send notifications”, clear “Blocked” with the ×. The page may ask again then.",
    "Reload this page and permit notifications.",
  ],
  Safari: [
    "In the menu, choose Safari → Settings → Websites → Notifications.",
    "Find this site in the list and set it to “Allow”.",
    "Reload this page.",
  ],
};

/** The steps for each browser, the one that this is first. */
export function helpFor(userAgent: string): Help[] {
  const mine = browserOf(userAgent);
  const names: BrowserName[] = ["Chrome", "Edge", "Firefox", "Safari"];
  return names
    .sort((a, b) => Number(b === mine) - Number(a === mine))
    .map((browser) => ({ browser, steps: HELP[browser] }));
}
