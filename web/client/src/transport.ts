/** The services, as clients that speak gRPC-Web with the gateway. */
import { Code, ConnectError, createClient, type Client, type Interceptor } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { MessagingService } from "./gen/conversations/messaging/v1/messaging_pb.js";
import { NotifierService } from "./gen/conversations/notifier/v1/notifier_pb.js";
import { PresenceService } from "./gen/conversations/presence/v1/presence_pb.js";
import { UnreadService } from "./gen/conversations/unread/v1/unread_pb.js";
import type { Tokens } from "./tokens.js";

/** Where the gateway is: one address, or one for each service. */
export type Gateway = string | Readonly<Record<"messaging" | "presence" | "unread" | "notifier", string>>;

/** The deadline of a unary call, ms. */
const UNARY_MS = 10_000;

export interface Services {
  readonly messaging: Client<typeof MessagingService>;
  readonly presence: Client<typeof PresenceService>;
  readonly unread: Client<typeof UnreadService>;
  readonly notifier: Client<typeof NotifierService>;
}

/**
 * Every call carries the token. A unary call that ends with UNAUTHENTICATED is made once more with a new one; streams
 * are opened again by who follows them.
 */
function authorized(tokens: Tokens): Interceptor {
  return (next) => async (request) => {
    const token = await tokens.get();
    request.header.set("authorization", `Bearer ${token}`);
    try {
      return await next(request);
    } catch (error) {
      if (request.stream || ConnectError.from(error).code !== Code.Unauthenticated) throw error;
      request.header.set("authorization", `Bearer ${await tokens.after(token)}`);
      return next(request);
    }
  };
}

export function services(gateway: Gateway, tokens: Tokens, fetcher?: typeof fetch): Services {
  const of = (name: keyof Services) => {
    const baseUrl = typeof gateway === "string" ? gateway : gateway[name];
    // The deadline is for unary calls only: a stream's call says 0.
    return createGrpcWebTransport({
      baseUrl,
      interceptors: [authorized(tokens)],
      defaultTimeoutMs: UNARY_MS,
      ...(fetcher ? { fetch: fetcher } : {}),
    });
  };
  return {
    messaging: createClient(MessagingService, of("messaging")),
    presence: createClient(PresenceService, of("presence")),
    unread: createClient(UnreadService, of("unread")),
    notifier: createClient(NotifierService, of("notifier")),
  };
}

/** Options of every stream's call: no deadline. */
export const STREAM = { timeoutMs: 0 } as const;

/** Statuses after which the outcome is unknown or time helps: the same call may be made again. */
export function mayRepeat(error: unknown): boolean {
  const { code } = ConnectError.from(error);
  return [
    Code.Unavailable,
    Code.DeadlineExceeded,
    Code.Canceled,
    Code.Unknown,
    Code.Internal,
    Code.Aborted,
    Code.ResourceExhausted,
  ].includes(code);
}
