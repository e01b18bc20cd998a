// Makes src/gen again from the contracts, or checks with --check that it is current.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const buf = join(here, "../../.venv/bin/buf");
const fresh = mkdtempSync(join(tmpdir(), "gen-"));
try {
  execFileSync(buf, ["generate", "--output", fresh], { cwd: here, stdio: "inherit" });
  const made = join(fresh, "src/gen");
  const held = join(here, "src/gen");
  const files = (root) =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  const names = [...new Set([...files(made), ...files(held)])].sort();
  const text = (root, name) => {
    try {
      return readFileSync(join(root, name), "utf8");
    } catch {
      return null;
    }
  };
  const drift = names.filter((name) => text(made, name) !== text(held, name));
  if (process.argv.includes("--check")) {
    if (drift.length > 0) {
      console.error(`TypeScript differs from its contracts (run \`make web-protos\`):\n  ${drift.join("\n  ")}`);
      process.exitCode = 1;
    }
  } else {
    rmSync(held, { recursive: true, force: true });
    cpSync(made, held, { recursive: true });
    console.log(`${drift.length} of ${names.length} files changed`);
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
