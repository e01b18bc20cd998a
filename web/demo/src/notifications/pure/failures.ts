/** Why a call failed, as a person can use it. */

/** gRPC's codes by number, as connect has them on its errors. */
const CODES: Readonly<Record<number, string>> = {
  4: "no answer in time",
  5: "it is not there any more",
  7: "you may not do this",
  8: "too often; wait a moment and try again",
  9: "it has been changed meanwhile",
  13: "the server had a problem",
  14: "the server cannot be reached",
  16: "you are no longer signed in",
};

/** @param online whether the browser has a network. */
export function failureOf(error: unknown, online: boolean): string {
  if (!online) return "you are offline";
  const of = error as { code?: unknown; rawMessage?: unknown; message?: unknown } | null;
  const code = Number(of?.code);
  const known = CODES[code];
  // What was wrong with the input stands in the service's own words.
  if (code === 3 && typeof of?.rawMessage === "string") return of.rawMessage;
  if (known !== undefined) return known;
  if (typeof of?.message === "string" && /failed to fetch|networkerror|load failed/i.test(of.message)) return "the server cannot be reached";
  return typeof of?.message === "string" && of.message !== "" ? of.message : "something went wrong";
}
