/** Failures in words that help. */
import { failureOf } from "./pure/failures.js";

export function words(error: unknown): string {
  return failureOf(error, typeof navigator === "undefined" || navigator.onLine);
}
