// Coefficients of polynomials, from the lowest power up. Written by tools/fit-polynomials.ts: interpolation of power series at
// Chebyshev nodes, rounded to the format; the error given is the greatest found on 401 points, in exact arithmetic, with the
// rounded coefficients.

/** (exp(r) - 1 - r) / r^2 for |r| <= ln(2)/2, in r; absolute error 1.2e-16. */
export const EXP: readonly number[] = [0.5000000000000001, 0.16666666666666669, 0.04166666666662416, 0.008333333333330063, 0.0013888888917199863, 0.00019841269863042963, 0.000024801521317484083, 0.0000027557268476553695, 2.7620078203806394e-7, 2.5100377619606372e-8]; // oxfmt-ignore

/** (sin(r) - r) / r^3 for |r| <= pi/2, in r^2; absolute error 9.3e-18. */
export const SIN_WIDE: readonly number[] = [-0.16666666666666666, 0.008333333333333316, -0.00019841269841254974, 0.0000027557319219163205, -2.505210761699229e-8, 1.605897731221174e-10, -7.643970288741763e-13, 2.7314446665270123e-15]; // oxfmt-ignore

/** (log((1 + s)/(1 - s)) - 2 s) / s^3 for |s| <= 3 - 2 sqrt(2), in s^2; absolute error 3.2e-16. */
export const LOG: readonly number[] = [0.666666666666667, 0.399999999998995, 0.28571428625978723, 0.2222221113426649, 0.18182889163774027, 0.15331720320419312, 0.14616465508005427]; // oxfmt-ignore

/** as LOG, for f32; absolute error 2.0e-7. */
export const LOG_SINGLE: readonly number[] = [0.6666668653488159, 0.3998878002166748, 0.2957996129989624]; // oxfmt-ignore
