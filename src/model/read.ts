// Reads a model from text by its format.
import { Failure } from "../base/index.ts";
import { readCalc } from "./calc.ts";
import type { Model } from "./model.ts";
import { readNet } from "./net.ts";

/** Formats by the ending of the file's name. */
const FORMATS: Readonly<Record<string, (text: string, source: string) => Model>> = { net: readNet, calc: readCalc };

/**
 * The model in `text`. The format is `format`, or the ending of `source`.
 * Fails (Failure) on unknown formats and on everything the readers refuse, with file, line and column.
 */
export function readModel(text: string, source: string, format?: string): Model {
  const name = (format ?? /\.([A-Za-z0-9]+)$/.exec(source)?.[1] ?? "").toLowerCase();
  const reader = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (reader !== undefined) return reader(text, source);
  const hint =
    name === "bngl"
      ? "BioNetGen turns rules into a network: run its generate_network, then give the .net file."
      : name === "xml" || name === "sbml"
        ? "SBML is not supported; write the model as .calc or export it as a BioNetGen network."
        : `Known formats: ${Object.keys(FORMATS)
            .map((known) => `.${known}`)
            .join(", ")}.`;
  throw new Failure(
    "unsupported",
    `${source}: ${name === "" ? "the file name has no ending" : `the format .${name} is not supported`}`,
    { hint },
  );
}
