// Runs a TypeScript file of this repository from source: node tools/run.mjs FILE [ARGS].
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const loader = new URL("typescript-loader.mjs", import.meta.url).href;
const done = spawnSync(
  process.execPath,
  ["--conditions=calculemus-src", "--import", loader, ...process.argv.slice(2)],
  {
    cwd: process.env.INIT_CWD ?? root,
    stdio: "inherit",
  },
);
process.exit(done.status ?? 1);
