// calculemus flux FILE: flux balance of an SBML model.
import { Failure } from "../base/index.ts";
import { fluxBalance, type FluxBalance } from "../model/index.ts";
import { formatNumber, table } from "../report/index.ts";
import { EXIT } from "./failures.ts";
import { besides, checkWritable, readText, writeWhole } from "./files.ts";

/** Fluxes of the report on a terminal; the rest is in --out and --json. */
const MOST_ROWS = 40;

export async function fluxCommand(file: string, options: Record<string, unknown>): Promise<void> {
  const out = options.out as string | undefined;
  if (out !== undefined) {
    if (!/\.csv$/i.test(out)) throw new Failure("usage", `--out takes a .csv file, not "${out}"`);
    checkWritable(out);
  }
  const { text, name } = readText(file);
  const found = await fluxBalance(text, {
    source: name,
    resolve: besides(file),
    objective: options.objective as string | undefined,
  });
  const solved = found.status === "optimal";
  if (options.json) process.stdout.write(`${JSON.stringify(document(found))}\n`);
  else process.stdout.write(`${summary(found)}\n`);
  if (out !== undefined && solved) {
    writeWhole(out, csv(found));
    process.stderr.write(`wrote ${out}\n`);
  }
  if (!solved) {
    process.stderr.write(`calculemus: ${found.status}: ${found.reason}\n`);
    process.exitCode = EXIT.failed;
  }
}

/** JSON has no NaN and no infinity: no optimum and no bound are null. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function document({ status, reason, objective, fluxes, shadowPrices, evidence }: FluxBalance): object {
  return {
    ok: status === "optimal",
    status,
    reason,
    objective: { ...objective, value: finite(objective.value) },
    fluxes: fluxes.map((each) => ({
      reaction: each.reaction,
      flux: finite(each.flux),
      lower: finite(each.lower),
      upper: finite(each.upper),
      reducedCost: finite(each.reducedCost),
    })),
    shadowPrices,
    evidence,
  };
}

function summary({ status, objective, fluxes, evidence }: FluxBalance): string {
  const lines: string[] = [];
  if (status === "optimal") {
    lines.push(`${objective.id} (${objective.sense}): ${formatNumber(objective.value, 10)}`, "");
    // What flows, the largest first.
    const moving = fluxes.filter(({ flux }) => flux !== 0).toSorted((a, b) => Math.abs(b.flux) - Math.abs(a.flux));
    if (moving.length > 0) {
      const rows = moving
        .slice(0, MOST_ROWS)
        .map(({ reaction, flux, lower, upper, reducedCost }) => [
          reaction,
          ...[flux, lower, upper, reducedCost].map((value) => formatNumber(value, 6)),
        ]);
      const header = ["reaction", "flux", "lower", "upper", "reduced cost"];
      lines.push(table(rows, { header, align: ["left", "right", "right", "right", "right"] }));
      if (moving.length > MOST_ROWS) lines.push(`... ${moving.length - MOST_ROWS} more (--out FILE writes all)`);
    }
    const still = fluxes.length - moving.length;
    if (still > 0) lines.push(`${still} of ${fluxes.length} reactions have no flux`);
    lines.push("");
  } else lines.push(`${objective.id} (${objective.sense}): ${status}`);
  for (const { grade, statement, bound, method } of evidence)
    lines.push(
      `${grade}: ${statement}${bound === undefined ? "" : ` ${bound === 0 ? 0 : bound.toExponential(1)}`} (${method})`,
    );
  return lines.join("\n");
}

function csv({ fluxes }: FluxBalance): string {
  const rows = fluxes.map(({ reaction, flux, lower, upper, reducedCost }) =>
    [reaction, flux, lower, upper, reducedCost].join(","),
  );
  return ["reaction,flux,lower,upper,reduced cost", ...rows, ""].join("\n");
}
