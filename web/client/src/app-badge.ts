/** The total on the installed application's icon, from a page or from the service worker. */
export async function showOnApp(total: number, navigator: object | NavigatorBadge): Promise<void> {
  if (!("setAppBadge" in navigator)) return;
  // Not installed, or not permitted.
  await (total > 0 ? navigator.setAppBadge(total) : navigator.clearAppBadge()).catch(() => undefined);
}
