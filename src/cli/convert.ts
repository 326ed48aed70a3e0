// calculemus convert FILE: a model in another format.
import { Failure } from "../base/index.ts";
import { readModel, writeCalc, writeSbml } from "../model/index.ts";
import { choice } from "./arguments.ts";
import { besides, checkWritable, readText, writeWhole } from "./files.ts";

const ENDINGS: Readonly<Record<string, string>> = { calc: "calc", xml: "sbml", sbml: "sbml" };

export function convertCommand(file: string, options: Record<string, unknown>): void {
  const out = options.out as string | undefined;
  const ending = out === undefined ? undefined : /\.([A-Za-z]+)$/.exec(out)?.[1].toLowerCase();
  if (out !== undefined && (ending === undefined || !Object.hasOwn(ENDINGS, ending)))
    throw new Failure("usage", `--out takes a .calc, .xml or .sbml file, not "${out}"`);
  const given = (options.to as string | undefined) ?? (ending === undefined ? undefined : ENDINGS[ending]);
  if (given === undefined) throw new Failure("usage", "give --to calc or --to sbml, or a file with --out");
  const to = choice("--to", given, ["calc", "sbml"]);
  if (ending !== undefined && ENDINGS[ending] !== to)
    throw new Failure("usage", `--to ${to} does not go with --out ${out}`);
  if (out !== undefined) checkWritable(out);
  const { text, name } = readText(file);
  const written = { calc: writeCalc, sbml: writeSbml }[to](
    readModel(text, name, undefined, { resolve: besides(file) }),
  );
  if (out !== undefined) writeWhole(out, written.text);
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ ok: true, format: to, ...(out === undefined ? { text: written.text } : { files: [out] }), notes: written.notes, names: Object.fromEntries(written.names), evidence: [] })}\n`,
    );
  else if (out === undefined) process.stdout.write(written.text);
  for (const note of written.notes) process.stderr.write(`calculemus: ${note}\n`);
  if (out !== undefined) process.stderr.write(`wrote ${out}\n`);
}
