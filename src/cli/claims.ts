// calculemus claims [ID ...]
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Failure } from "../base/index.ts";
import type { Claim, ClaimResult } from "../claims.ts";
import { EXIT } from "./failures.ts";
import { machine } from "./machine.ts";

/** Claims lie in `claims/` beside `src/`, compiled ones in `claims/` beside `cli/`. */
async function load(): Promise<Claim[]> {
  const source = import.meta.url.endsWith(".ts");
  const folder = new URL(source ? "../../claims/" : "../claims/", import.meta.url);
  const ending = source ? ".ts" : ".js";
  const names = readdirSync(fileURLToPath(folder)).filter(
    (name) => name.endsWith(ending) && !name.endsWith(`.test${ending}`) && !name.endsWith(".d.ts"),
  );
  const claims = await Promise.all(
    names.sort().map(async (name) => ((await import(new URL(name, folder).href)) as { claim?: Claim }).claim),
  );
  return claims.filter((claim) => claim !== undefined);
}

export async function claimsCommand(ids: readonly string[], options: Record<string, unknown>): Promise<void> {
  const claims = await load();
  for (const id of ids)
    if (!claims.some((claim) => claim.id === id))
      throw new Failure("usage", `there is no claim "${id}"`, {
        hint: `Claims: ${claims.map((claim) => claim.id).join(", ")}.`,
      });
  const chosen = ids.length === 0 ? claims : claims.filter((claim) => ids.includes(claim.id));
  if (options.list) {
    if (options.json)
      process.stdout.write(
        `${JSON.stringify({ ok: true, claims: chosen.map(({ id, title, source, statement }) => ({ id, title, source, statement })) })}\n`,
      );
    else
      for (const { id, title, source, statement } of chosen)
        process.stdout.write(`${id}: ${title}\n  source: ${source}\n  to be shown: ${statement}\n`);
    return;
  }
  const given = options.data as string | undefined;
  if (given !== undefined && !existsSync(given)) throw new Failure("usage", `--data: there is no folder ${given}`);
  const context = { machine: machine(), data: given, log: (message: string) => process.stderr.write(`${message}\n`) };
  const results: (ClaimResult & { id: string })[] = [];
  for (const claim of chosen) {
    const result = await claim.run(context);
    results.push({ id: claim.id, ...result });
    if (!options.json) {
      process.stdout.write(`${claim.id}: ${result.verdict}\n  ${result.summary}\n`);
      for (const { grade, statement } of result.evidence) process.stdout.write(`  ${grade}: ${statement}\n`);
      process.stdout.write(`  machine: ${context.machine}\n`);
    }
  }
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ ok: results.every((result) => result.verdict !== "refuted"), machine: context.machine, claims: results })}\n`,
    );
  if (results.some((result) => result.verdict === "refuted")) process.exitCode = EXIT.failed;
}
