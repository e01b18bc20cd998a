// The smallest page that embeds the library: what the tests of a real browser look at.
import { connect, showTotal } from "/client/index.js";

const query = new URLSearchParams(location.search);
const person = query.get("person");
const { gateway } = await (await fetch("/config")).json();
const $ = (id) => document.getElementById(id);
const clicked = [];

await navigator.serviceWorker.register("/service-worker.js", { type: "module" });
await navigator.serviceWorker.ready;

const conversations = connect({
  tenant: "acme",
  person,
  gateway,
  token: async () => (await fetch(`/token?person=${person}`)).text(),
  ...(query.has("alone") ? {} : { worker: (name) => new SharedWorker("/client/worker.js", { type: "module", name }) }),
  clicked: (conversation, number) => clicked.push({ conversation, number }),
});

showTotal(conversations.badges, () => "Project");
const states = [];
conversations.connection.subscribe((connection) => {
  $("state").textContent = connection.state;
  states.push(connection.state);
});
conversations.badges.subscribe(({ known, total, conversations: badges }) => {
  if (!known) return;
  $("total").textContent = String(total);
  $("badges").replaceChildren(
    ...Object.values(badges)
      .filter((badge) => badge.unread > 0)
      .map((badge) => Object.assign(document.createElement("li"), { textContent: `${badge.conversation} ${badge.unread}` })),
  );
});
const bannersSeen = [];
conversations.banners.subscribe((banners) => {
  bannersSeen.push(...banners.map((banner) => banner.tag).filter((tag) => !bannersSeen.includes(tag)));
  $("banners").replaceChildren(
    ...banners.map((banner) =>
      Object.assign(document.createElement("p"), { textContent: `${banner.author}: ${banner.text}` }),
    ),
  );
});

let opened = null;
let viewport = null;
function open(conversation, at = 0) {
  close();
  conversations.show(conversation);
  opened = conversations.open(conversation, at);
  viewport = conversations.viewport(conversation, $("messages"));
  opened.view.subscribe((view) => {
    const held = new Map([...$("messages").children].map((element) => [element.dataset.number, element]));
    const rows = view.messages.map((message) => {
      const row = held.get(String(message.number)) ?? document.createElement("div");
      if (!row.dataset.number) {
        row.dataset.number = String(message.number);
        viewport.observe(row, message.number);
      }
      row.textContent = message.deleted ? "(deleted)" : `${message.author}: ${message.text}`;
      return row;
    });
    const outgoing = view.outgoing.map((one) =>
      Object.assign(document.createElement("i"), { textContent: `${one.state}: ${one.text}` }),
    );
    $("messages").replaceChildren(...rows, ...outgoing);
  });
}
function close() {
  conversations.show("");
  viewport?.disconnect();
  opened?.close();
  opened = viewport = null;
  $("messages").replaceChildren();
}

window.app = { conversations, open, close, bannersSeen, states, clicked, opened: () => opened };
