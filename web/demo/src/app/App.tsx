/** Which page an address is. */
import { useEffect, type ReactNode } from "react";
import { ConversationsTool } from "../conversations/Tool.js";
import { NotificationSettings, WhyPage } from "../notifications/index.js";
import { Home } from "../project/Home.js";
import { toolOf } from "../project/items.js";
import { ItemPage } from "../project/ItemPage.js";
import { ItemList } from "../project/ItemList.js";
import { Link, navigate, usePlace } from "./router.js";
import { useSession } from "./session.js";
import { Shell } from "./Shell.js";
import { useTitle } from "./title.js";

export function App(): ReactNode {
  const { parts } = usePlace();
  const fixed = parts[0] === "conversations" || (parts[0] === "projects" && parts.length > 3);
  return (
    <Shell fixed={fixed}>
      <Page />
    </Shell>
  );
}

function Page(): ReactNode {
  const { config } = useSession();
  const { parts, query } = usePlace();
  const [first, second, third, fourth] = parts;
  const home = `/projects/${config.project.id}/home`;
  // The installed application opens at "/", and the service worker opens "/?conversation=…&message=…".
  const conversation = first === undefined ? query.get("conversation") : null;
  useEffect(() => {
    if (first !== undefined) return;
    const message = query.get("message");
    navigate(
      conversation === null ? home : `/conversations/${conversation}${message === null ? "" : `?message=${message}`}`,
      { replace: true },
    );
  }, [first, conversation, query, home]);
  if (first === undefined) return null;
  if (first === "projects" && second === config.project.id) {
    if (third === "home") return <Home />;
    const tool = third === undefined ? undefined : toolOf(third);
    if (tool !== undefined && fourth === undefined) return <ItemList key={tool} tool={tool} />;
    if (tool !== undefined && fourth !== undefined) return <ItemPage key={`${tool} ${fourth}`} tool={tool} id={fourth} />;
  }
  if (first === "conversations") return <ConversationsTool conversation={second ?? ""} message={Number(query.get("message") ?? 0)} />;
  if (first === "settings" && second === "notifications") return third === "why" ? <WhyPage /> : <NotificationSettings />;
  return <NotFound home={home} />;
}

function NotFound({ home }: { readonly home: string }): ReactNode {
  useTitle("Not found");
  return (
    <div className="empty">
      <h1>There is no page here</h1>
      <p>The address may be mistyped, or the page may have moved.</p>
      <Link to={home} className="button">
        Go to the project
      </Link>
    </div>
  );
}
