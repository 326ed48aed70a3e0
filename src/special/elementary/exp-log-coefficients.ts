// Coefficients of polynomials, from the lowest power up. Written by tools/fit-exp-log.ts: interpolation at Chebyshev nodes, rounded
// to the format; the error given is the greatest found on 401 points, in exact arithmetic, with the rounded coefficients. _LOW
// holds what rounding took from the first coefficients.

/** (sinh(r) - r) / r^3 for |r| <= ln(2)/2, in r^2; absolute error 9.3e-18. */
export const SINH: readonly number[] = [0.16666666666666666, 0.008333333333333333, 0.00019841269841263304, 0.000002755731924720479, 2.5052071109214447e-8, 1.6086622436215557e-10]; // oxfmt-ignore

/** (cosh(r) - 1 - r^2/2) / r^4 for |r| <= ln(2)/2, in r^2; absolute error 3.4e-18. */
export const COSH: readonly number[] = [0.041666666666666664, 0.0013888888888886554, 0.000024801587317135164, 2.755728298405588e-7, 2.091122972975857e-9]; // oxfmt-ignore

/** (3 artanh(s)/s - 3 - s^2) / s^4 for |s| <= 0.1011, in s^2; absolute error 2.3e-17. */
export const ARTANH: readonly number[] = [0.6, 0.4285714285714263, 0.33333333333681425, 0.27272727068589675, 0.23076980042979292, 0.1999185084444627, 0.1822319151747623]; // oxfmt-ignore
