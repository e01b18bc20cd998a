import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { alias } from "./vite.shared.js";

/** The application. HOST names where /host (config and tokens) comes from while developing. */
export default defineConfig({
  plugins: [react()],
  resolve: { alias },
  build: {
    target: "es2022",
    // The host's content security policy has no place for data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What changes with the application apart from what does not.
        codeSplitting: { groups: [{ name: "react", test: /node_modules\/(react|react-dom|scheduler)\// }] },
      },
    },
  },
  server: { host: "127.0.0.1", port: 5173, proxy: { "/host": process.env.HOST ?? "http://127.0.0.1:8081" } },
});
