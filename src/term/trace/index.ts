// Tracing of plain functions.
export {
  elements,
  trace,
  type ElementNames,
  type ParameterShape,
  type TracedLoop,
  type Traced,
  type TraceOptions,
} from "./trace.ts";
