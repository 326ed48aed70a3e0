// Reads a model from text by its format.
import { Failure } from "../base/index.ts";
import { readCalc } from "./calc.ts";
import type { Model } from "./model.ts";
import { readNet } from "./net.ts";
import { readSbml } from "./sbml/reader.ts";

/** Formats by the ending of the file's name. */
const FORMATS: Readonly<Record<string, (text: string, source: string, options: ReadModelOptions) => Model>> = {
  net: (text, source) => readNet(text, source),
  calc: (text, source) => readCalc(text, source),
  xml: readSbml,
  sbml: readSbml,
};

export interface ReadModelOptions {
  /** The text of another file that the model refers to (external models of SBML's comp), by the address it gives. */
  readonly resolve?: (uri: string) => string;
}

/**
 * The model in `text`. The format is `format`, or the ending of `source`; what begins as an SBML document is one.
 * Fails (Failure) on unknown formats and on everything the readers refuse, with file, line and column.
 */
export function readModel(text: string, source: string, format?: string, options: ReadModelOptions = {}): Model {
  const name = (format ?? /\.([A-Za-z0-9]+)$/.exec(source)?.[1] ?? "").toLowerCase();
  const sbml = format === undefined && looksLikeSbml(text);
  const reader = sbml ? readSbml : Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (reader !== undefined) return reader(text, source, options);
  const hint =
    name === "bngl"
      ? "BioNetGen turns rules into a network: run its generate_network, then give the .net file."
      : `Known formats: ${Object.keys(FORMATS)
          .map((known) => `.${known}`)
          .join(", ")}.`;
  throw new Failure(
    "unsupported",
    `${source}: ${name === "" ? "the file name has no ending" : `the format .${name} is not supported`}`,
    { hint },
  );
}

/** Does the text begin like XML, and <sbml> comes soon? */
function looksLikeSbml(text: string): boolean {
  return text.slice(0, 100).trimStart().startsWith("<") && /<(?:\w{1,40}:)?sbml[\s>]/.test(text.slice(0, 4000));
}
