/** The SharedWorker, at /worker.js: one set of streams for all tabs of one person. */
import "@conversations/client/worker";
