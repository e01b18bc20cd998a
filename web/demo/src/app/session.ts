/** Who is signed in here, what the host says, and the connection to Conversations. */
import { createContext, use } from "react";
import { connect, type Conversations, type Gateway } from "@conversations/client";

/** Somebody of the project. */
export interface Someone {
  readonly person: string;
  readonly name: string;
  readonly role: string;
}

/** What the host application tells its pages: /host/config.json. */
export interface HostConfig {
  readonly tenant: string;
  readonly project: { readonly id: string; readonly name: string };
  readonly gateway: Gateway;
  readonly people: readonly Someone[];
  readonly items: readonly { readonly tool: string; readonly item: string; readonly title: string; readonly link: string }[];
}

export interface Session {
  readonly config: HostConfig;
  /** Who is signed in in this tab. */
  readonly me: Someone;
  readonly client: Conversations;
  /** Somebody by id; an id that nobody knows stands for itself. */
  readonly someone: (person: string) => Someone;
}

export const SessionContext = createContext<Session | null>(null);

/** The session of this tab. */
export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error("outside of the application");
  return session;
}

const KEPT = "gridline/person";

declare global {
  interface Window {
    /** The client of this tab, for debugging and tests. */
    conversations?: Conversations;
  }
}

/**
 * Signs in: by `?as=` in the address, else as this tab was, else as the first of the project's people.
 *
 * @param opened somebody clicked a notification: show that message.
 */
export async function beginSession(opened: (conversation: string, number: number) => void): Promise<Session> {
  const answer = await fetch("/host/config.json");
  if (!answer.ok) throw new Error(`the host answered ${String(answer.status)}`);
  const config = (await answer.json()) as HostConfig;
  const byId = new Map(config.people.map((one) => [one.person, one]));
  const someone = (person: string): Someone => byId.get(person) ?? { person, name: person, role: "" };
  const me = byId.get(asked() ?? sessionStorage.getItem(KEPT) ?? "") ?? config.people[0];
  if (me === undefined) throw new Error("the project has no people");
  sessionStorage.setItem(KEPT, me.person);
  const client = connect({
    tenant: config.tenant,
    person: me.person,
    gateway: config.gateway,
    token: async () => {
      const token = await fetch(`/host/token?person=${encodeURIComponent(me.person)}`);
      if (!token.ok) throw new Error(`no token: ${String(token.status)}`);
      return token.text();
    },
    worker: (name) =>
      import.meta.env.DEV
        ? new SharedWorker("/src/worker.ts", { type: "module", name })
        : new SharedWorker("/worker.js", { type: "module", name }),
    name: (person) => someone(person).name,
    clicked: opened,
  });
  window.conversations = client;
  return { config, me, client, someone };
}

/** Takes `?as=` out of the address: it must not be copied with a link. */
function asked(): string | null {
  const url = new URL(location.href);
  const person = url.searchParams.get("as");
  if (person !== null) {
    url.searchParams.delete("as");
    history.replaceState(null, "", url.pathname + url.search + url.hash);
  }
  return person;
}
