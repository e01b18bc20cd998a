/** The total on the page's title, its favicon and the installed application's icon. */
import { showOnApp } from "./app-badge.js";
import type { Badges } from "./model.js";
import type { Store } from "./store.js";

/** The title with the total before it; of more than 99 only that. */
export function titled(title: string, total: number): string {
  return total > 0 ? `(${total > 99 ? "99+" : String(total)}) ${title}` : title;
}

/**
 * Keeps them true until the answer is called.
 *
 * @param title the page's title without a number.
 * @param icon the address of the favicon; empty leaves it alone.
 */
export function showTotal(badges: Store<Badges>, title: () => string, icon = ""): () => void {
  let drawn = -1;
  return badges.subscribe(({ known, total }) => {
    if (!known) return;
    document.title = titled(title(), total);
    if (total === drawn) return;
    drawn = total;
    if (icon !== "") void drawIcon(icon, total > 0, () => drawn === total);
    void showOnApp(total, navigator);
  });
}

/** @param wanted whether it is still what is to be shown: the picture may take a while. */
async function drawIcon(icon: string, dot: boolean, wanted: () => boolean): Promise<void> {
  const link =
    document.querySelector<HTMLLinkElement>("link[rel~=icon]") ?? document.head.appendChild(document.createElement("link"));
  link.rel = "icon";
  if (!dot) {
    link.href = icon;
    return;
  }
  const image = new Image();
  image.src = icon;
  await image.decode();
  if (!wanted()) return;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.drawImage(image, 0, 0, 64, 64);
  context.beginPath();
  context.arc(48, 16, 14, 0, 2 * Math.PI);
  context.fillStyle = "#d92d20";
  context.fill();
  link.href = canvas.toDataURL("image/png");
}
