/**
 * The notifications that a browser shows, by one at a time, in all its tabs and the service worker.
 *
 * Chromium forgets a notification that is being shown while somebody asks for those that are shown: it stays on the
 * screen, and nobody can take it back.
 */

const LOCK = "conversations/tray";

export function showIn(
  registration: ServiceWorkerRegistration,
  title: string,
  options: NotificationOptions,
): Promise<void> {
  return alone(() => registration.showNotification(title, options));
}

export async function shownIn(
  registration: ServiceWorkerRegistration | undefined,
  filter?: GetNotificationOptions,
): Promise<Notification[]> {
  return registration === undefined ? [] : alone(() => registration.getNotifications(filter));
}

function alone<T>(act: () => Promise<T>): Promise<T> {
  return "locks" in navigator ? navigator.locks.request(LOCK, act) : act();
}
