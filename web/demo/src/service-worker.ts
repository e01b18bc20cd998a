/** The service worker, at /service-worker.js: Web Push and clicks on notifications. */
import "@conversations/client/service-worker";
