/** Browser notifications: by the service worker where there is one, so that a click finds the right tab. */
import type { Banner, Permission } from "./model.js";

export function permission(): Permission {
  return "Notification" in globalThis ? Notification.permission : "unsupported";
}

/** The words of a notification: who and where; then what. */
export function titleOf(banner: Pick<Banner, "author" | "service" | "title">, name: (person: string) => string): string {
  const who = banner.author === "" ? banner.service : name(banner.author);
  return banner.title === "" ? who : `${who} · ${banner.title}`;
}

export class Notifications {
  readonly #registration: () => Promise<ServiceWorkerRegistration | undefined>;
  readonly #name: (person: string) => string;
  readonly #clicked: (conversation: string, number: number) => void;
  readonly #shown = new Map<string, Notification>();

  constructor(
    registration: () => Promise<ServiceWorkerRegistration | undefined>,
    name: (person: string) => string,
    clicked: (conversation: string, number: number) => void,
  ) {
    this.#registration = registration;
    this.#name = name;
    this.#clicked = clicked;
  }

  async show(banner: Banner): Promise<void> {
    if (permission() !== "granted") return;
    const title = titleOf(banner, this.#name);
    const options = {
      body: banner.text,
      tag: banner.tag,
      data: { conversation: banner.conversation, number: banner.number, link: banner.link },
    };
    const registration = await this.#registration();
    if (registration) {
      await registration.showNotification(title, options);
      return;
    }
    const notification = new Notification(title, options);
    notification.onclick = () => {
      window.focus();
      this.#clicked(banner.conversation, banner.number);
      notification.close();
    };
    this.#shown.set(banner.tag, notification);
  }

  async takeBack(tag: string): Promise<void> {
    this.#shown.get(tag)?.close();
    this.#shown.delete(tag);
    const registration = await this.#registration();
    for (const notification of (await registration?.getNotifications({ tag })) ?? []) notification.close();
  }
}
