/** The person's bearer token, renewed before it expires and when a service refuses it. */
import { fromBase64url } from "./base64url.js";
import type { Clock } from "./clock.js";

/** A token is renewed this long before it expires, ms. */
const EARLY_MS = 30_000;

/** When a JWT expires, ms since 1970 UTC; 0 if it does not say. */
export function expiryOf(token: string): number {
  try {
    const claims = JSON.parse(fromBase64url(token.split(".")[1] ?? "")) as { exp?: unknown };
    return typeof claims.exp === "number" ? claims.exp * 1000 : 0;
  } catch {
    return 0;
  }
}

export class Tokens {
  readonly #fetch: () => Promise<string>;
  readonly #clock: Clock;
  #token = "";
  #expiresMs = 0;
  #pending: Promise<string> | null = null;

  /**
   * @param fetch asks the host application for a token; is not called again while it has not answered.
   */
  constructor(fetch: () => Promise<string>, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /** A token that is valid for a while yet. */
  async get(): Promise<string> {
    const old = this.#expiresMs > 0 && this.#clock.now() >= this.#expiresMs - EARLY_MS;
    return this.#token !== "" && !old ? this.#token : this.#renew();
  }

  /** A token other than `refused`; asks the host only if the present one is the refused one. */
  async after(refused: string): Promise<string> {
    return this.#token !== "" && this.#token !== refused ? this.#token : this.#renew();
  }

  /** The token that was given out last. */
  get last(): string {
    return this.#token;
  }

  #renew(): Promise<string> {
    this.#pending ??= this.#fetch()
      .then((token) => {
        this.#token = token;
        this.#expiresMs = expiryOf(token);
        return token;
      })
      .finally(() => {
        this.#pending = null;
      });
    return this.#pending;
  }
}
