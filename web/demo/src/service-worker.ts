/** The service worker, at /service-worker.js: Web Push and clicks on notifications. */
import { configure } from "@conversations/client/service-worker";

interface Config {
  readonly people: readonly { readonly person: string; readonly name: string }[];
}

let config: Promise<Config> | null = null;

/** How a person is called; their id while the host cannot be asked. */
async function name(person: string): Promise<string> {
  config ??= fetch("/host/config.json").then((answer) => answer.json() as Promise<Config>);
  try {
    return (await config).people.find((one) => one.person === person)?.name ?? person;
  } catch {
    // Asked again for the next push.
    config = null;
    return person;
  }
}

configure({
  name,
  address: ({ conversation, number }) => `/conversations/${conversation}${number > 0 ? `?message=${String(number)}` : ""}`,
  icon: "/icon-192.png",
});
