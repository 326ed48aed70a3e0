// An SBML document as XML with its namespaces: level and version, packages, the elements of lists, attributes that are numbers.
// SBML Level 2 Versions 1 to 5, Level 3 Versions 1 and 2; hierarchical composition (comp) version 1.
import { Failure, type FailureKind, type Place } from "../../base/index.ts";
import { failAt, localName, readXml, SourceText, type XmlElement, XmlElement as Element } from "../../term/index.ts";

/** Packages whose elements the reader understands; other required ones are refused. */
const KNOWN_PACKAGES = new Set(["comp", "fbc", "groups", "layout", "render"]);
const CORE = /^http:\/\/www\.sbml\.org\/sbml\/level(\d+)(?:\/version(\d+)(?:\/core)?)?$/;
const PACKAGE = /^http:\/\/www\.sbml\.org\/sbml\/level3\/version\d+\/([a-z]+)\/version\d+$/;
const SID = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Lists of the core and their members. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  listOfFunctionDefinitions: ["functionDefinition"],
  listOfUnitDefinitions: ["unitDefinition"],
  listOfCompartments: ["compartment"],
  listOfSpecies: ["species"],
  listOfParameters: ["parameter"],
  listOfLocalParameters: ["localParameter"],
  listOfInitialAssignments: ["initialAssignment"],
  listOfRules: ["algebraicRule", "assignmentRule", "rateRule"],
  listOfReactions: ["reaction"],
  listOfReactants: ["speciesReference"],
  listOfProducts: ["speciesReference"],
  listOfModifiers: ["modifierSpeciesReference"],
  listOfEvents: ["event"],
  listOfEventAssignments: ["eventAssignment"],
};
/** Lists that do not change the course of the model. */
const IGNORED = ["listOfConstraints", "listOfCompartmentTypes", "listOfSpeciesTypes"];

/** Longest text of a document, in characters. */
const LONGEST = 256 * 2 ** 20;

/** Most characters of a line kept after a place. */
const LONGEST_LINE = 200;

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

export class SbmlDocument {
  readonly source: SourceText;
  readonly level: number;
  readonly version: number;
  readonly root: XmlElement;
  /** The main model. */
  readonly model: XmlElement;
  /** Where lines begin, once it is asked for. */
  #lines: number[] | undefined;
  /** Prefixes of namespaces: prefix -> "core" or the name of a package. */
  readonly #packages = new Map<string, string>();

  constructor(text: string, name: string) {
    this.source = new SourceText(text.replace(/^\uFEFF/, ""), name);
    if (text.length > LONGEST) throw new Failure("limit", `${name}: the text is longer than ${LONGEST} characters`);
    this.root = readXml(this.source);
    if (localName(this.root) !== "sbml")
      throw this.fail(this.root, `the document is <${this.root.name}>, not <sbml>`, "Is this an SBML file?");
    const core = Object.entries(this.root.attributes).flatMap(([attribute, uri]) => {
      const found = attribute === "xmlns" || attribute.startsWith("xmlns:") ? CORE.exec(uri) : null;
      return found === null ? [] : [Number(found[1])];
    });
    this.level = Number(this.root.attributes.level ?? Number.NaN);
    this.version = Number(this.root.attributes.version ?? Number.NaN);
    const known =
      (this.level === 2 && this.version >= 1 && this.version <= 5) ||
      (this.level === 3 && this.version >= 1 && this.version <= 2);
    if (!known)
      throw this.fail(
        this.root,
        `SBML level ${this.root.attributes.level ?? "?"} version ${this.root.attributes.version ?? "?"} is not read`,
        "Levels 2 (versions 1 to 5) and 3 (versions 1 and 2) are.",
        "unsupported",
      );
    if (!core.includes(this.level)) throw this.fail(this.root, `the namespace of SBML level ${this.level} is missing`);
    this.#namespaces();
    const models = this.children(this.root, "model");
    if (models.length !== 1)
      throw this.fail(this.root, models.length === 0 ? "the document holds no model" : "there is more than one model");
    this.model = models[0];
  }

  fail(node: XmlElement, what: string, hint?: string, kind?: FailureKind): Failure {
    return failAt(this.source, node, what, hint, kind);
  }

  place(node: XmlElement): Place {
    const { text, source } = this.source;
    const offset = Math.max(0, node.start);
    this.#lines ??= lineStarts(text);
    let low = 0;
    let high = this.#lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lines[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    const start = this.#lines[low];
    const stop = this.#lines[low + 1];
    // Of one line that holds all, a piece is enough.
    const line = text.slice(start, Math.min(stop === undefined ? text.length : stop - 1, offset + LONGEST_LINE));
    return { source, line: low + 1, column: offset - start + 1, text: line.replace(/\r$/, "") };
  }

  #namespaces(): void {
    for (const [attribute, uri] of Object.entries(this.root.attributes)) {
      if (attribute !== "xmlns" && !attribute.startsWith("xmlns:")) continue;
      const prefix = attribute === "xmlns" ? "" : attribute.slice(6);
      const named = PACKAGE.exec(uri)?.[1];
      if (CORE.test(uri)) this.#packages.set(prefix, "core");
      else if (named !== undefined && named !== "core") {
        this.#packages.set(prefix, named);
        if (this.root.attributes[`${prefix}:required`] === "true" && !KNOWN_PACKAGES.has(named))
          throw this.fail(
            this.root,
            `the package ${named} is not read`,
            "The model says that it cannot be understood without it.",
            "unsupported",
          );
      }
    }
  }

  /** "species" of the core is "species"; "submodel" of comp is "comp:submodel". */
  nameOf(node: XmlElement): string {
    const colon = node.name.indexOf(":");
    const prefix = colon < 0 ? "" : node.name.slice(0, colon);
    const declared = node.attributes[prefix === "" ? "xmlns" : `xmlns:${prefix}`];
    const space =
      declared === undefined
        ? (this.#packages.get(prefix) ?? prefix)
        : CORE.test(declared)
          ? "core"
          : (PACKAGE.exec(declared)?.[1] ?? declared);
    return space === "core" || space === "" ? localName(node) : `${space}:${localName(node)}`;
  }

  /** The children with this name. */
  children(node: XmlElement, name: string): XmlElement[] {
    return node.children.filter(
      (child): child is XmlElement => child instanceof Element && this.nameOf(child) === name,
    );
  }

  child(node: XmlElement, name: string): XmlElement | undefined {
    const found = this.children(node, name);
    if (found.length > 1) throw this.fail(found[1], `a second <${found[1].name}>`);
    return found[0];
  }

  /** The members of a list: list(model, "listOfRules"). Others than those known are refused, packages aside. */
  list(node: XmlElement, name: string): XmlElement[] {
    const list = this.child(node, name);
    if (list === undefined) return [];
    const members = Object.hasOwn(LISTS, name) ? LISTS[name] : undefined;
    if (members !== undefined) this.#only(list, members);
    return list.children.filter(
      (child): child is XmlElement => child instanceof Element && !["notes", "annotation"].includes(this.nameOf(child)),
    );
  }

  /** Refuses elements of the core that are not known here: what is not understood may change what the model means. */
  #only(node: XmlElement, known: readonly string[]): void {
    for (const child of node.children) {
      if (!(child instanceof Element)) continue;
      const name = this.nameOf(child);
      if (!name.includes(":") && !["notes", "annotation", ...known].includes(name))
        throw this.fail(child, `<${child.name}> is not known in <${node.name}>`, undefined, "unsupported");
    }
  }

  /** A model holds nothing but what is known. */
  checkModel(model: XmlElement): void {
    this.#only(
      model,
      Object.keys(LISTS)
        .filter((name) => !name.includes("LocalParameters"))
        .concat(IGNORED),
    );
  }

  /** An attribute of the core, or of a package: "comp:id". */
  attribute(node: XmlElement, name: string): string | undefined {
    const colon = name.indexOf(":");
    if (colon < 0) return node.attributes[name];
    const [space, local] = [name.slice(0, colon), name.slice(colon + 1)];
    for (const [prefix, meaning] of this.#packages)
      if (meaning === space && Object.hasOwn(node.attributes, `${prefix}:${local}`))
        return node.attributes[`${prefix}:${local}`];
    return undefined;
  }

  required(node: XmlElement, name: string): string {
    const value = this.attribute(node, name)?.trim();
    if (value === undefined || value === "")
      throw this.fail(node, `<${node.name}> has no attribute ${name.slice(name.indexOf(":") + 1)}`);
    return value;
  }

  /** An identifier: letters, digits and _. */
  id(node: XmlElement, name = "id"): string {
    const id = this.required(node, name);
    if (!SID.test(id)) throw this.fail(node, `"${id.slice(0, 40)}" is not an identifier`);
    return id;
  }

  flag(node: XmlElement, name: string, otherwise: boolean): boolean {
    const text = node.attributes[name]?.trim();
    if (text === undefined) return otherwise;
    if (text === "true" || text === "1") return true;
    if (text === "false" || text === "0") return false;
    throw this.fail(node, `${name}="${text.slice(0, 40)}" is neither true nor false`);
  }
}
