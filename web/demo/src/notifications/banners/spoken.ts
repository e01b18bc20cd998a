/** A banner in words, and where a click on it leads. Pure. */
import type { Banner } from "@conversations/client";

/** Who wrote: a person's name, or the service's; of a test this application. */
export function authorOf(banner: Pick<Banner, "author" | "service" | "test">, name: (person: string) => string): string {
  if (banner.test) return "Test";
  return banner.author === "" ? banner.service : name(banner.author);
}

/** What is said to screen readers. */
export function spokenOf(banner: Banner, name: (person: string) => string): string {
  const who = authorOf(banner, name);
  if (banner.test) return `Test notification: ${banner.text}`;
  const where = banner.title === "" ? "" : ` in ${banner.title}`;
  if (banner.count > 1) return `${String(banner.count)} new messages${where}, the last by ${who}: ${banner.text}`;
  return `${banner.mentioned ? "You are mentioned. " : ""}${who}${where}: ${banner.text}`;
}

/**
 * Where a click leads: to the message in its conversation; if it is about an item and the person is in the item's tool,
 * to the item, which shows the conversation beside it.
 *
 * @param path the present page's path.
 */
export function addressOf(banner: Pick<Banner, "conversation" | "number" | "link" | "test">, path: string): string {
  if (banner.test || banner.conversation === "") return "";
  const tool = banner.link.split("/").slice(0, -1).join("/");
  const inTool = tool !== "" && (path === tool || path.startsWith(`${tool}/`));
  const page = inTool && banner.link.startsWith("/") ? banner.link : `/conversations/${banner.conversation}`;
  if (banner.number === 0) return page;
  return `${page}${page.includes("?") ? "&" : "?"}message=${String(banner.number)}`;
}
