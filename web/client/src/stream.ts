/** One stream to a service, kept alive: the protocol of conversations/common/v1/stream.proto. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { Clock } from "./clock.js";
import type { Connection } from "./model.js";

/** The parts that every stream shares. */
export interface Frame {
  readonly hello?: { readonly heartbeatMs: number; readonly retryWindowMs: number } | undefined;
  readonly caughtUp?: object | undefined;
  readonly reset?: { readonly reason: string } | undefined;
  readonly goAway?: { readonly reconnectAfterMs: number } | undefined;
}

/** Until the first Hello says otherwise, ms. */
const FIRST_WINDOW_MS = 5_000;
/** How long a stream may take to say Hello, ms. */
const HELLO_MS = 15_000;
/** After a sleep a stream that misses a heartbeat has so long to say something, ms. */
const SUSPECT_MS = 2_000;
/** Without any frame for this many heartbeats the stream is dead. */
const HEARTBEATS = 3;

/** After these a repeat cannot help until the request or the token changes. */
const FINAL: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.NotFound,
  Code.PermissionDenied,
  Code.FailedPrecondition,
  Code.Unimplemented,
]);

export interface Following<F extends Frame> {
  /** Opens the stream, from the position that the follower holds by now. */
  open(signal: AbortSignal): AsyncIterable<F>;
  /** Takes one frame, all its parts in the order of their numbers. */
  take(frame: F): void;
  /** Drops what is held of this stream: it is opened again from the start. */
  reset(reason: string): void;
  /** Each change of the connection. */
  changed(connection: Connection): void;
  /** The token was refused: gets another one. False if there is none. */
  renewToken(): Promise<boolean>;
  readonly clock: Clock;
}

/**
 * Follows a stream over every loss until `stop`.
 *
 * A loss is `connecting` until the first try to open the stream again has failed, then `offline` since the loss; so a
 * planned change of replica is not shown as an outage.
 */
export class Follower<F extends Frame> {
  readonly #following: Following<F>;
  #windowMs = FIRST_WINDOW_MS;
  #stopped = false;
  #abort: AbortController | null = null;
  #wake: (() => void) | null = null;
  #lastFrameMs = 0;
  #aliveMs = HELLO_MS;
  #lostAt: number | null = null;
  #renewed = false;
  /** The stream was given up by ourselves: nobody else returns in this moment, so there is nothing to wait for. */
  #atOnce = false;

  constructor(following: Following<F>) {
    this.#following = following;
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#abort?.abort();
    this.#wake?.();
  }

  /**
   * The machine woke up, or the network is back: a stream that has been silent for too long is given up now, and one
   * that waits is opened now.
   */
  nudge(): void {
    const { clock } = this.#following;
    this.#wake?.();
    if (this.#abort === null) return;
    const silentMs = clock.now() - this.#lastFrameMs;
    const dead = (): void => {
      this.#lostAt ??= this.#lastFrameMs;
      this.again();
    };
    if (silentMs >= this.#aliveMs) dead();
    else if (silentMs > this.#aliveMs / HEARTBEATS) {
      // A heartbeat is missing: what was held up while asleep arrives within a moment, or nothing will.
      const { abort, last } = { abort: this.#abort, last: this.#lastFrameMs };
      clock.later(SUSPECT_MS, () => {
        if (this.#abort === abort && this.#lastFrameMs === last) dead();
      });
    }
  }

  /** Opens the stream again at once, for a request that has changed. */
  again(): void {
    this.#atOnce = this.#abort !== null;
    this.#abort?.abort();
    this.#wake?.();
  }

  async #run(): Promise<void> {
    const { clock } = this.#following;
    this.#say({ state: "connecting", since: clock.now() });
    while (!this.#stopped) {
      const waitMs = await this.#once();
      if (waitMs === null) return;
      if (waitMs > 0) await this.#pause(waitMs);
    }
  }

  /** Reads one stream to its end. Answers how long to wait, ms; null for never again. */
  async #once(): Promise<number | null> {
    const { clock } = this.#following;
    const abort = new AbortController();
    this.#atOnce = false;
    this.#abort = abort;
    this.#aliveMs = HELLO_MS;
    this.#lastFrameMs = clock.now();
    let reopenAt: number | null = null;
    let cancelTimer: () => void = () => undefined;
    const watch = (): void => {
      const due = reopenAt ?? this.#lastFrameMs + this.#aliveMs;
      cancelTimer = clock.later(Math.max(0, due - clock.now()), () => {
        if (clock.now() >= (reopenAt ?? this.#lastFrameMs + this.#aliveMs)) abort.abort();
        else watch();
      });
    };
    watch();
    let why = "the stream ended";
    try {
      for await (const frame of this.#following.open(abort.signal)) {
        if (this.#stopped) break;
        this.#lastFrameMs = clock.now();
        if (frame.hello) {
          this.#windowMs = frame.hello.retryWindowMs;
          this.#aliveMs = HEARTBEATS * frame.hello.heartbeatMs;
          this.#say({ state: "catching up", since: clock.now() });
        }
        this.#following.take(frame);
        if (frame.caughtUp) {
          this.#lostAt = null;
          this.#renewed = false;
          this.#say({ state: "connected", since: clock.now() });
        }
        if (frame.reset) {
          this.#following.reset(frame.reset.reason);
          why = frame.reset.reason;
          break;
        }
        if (frame.goAway) {
          reopenAt = clock.now() + frame.goAway.reconnectAfterMs;
          cancelTimer();
          watch();
        }
      }
    } catch (error) {
      const failure = ConnectError.from(error);
      why = failure.rawMessage;
      if (!abort.signal.aborted) {
        if (failure.code === Code.Unauthenticated) {
          if (!this.#renewed && (await this.#following.renewToken().catch(() => false))) {
            this.#renewed = true;
            return 0;
          }
        } else if (FINAL.has(failure.code)) {
          this.#say({ state: "ended", since: clock.now(), why });
          return null;
        }
      }
    } finally {
      cancelTimer();
      abort.abort();
      this.#abort = null;
    }
    if (this.#stopped) return null;
    if (this.#givenUp()) {
      this.#say({ state: "connecting", since: clock.now() });
      return 0;
    }
    this.#lose(why);
    if (reopenAt !== null) return Math.max(0, reopenAt - clock.now());
    return clock.random() * this.#windowMs;
  }

  #givenUp(): boolean {
    const atOnce = this.#atOnce;
    this.#atOnce = false;
    return atOnce;
  }

  #lose(why: string): void {
    const now = this.#following.clock.now();
    if (this.#lostAt === null) {
      this.#lostAt = now;
      this.#say({ state: "connecting", since: now });
    } else {
      this.#say({ state: "offline", since: this.#lostAt, why });
    }
  }

  #say(connection: Connection): void {
    if (!this.#stopped) this.#following.changed(connection);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#wake = null;
        cancel();
        resolve();
      };
      const cancel = this.#following.clock.later(ms, done);
      this.#wake = done;
    });
  }
}

/** The state of several streams as one: the worst of them, since the earliest moment it holds. */
export function worstOf(connections: readonly Connection[]): Connection | null {
  const order = ["connected", "catching up", "connecting", "offline", "ended"];
  let worst: Connection | null = null;
  for (const one of connections) {
    const more = worst === null ? 1 : order.indexOf(one.state) - order.indexOf(worst.state);
    if (worst === null || more > 0 || (more === 0 && one.since < worst.since)) worst = one;
  }
  return worst;
}
