/** Banners on this browser: kept beside the account's own setting, for this person, and the same in all tabs. */
import type { Conversations } from "@conversations/client";

export function keyOf(person: string): string {
  return `gridline/banners/${person}`;
}

export function bannersHere(person: string): boolean {
  return localStorage.getItem(keyOf(person)) !== "off";
}

const listeners = new Set<() => void>();

export function switchBannersHere(client: Pick<Conversations, "switchInApp">, person: string, on: boolean): void {
  if (on) localStorage.removeItem(keyOf(person));
  else localStorage.setItem(keyOf(person), "off");
  client.switchInApp(on);
  for (const listener of [...listeners]) listener();
}

export function subscribeHere(changed: () => void): () => void {
  listeners.add(changed);
  return () => {
    listeners.delete(changed);
  };
}

/** Keeps this tab with what was chosen, in whichever tab. The answer ends it. */
export function keepBannersHere(client: Pick<Conversations, "switchInApp">, person: string): () => void {
  if (!bannersHere(person)) client.switchInApp(false);
  const changed = (event: StorageEvent): void => {
    if (event.key !== keyOf(person)) return;
    client.switchInApp(event.newValue !== "off");
    for (const listener of [...listeners]) listener();
  };
  window.addEventListener("storage", changed);
  return () => {
    window.removeEventListener("storage", changed);
  };
}
