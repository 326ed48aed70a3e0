// Cubic Hermite interpolation of a step: both ends with their slopes. Order 3, for methods without a dense output of their own.

/** out = the cubic at the share s of a step of size h, for the given components (all if absent). */
export function hermite(
  s: number,
  h: number,
  y0: Float64Array,
  y1: Float64Array,
  f0: Float64Array,
  f1: Float64Array,
  out: Float64Array,
  components?: Int32Array,
): void {
  const r = 1 - s;
  const [a, b, c, d] = [r * r * (1 + 2 * s), s * s * (3 - 2 * s), h * s * r * r, -h * s * s * r];
  const count = components?.length ?? y0.length;
  for (let j = 0; j < count; j++) {
    const i = components === undefined ? j : components[j];
    out[j] = a * y0[i] + b * y1[i] + c * f0[i] + d * f1[i];
  }
}
