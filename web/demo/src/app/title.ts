/** The page's title: what is shown, behind the number of unread messages. */
import { useEffect } from "react";
import { showTotal, titled, type Conversations } from "@conversations/client";

const NAME = "Gridline";
let title = NAME;
let total = 0;

/** Keeps the number on the title, the favicon and the installed application's icon. */
export function keepTotal(client: Conversations): () => void {
  const ends = [
    client.badges.subscribe((badges) => {
      total = badges.known ? badges.total : total;
    }),
    showTotal(client.badges, () => title, "/favicon.png"),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** Names the page for as long as the component is shown. */
export function useTitle(page: string): void {
  useEffect(() => {
    title = page === "" ? NAME : `${page} · ${NAME}`;
    document.title = titled(title, total);
  }, [page]);
}
