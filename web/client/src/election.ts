/** Which tab shows a banner or a browser notification. Pure. */
import type { Banner, TabReport } from "./model.js";

/**
 * The tab that shows it; null for none.
 *
 * The notifier has elected one. If the focus has moved in this instant, the tab that has it now shows the banner; if
 * that one shows the conversation, nobody does. A browser notification is shown by the elected tab, or if that is gone
 * by the one used last.
 */
export function showsIn(banner: Banner, tabs: readonly TabReport[]): string | null {
  const elected = tabs.find((tab) => tab.tab === banner.tab);
  const focused = tabs.find((tab) => tab.focused && tab.visible);
  if (banner.test) return (elected ?? focused ?? lastUsed(tabs))?.tab ?? null;
  if (banner.surface === "browser") {
    if (focused?.conversation === banner.conversation) return null;
    return (elected ?? lastUsed(tabs))?.tab ?? null;
  }
  const target = elected?.focused && elected.visible ? elected : (focused ?? elected);
  if (!target) return null;
  if (target.focused && target.visible && target.conversation === banner.conversation) return null;
  return target.tab;
}

/** The tab that changes the words of a browser notification that is shown; null for none. */
export function updatesIn(banner: Banner, tabs: readonly TabReport[]): string | null {
  return (tabs.find((tab) => tab.tab === banner.tab) ?? lastUsed(tabs))?.tab ?? null;
}

function lastUsed(tabs: readonly TabReport[]): TabReport | undefined {
  return [...tabs].sort((a, b) => b.inputAtMs - a.inputAtMs)[0];
}
