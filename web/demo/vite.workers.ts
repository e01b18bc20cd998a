import { defineConfig } from "vite";
import { alias } from "./vite.shared.js";

/** The workers, at fixed names beside the application: a SharedWorker is told apart by its address. */
export default defineConfig({
  resolve: { alias },
  publicDir: false,
  build: {
    target: "es2022",
    lib: { entry: { worker: "src/worker.ts", "service-worker": "src/service-worker.ts" }, formats: ["es"] },
    emptyOutDir: false,
    minify: true,
  },
});
