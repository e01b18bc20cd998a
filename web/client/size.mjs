// What a page loads, in bytes as they travel (gzip).
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

for (const name of readdirSync("dist").filter((one) => one.endsWith(".js")).sort()) {
  const text = readFileSync(`dist/${name}`);
  console.log(`${name.padEnd(28)} ${(gzipSync(text, { level: 9 }).length / 1024).toFixed(1).padStart(7)} KiB gzip`);
}
