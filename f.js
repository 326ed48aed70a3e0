/*
 * Written by Calculemus 0.1.0, target js.
 *
 * result = exp(-x^2)*sin(3*x)
 *
 * Evidence:
 * bounded: every operation rounds to nearest, in the order of the code (IEEE 754 arithmetic of the target)
 * none: exp is the engine's own function (no bound is stated for it)
 * none: sin is the engine's own function (no bound is stated for it)
 */

/** The value at a point: result. */
export function value(x) {
  return Math.exp(-(x * x)) * Math.sin(3 * x);
}

const VARIABLES = ["x"];

/** One column a variable (an array, or a number for all points), the number of points, and where results go. */
function readArguments(inputs, out) {
  const given = ArrayBuffer.isView(inputs) ? { [VARIABLES[0]]: inputs } : inputs;
  let n;
  const columns = VARIABLES.map((name) => {
    const column = given[name];
    if (typeof column === "number") return column;
    if (!(column instanceof Float64Array || column instanceof Float32Array))
      throw new TypeError(`the values of ${name} must be a Float64Array, a Float32Array or a number`);
    if (n !== undefined && n !== column.length)
      throw new RangeError(`${name} has ${column.length} elements, others have ${n}`);
    n = column.length;
    return column;
  });
  if (n === undefined) throw new TypeError("there is no array to map over");
  const results = [out ?? new Float64Array(n)];
  for (const result of results)
    if (result.length !== n)
      throw new RangeError(`an array for results has ${result.length} elements, but there are ${n} points`);
  return { columns, n, results };
}

const at = (column, i) => (typeof column === "number" ? column : column[i]);

/** Values at many points: `inputs` has an array or a number for each of x; results go to `out`, or to new arrays. */
export function map(inputs, out) {
  const { columns, n, results } = readArguments(inputs, out);
  const [result] = results;
  for (let i = 0; i < n; i++) result[i] = value(at(columns[0], i));
  return results[0];
}
