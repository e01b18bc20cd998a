import { fileURLToPath } from "node:url";

/** The client library as it is in this repository, so that a change of it shows at once. */
export const alias = {
  "@conversations/client/worker": fileURLToPath(new URL("../client/src/worker.ts", import.meta.url)),
  "@conversations/client/service-worker": fileURLToPath(new URL("../client/src/service-worker.ts", import.meta.url)),
  "@conversations/client": fileURLToPath(new URL("../client/src/index.ts", import.meta.url)),
};
