import { defineConfig } from "vite";

/** The library: an ES module with everything in it, so that a page without a bundler can load it too. */
export default defineConfig({
  build: {
    target: "es2022",
    lib: { entry: { index: "src/index.ts" }, formats: ["es"] },
    emptyOutDir: true,
    minify: true,
  },
});
