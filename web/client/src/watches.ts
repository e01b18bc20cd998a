/** What tabs watch beside badges and banners: one stream for each thing, however many tabs watch it. */
import type { Clock } from "./clock.js";
import { presenceOf } from "./convert.js";
import { eventOf, readerOf } from "./messages.js";
import type { Connection, LogEvent, PersonPresence, Reader } from "./model.js";
import { Follower, type Following, type Frame } from "./stream.js";
import { STREAM, type Services } from "./transport.js";
import type { Part, Watch } from "./wire.js";

/** So many of a conversation's last events are kept, so that another tab can join its stream. */
const KEPT = 1_000;
/** presence.proto: at most 500 people. */
const PEOPLE = 500;
/** The people on screen change while somebody scrolls: the stream is opened again after this, ms. */
const SETTLE_MS = 150;

interface Watcher {
  readonly watch: Watch;
  readonly tell: (part: Part) => void;
  position: number;
}

interface Topic {
  readonly watchers: Map<string, Watcher>;
  join(watcher: Watcher): void;
  left(): void;
  nudge(): void;
  stop(): void;
}

export class Watches {
  readonly #services: Services;
  readonly #clock: Clock;
  readonly #renewToken: () => Promise<boolean>;
  readonly #topics = new Map<string, Topic>();
  readonly #topicOf = new Map<string, string>();

  constructor(services: Services, clock: Clock, renewToken: () => Promise<boolean>) {
    this.#services = services;
    this.#clock = clock;
    this.#renewToken = renewToken;
  }

  add(tab: string, id: number, watch: Watch, tell: (part: Part) => void): void {
    const name = watch.what === "presence" ? "presence" : `${watch.what} ${watch.conversation}`;
    const key = `${tab} ${String(id)}`;
    const topic = this.#topics.get(name) ?? this.#make(watch);
    this.#topics.set(name, topic);
    this.#topicOf.set(key, name);
    const watcher: Watcher = { watch, tell, position: watch.what === "conversation" ? watch.after : 0 };
    topic.watchers.set(key, watcher);
    topic.join(watcher);
  }

  remove(tab: string, id: number): void {
    this.#remove(`${tab} ${String(id)}`);
  }

  removeAll(tab: string): void {
    for (const key of [...this.#topicOf.keys()]) if (key.startsWith(`${tab} `)) this.#remove(key);
  }

  nudge(): void {
    for (const topic of this.#topics.values()) topic.nudge();
  }

  stop(): void {
    for (const topic of this.#topics.values()) topic.stop();
    this.#topics.clear();
  }

  #remove(key: string): void {
    const name = this.#topicOf.get(key);
    const topic = name === undefined ? undefined : this.#topics.get(name);
    if (name === undefined || topic === undefined) return;
    this.#topicOf.delete(key);
    topic.watchers.delete(key);
    if (topic.watchers.size > 0) topic.left();
    else {
      topic.stop();
      this.#topics.delete(name);
    }
  }

  #make(watch: Watch): Topic {
    switch (watch.what) {
      case "conversation":
        return this.#conversation(watch.conversation, watch.after);
      case "presence":
        return this.#presence();
      case "typing":
        return this.#typing(watch.conversation);
      case "readers":
        return this.#readers(watch.conversation);
    }
  }

  #topic<F extends Frame>(
    parts: Pick<Following<F>, "open" | "take" | "reset"> & { readonly lost?: () => void },
    welcome: (watcher: Watcher) => void,
  ): Topic & { readonly follower: Follower<F>; readonly tell: (part: Part) => void } {
    const watchers = new Map<string, Watcher>();
    let connection: Connection | null = null;
    const tell = (part: Part): void => {
      for (const watcher of watchers.values()) watcher.tell(part);
    };
    const follower = new Follower<F>({
      ...parts,
      clock: this.#clock,
      renewToken: this.#renewToken,
      changed: (changed) => {
        connection = changed;
        if (changed.state !== "connected" && changed.state !== "catching up") parts.lost?.();
        tell({ is: "connection", connection });
      },
    });
    let started = false;
    return {
      watchers,
      follower,
      tell,
      join: (watcher) => {
        if (connection) watcher.tell({ is: "connection", connection });
        welcome(watcher);
        if (!started) follower.start();
        started = true;
      },
      left: () => undefined,
      nudge: () => {
        follower.nudge();
      },
      stop: () => {
        follower.stop();
      },
    };
  }

  #conversation(conversation: string, after: number): Topic {
    let position = after;
    let first = after;
    let recent: LogEvent[] = [];
    let caughtUp = false;
    let progress = true;
    const give = (watcher: Watcher, events: readonly LogEvent[]): void => {
      const fresh = events.filter((event) => event.revision > watcher.position);
      if (fresh.length > 0) watcher.tell({ is: "events", events: fresh });
      watcher.position = fresh.at(-1)?.revision ?? watcher.position;
    };
    const topic = this.#topic(
      {
        open: (signal) =>
          this.#services.messaging.watchConversation(
            { conversation, afterRevision: BigInt(position) },
            { signal, ...STREAM },
          ),
        take: (frame) => {
          const events = frame.events.map(eventOf).filter((event) => event.revision > position);
          if (events.length > 0) {
            progress = true;
            position = events.at(-1)?.revision ?? position;
            recent.push(...events);
            if (recent.length > KEPT) {
              recent = recent.slice(-KEPT);
              first = (recent[0]?.revision ?? 1) - 1;
            }
            for (const watcher of topic.watchers.values()) give(watcher, events);
          }
          if (frame.hello) caughtUp = false;
          if (frame.caughtUp) {
            progress = true;
            caughtUp = true;
            topic.tell({ is: "caught up" });
          }
        },
        reset: () => {
          // Once: a mailbox has overflowed, and the position is still good. Twice without an event between: it is not.
          if (!progress) topic.tell({ is: "reset" });
          progress = false;
        },
      },
      (watcher) => {
        if (watcher.position >= first) {
          give(watcher, recent);
          if (caughtUp) watcher.tell({ is: "caught up" });
        } else {
          position = first = watcher.position;
          recent = [];
          topic.follower.again();
        }
      },
    );
    return topic;
  }

  #presence(): Topic {
    const known = new Map<string, PersonPresence>();
    let asked: string[] = [];
    let cancel: (() => void) | null = null;
    const wanted = (): string[] => {
      const persons = new Set<string>();
      for (const { watch } of topic.watchers.values()) {
        if (watch.what === "presence") for (const person of watch.persons) persons.add(person);
      }
      return [...persons].slice(0, PEOPLE);
    };
    const changed = (): void => {
      cancel?.();
      cancel = this.#clock.later(SETTLE_MS, () => {
        if (wanted().some((person) => !asked.includes(person))) topic.follower.again();
      });
    };
    const topic = this.#topic(
      {
        open: (signal) => {
          asked = wanted();
          return this.#services.presence.watchPresence({ persons: asked }, { signal, ...STREAM });
        },
        take: (frame) => {
          // Presence that cannot know says so; then what is shown stays.
          const persons = frame.presences
            .map(presenceOf)
            .filter((one) => one.status !== "unknown" || !known.has(one.person));
          for (const presence of persons) known.set(presence.person, presence);
          if (persons.length > 0) topic.tell({ is: "presence", persons });
          if (frame.caughtUp) topic.tell({ is: "caught up" });
        },
        reset: () => undefined,
      },
      (watcher) => {
        watcher.tell({ is: "presence", persons: [...known.values()] });
        changed();
      },
    );
    const left = changed;
    return { ...topic, left };
  }

  #typing(conversation: string): Topic {
    let persons: readonly string[] = [];
    const topic = this.#topic(
      {
        open: (signal) => this.#services.presence.watchTyping({ conversation }, { signal, ...STREAM }),
        take: (frame) => {
          if (!frame.typing) return;
          persons = frame.typing.persons;
          topic.tell({ is: "typing", persons });
        },
        reset: () => undefined,
        // Nobody says any more that they have stopped.
        lost: () => {
          if (persons.length > 0) topic.tell({ is: "typing", persons: (persons = []) });
        },
      },
      (watcher) => {
        watcher.tell({ is: "typing", persons });
      },
    );
    return topic;
  }

  #readers(conversation: string): Topic {
    const held = new Map<string, Reader>();
    let named: Set<string> | null = null;
    const topic = this.#topic(
      {
        open: (signal) => this.#services.unread.watchReaders({ conversation }, { signal, ...STREAM }),
        take: (frame) => {
          if (frame.hello) named = new Set();
          for (const reader of frame.readers.map(readerOf)) {
            named?.add(reader.person);
            const old = held.get(reader.person);
            const newer =
              !old || reader.epoch > old.epoch || (reader.epoch === old.epoch && reader.version >= old.version);
            if (newer) held.set(reader.person, reader);
          }
          if (frame.caughtUp && named) {
            for (const person of [...held.keys()]) if (!named.has(person)) held.delete(person);
            named = null;
          }
          if (named === null) topic.tell({ is: "readers", readers: present(held), all: true });
        },
        reset: () => {
          held.clear();
        },
      },
      (watcher) => {
        watcher.tell({ is: "readers", readers: present(held), all: true });
      },
    );
    return topic;
  }
}

function present(readers: ReadonlyMap<string, Reader>): Reader[] {
  return [...readers.values()].filter((reader) => !reader.left);
}
