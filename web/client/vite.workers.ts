import { defineConfig } from "vite";

/** The workers, each one file: the SharedWorker, and the service worker to import into the host's own. */
export default defineConfig({
  build: {
    target: "es2022",
    lib: { entry: { worker: "src/worker.ts", "service-worker": "src/service-worker.ts" }, formats: ["es"] },
    emptyOutDir: false,
    minify: true,
  },
});
