// Trees of XML for the readers of MathML and SBML, parsed by @rgrove/parse-xml, with places in the text. Document type
// declarations are refused: entities that grow when they are expanded come that way.
import { parseXml, XmlCdata, XmlDocumentType, XmlElement, XmlError, XmlText } from "@rgrove/parse-xml";
import type { Failure, FailureKind } from "../base/index.ts";
import { quoted, type SourceText } from "./place.ts";

export { XmlElement } from "@rgrove/parse-xml";

/** Deepest nesting of elements. */
const DEEPEST = 500;

/** The root element of an XML text, after a look at how deep it nests. */
export function readXml(source: SourceText): XmlElement {
  const marks =
    /<!--[^]*?(?:-->|$)|<!\[CDATA\[[^]*?(?:\]\]>|$)|<\?[^]*?(?:\?>|$)|<(\/?)[^!?<>"']*(?:"[^"<]*"[^<>"']*|'[^'<]*'[^<>"']*)*>/g;
  let depth = 0;
  for (const found of source.text.matchAll(marks)) {
    if (found[1] === undefined || found[0].endsWith("/>")) continue;
    depth += found[1] === "/" ? -1 : 1;
    if (depth > DEEPEST)
      throw source.fail(`elements nest deeper than ${DEEPEST} levels`, found.index, undefined, "limit");
  }
  try {
    const { root, children } = parseXml(source.text, { includeOffsets: true, preserveDocumentType: true });
    if (root === null) throw source.fail("there is no element", 0);
    const declared = children.find((child) => child instanceof XmlDocumentType);
    if (declared !== undefined)
      throw source.fail("a document type declaration is not read", declared.start, "Remove the <!DOCTYPE ...>.");
    return root;
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    throw source.fail(error.message.split(" (line ")[0].split("\n")[0], error.pos, "This is not well-formed XML.");
  }
}

/** The name of an element without its namespace prefix. */
export function tag(node: XmlElement): string {
  return node.name.slice(node.name.indexOf(":") + 1);
}

/** A Failure at an element. */
export function failAt(source: SourceText, node: XmlElement, what: string, hint?: string, kind?: FailureKind): Failure {
  return source.fail(what, Math.max(0, node.start), hint, kind);
}

/** The elements inside; other text than blanks is refused. */
export function childElements(source: SourceText, node: XmlElement): XmlElement[] {
  const elements: XmlElement[] = [];
  for (const child of node.children) {
    if (child instanceof XmlElement) elements.push(child);
    else if ((child instanceof XmlText || child instanceof XmlCdata) && child.text.trim() !== "")
      throw failAt(source, node, `unexpected text ${quoted(child.text.trim())} in <${node.name}>`);
  }
  return elements;
}
