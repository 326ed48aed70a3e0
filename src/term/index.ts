// Room term: the language of mathematics.
export { Context, defaultContext } from "./context.ts";
export { Kind, Term, compareTerms, type KindCode } from "./term.ts";
export { isLeaf, make, numericValue, operands, operator, rebuild, splitCoefficient } from "./interface.ts";
export {
  add,
  div,
  isCondition,
  lift,
  logic,
  mul,
  neg,
  piecewise,
  pow,
  relation,
  sqrt,
  sub,
  times,
  type RelationName,
  type TermLike,
} from "./build.ts";
export { SumBuilder } from "./sum.ts";
export { ProductBuilder } from "./product.ts";
export {
  aliases,
  call,
  eulersNumber,
  functionNames,
  functionRule,
  isReservedName,
  pi,
  type FunctionRule,
} from "./functions.ts";
export { held, isHeld, release } from "./held.ts";
export {
  abstract,
  array,
  comprehension,
  index,
  instantiate,
  isBinder,
  reduction,
  unroll,
  type ReductionName,
} from "./array.ts";
export { contains, freeSymbols, graphSize, postorder } from "./traverse.ts";
export { substitute } from "./substitute.ts";
export { diff, gradient, jacobian } from "./diff.ts";
export {
  columnColoring,
  jacobianSparsity,
  sparseHessian,
  sparseJacobian,
  transposed,
  type Coloring,
  type SparseOptions,
  type SparseTerms,
  type Sparsity,
} from "./sparse.ts";
export { evaluate, evaluateWithError, type Evaluated, type NumericValue } from "./evaluate.ts";
export {
  ballFunction,
  evaluateBall,
  evaluateDigits,
  MOST_BALL_DIGITS,
  type BallOptions,
  type Certified,
} from "./evaluate-ball.ts";
export { parse, type ParseOptions } from "./parse.ts";
export { print, symbolText } from "./print.ts";
export { pack, sameStructure, transfer, unpack, type PackedTerms } from "./pack.ts";
export { m } from "./tag.ts";
export {
  detectNotation,
  NOTATIONS,
  printTerm,
  readTerm,
  type Notation,
  type PrintTermOptions,
  type ReadTermOptions,
} from "./notation.ts";
export { readMathmlElement, type Dialect } from "./mathml-read.ts";
export { SourceText } from "./place.ts";
export { childElements, failAt, readXml, tag as localName, XmlElement } from "./xml.ts";
export { readFpcore, type FpcoreArgument, type FpcoreProgram, type FpcoreReadOptions } from "./fpcore-read.ts";
export {
  elements,
  trace,
  type ElementNames,
  type ParameterShape,
  type Traced,
  type TracedLoop,
  type TraceOptions,
} from "./trace/index.ts";
