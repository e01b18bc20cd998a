/** The SharedWorker: one set of streams for all tabs of one person in one browser. */
import { systemClock } from "./clock.js";
import { Hub } from "./hub.js";
import { services } from "./transport.js";
import { lockOf, portLine, type FromHub, type ToHub } from "./wire.js";

declare const self: { onconnect: ((event: MessageEvent) => void) | null; readonly name: string };

const hub = new Hub({
  clock: systemClock,
  services,
  // Whoever gets the lock next knows that the tab is gone.
  gone: (tab) => navigator.locks.request(lockOf(self.name, tab), () => undefined),
});

self.onconnect = (event) => {
  const port = event.ports[0];
  if (port) hub.connect(portLine<ToHub, FromHub>(port));
};
