// Runs what the documentation shows (npm run examples): the code blocks of README.md and docs/guide/*.md, and every file
// of examples/*.ts. It says what failed and where, and ends with a non-zero status if anything did.
//   ```ts     a module of its own; `calculemus` resolves to the source. The blocks of a page share one process.
//   ```sh     each line that begins with `calculemus` or `npx calculemus` runs src/cli/main.ts in the repository's root;
//             other lines are not run. Its exit status is 0, or stated in a line `# exit status 3`.
//   ```calc   must be read as a model.
//   ```text   directly after a ts or sh block: its output (standard output, then standard error). `...` stands for
//             anything within a line, a line of dots alone for any lines. Numbers must be the same text, unless the fence
//             says ```text tolerance=1e-3, a relative error (times are never shown, so no tolerance is needed for them).
// Left out: other languages, and prompts ($); a block after ```ts not-run is shown only.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export interface Outcome {
  /** File and line, or file alone. */
  readonly place: string;
  readonly ok: boolean;
  /** What went wrong. */
  readonly detail: string;
}

interface Block {
  readonly language: string;
  /** What follows the language on the fence. */
  readonly info: string;
  /** Line of the fence, from 1. */
  readonly line: number;
  readonly text: string;
}

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const TIME_LIMIT_MS = 60_000;
const PROCESSES = 2;

/** Fenced code blocks of a Markdown text. */
export function codeBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let open: { language: string; info: string; line: number; lines: string[] } | undefined;
  text.split(/\r?\n/).forEach((line, i) => {
    const fence = /^```\s*(\S*)\s*(.*)$/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === undefined) open = { language: fence[1], info: fence[2], line: i + 1, lines: [] };
    else {
      const { lines, ...rest } = open;
      blocks.push({ ...rest, text: lines.join("\n") });
      open = undefined;
    }
  });
  return blocks;
}

const NUMBER = /(?<![\w.])[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.]*\w)/gi;

/** Does an output match what a page shows? The first difference, or undefined. */
export function difference(expected: string, found: string, tolerance = 0): string | undefined {
  const want = expected.trim().split("\n");
  const have = found.trim().split("\n");
  const same = (pattern: string, line: string): boolean => {
    const numbers: number[] = [];
    const open = (text: string): string =>
      tolerance === 0 ? text.trimEnd() : text.trimEnd().replace(NUMBER, "\u0001");
    if (tolerance > 0) for (const [number] of pattern.matchAll(NUMBER)) numbers.push(Number(number));
    const source = open(pattern)
      .replace(/\s+/g, " ")
      .split("...")
      .map((part) =>
        part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("\u0001", "([+-]?\\d[\\d.]*(?:e[+-]?\\d+)?)"),
      )
      .join(".*");
    const match = new RegExp(`^${source}$`, "i").exec(line.trimEnd().replace(/\s+/g, " "));
    if (match === null) return false;
    return numbers.every((number, i) => {
      const other = Number(match[i + 1]);
      return Math.abs(number - other) <= tolerance * Math.max(Math.abs(number), Math.abs(other));
    });
  };
  // Lines of dots match any lines: tried from every place, as few lines as possible first.
  const from = (i: number, j: number): boolean => {
    for (; i < want.length; i++, j++) {
      if (want[i].trim() === "...") {
        for (let k = j; k <= have.length; k++) if (from(i + 1, k)) return true;
        return false;
      }
      if (j >= have.length || !same(want[i], have[j])) {
        if (i + j > furthest.i + furthest.j) furthest = { i, j };
        return false;
      }
    }
    if (j < have.length && i + j > furthest.i + furthest.j) furthest = { i, j };
    return j === have.length;
  };
  let furthest = { i: -1, j: 0 };
  if (from(0, 0)) return undefined;
  const { i, j } = furthest;
  return `shown:   ${want[Math.max(0, i)] ?? "(end)"}\n  printed: ${have[j] ?? "(end)"}`;
}

/** Runs a TypeScript file from source, in the repository's root. */
function runFile(file: string, args: readonly string[] = []): Promise<Run> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [join(root, "tools/run.mjs"), file, ...args], {
      cwd: root,
      env: { ...process.env, INIT_CWD: root, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: TIME_LIMIT_MS,
    });
    const text = { stdout: "", stderr: "" };
    child.stdout.on("data", (data: Buffer) => (text.stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (text.stderr += data.toString()));
    child.on("close", (status) => done({ status: status ?? -1, ...text }));
  });
}

/** The arguments of a command line: quotes as in a shell, nothing else. */
export function words(line: string): string[] {
  return [...line.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"),
  );
}

/** The text block that shows the output of block i. */
function shownAfter(blocks: readonly Block[], i: number): Block | undefined {
  return blocks[i + 1]?.language === "text" ? blocks[i + 1] : undefined;
}

function compare(place: string, run: Run, status: number, shown: Block | undefined): Outcome {
  const output = run.stdout + run.stderr;
  if (run.status !== status)
    return {
      place,
      ok: false,
      detail: `exit status ${run.status} instead of ${status}\n  ${output.trim().slice(0, 1500)}`,
    };
  if (shown === undefined) return { place, ok: true, detail: "" };
  const tolerance = Number(/\btolerance=(\S+)/.exec(shown.info)?.[1] ?? 0);
  const found = difference(shown.text, output, tolerance);
  return { place, ok: found === undefined, detail: found ?? "" };
}

async function runShell(place: string, block: Block, shown: Block | undefined): Promise<Outcome> {
  const status = Number(/^# exit status (\d+)$/m.exec(block.text)?.[1] ?? 0);
  let last: Run = { status: 0, stdout: "", stderr: "" };
  const all = { stdout: "", stderr: "" };
  for (const line of block.text.replace(/\\\n\s*/g, " ").split("\n")) {
    const command = /^(?:npx )?calculemus\s+(.*)$/.exec(line);
    if (command === null) continue;
    last = await runFile("src/cli/main.ts", words(command[1].replace(/\s+#\s.*$/, "")));
    all.stdout += last.stdout + last.stderr;
    if (last.status !== 0 && last.status !== status) break;
  }
  return compare(place, { ...all, status: last.status }, status, shown);
}

/** The TypeScript blocks of a page, each a module, imported one after another by one process. */
async function runModules(page: string, blocks: readonly Block[], chosen: readonly number[]): Promise<Outcome[]> {
  if (chosen.length === 0) return [];
  const folder = join(root, "out", ".examples", page.replace(/\W+/g, "-"));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const mark = (i: number, word: string): string => `\n@@ ${i} ${word}\n`;
  let driver = "";
  for (const i of chosen) {
    writeFileSync(join(folder, `block-${i}.ts`), `${blocks[i].text}\nexport {};\n`);
    driver += `process.stdout.write(${JSON.stringify(mark(i, "begin"))});
try { await import("./block-${i}.ts"); process.stdout.write(${JSON.stringify(mark(i, "end"))}); }
catch (error) { console.log(error instanceof Error ? error.stack : error); process.stdout.write(${JSON.stringify(mark(i, "failed"))}); }\n`;
  }
  writeFileSync(join(folder, "main.ts"), driver);
  const run = await runFile(join(folder, "main.ts"));
  rmSync(folder, { recursive: true, force: true });
  return chosen.map((i) => {
    const place = `${page}:${blocks[i].line}`;
    const [, after = ""] = run.stdout.split(mark(i, "begin"));
    const ended = after.split(mark(i, "end"));
    if (ended.length < 2)
      return { place, ok: false, detail: `${after.split(mark(i, "failed"))[0]}${run.stderr}`.trim().slice(0, 1500) };
    return compare(place, { status: 0, stdout: ended[0], stderr: "" }, 0, shownAfter(blocks, i));
  });
}

async function checkModel(place: string, block: Block): Promise<Outcome> {
  const { readModel } = await import("../src/model/index.ts");
  try {
    readModel(block.text, "block.calc");
    return { place, ok: true, detail: "" };
  } catch (error) {
    return { place, ok: false, detail: String(error) };
  }
}

/** The jobs of one page. */
function pageJobs(page: string): (() => Promise<Outcome[]>)[] {
  const blocks = codeBlocks(readFileSync(join(root, page), "utf8"));
  const modules = blocks.flatMap(({ language, info }, i) => (language === "ts" && info !== "not-run" ? [i] : []));
  const jobs: (() => Promise<Outcome[]>)[] = [() => runModules(page, blocks, modules)];
  blocks.forEach((block, i) => {
    const place = `${page}:${block.line}`;
    if (block.language === "sh" && /^(?:npx )?calculemus\s/m.test(block.text))
      jobs.push(async () => [await runShell(place, block, shownAfter(blocks, i))]);
    if (block.language === "calc") jobs.push(async () => [await checkModel(place, block)]);
  });
  return jobs;
}

/** Runs everything; `only` picks places that contain it. */
export async function runExamples(only = ""): Promise<Outcome[]> {
  mkdirSync(join(root, "out"), { recursive: true });
  const guide = readdirSync(join(root, "docs", "guide")).filter((name) => name.endsWith(".md"));
  const pages = ["README.md", ...guide.sort().map((name) => `docs/guide/${name}`)].filter((page) =>
    page.includes(only),
  );
  const files = readdirSync(join(root, "examples")).filter((name) => name.endsWith(".ts"));
  const jobs = pages.flatMap(pageJobs);
  for (const name of files.sort().filter((each) => `examples/${each}`.includes(only)))
    jobs.push(async () => {
      const run = await runFile(join("examples", name));
      const silent: Run = { ...run, status: run.status === 0 && run.stdout.trim() === "" ? -1 : run.status };
      return [compare(`examples/${name}`, silent, 0, undefined)];
    });
  const outcomes: Outcome[][] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < jobs.length) {
      const at = next++;
      outcomes[at] = await jobs[at]();
    }
  };
  await Promise.all(Array.from({ length: PROCESSES }, worker));
  rmSync(join(root, "out", ".examples"), { recursive: true, force: true });
  return outcomes.flat();
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  const begin = performance.now();
  const outcomes = await runExamples(process.argv[2]);
  const failed = outcomes.filter(({ ok }) => !ok);
  for (const { place, detail } of failed) console.error(`${relative(root, resolve(root, place))} failed\n  ${detail}`);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  console.log(`examples: ${outcomes.length - failed.length} passed, ${failed.length} failed, ${seconds} s`);
  process.exit(failed.length === 0 && outcomes.length > 0 ? 0 : 1);
}
