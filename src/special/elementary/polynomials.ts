// Coefficients of polynomials, from the lowest power up. Written by tools/fit-polynomials.ts: interpolation of power series at
// Chebyshev nodes, rounded to the format (the error is the greatest found on 401 points, in exact arithmetic, with the rounded
// coefficients), or polynomials of least relative error by Remez's algorithm, rounded one coefficient after the other.

/** (exp(r) - 1 - r) / r^2 for |r| <= ln(2)/2, in r; absolute error 1.2e-16. */
export const EXP: readonly number[] = [0.5000000000000001, 0.16666666666666669, 0.04166666666662416, 0.008333333333330063, 0.0013888888917199863, 0.00019841269863042963, 0.000024801521317484083, 0.0000027557268476553695, 2.7620078203806394e-7, 2.5100377619606372e-8]; // oxfmt-ignore

/** (log((1 + s)/(1 - s)) - 2 s) / s^3 for |s| <= 3 - 2 sqrt(2), in s^2; absolute error 3.2e-16. */
export const LOG: readonly number[] = [0.666666666666667, 0.399999999998995, 0.28571428625978723, 0.2222221113426649, 0.18182889163774027, 0.15331720320419312, 0.14616465508005427]; // oxfmt-ignore

/** as EXP; relative error of the whole 5.3e-18. */
export const EXP_LEAST: readonly number[] = [0.5000000000000011, 0.1666666666666599, 0.04166666666652134, 0.008333333333785909, 0.0013888888946775207, 0.00019841268839249535, 0.000024801489232480965, 0.000002755820797100381, 2.7631787509362276e-7, 2.479684292388807e-8]; // oxfmt-ignore

/** (sin(r) - r) / r^3 for |r| <= pi/4, in r^2; relative error of the whole 3.7e-18. */
export const SIN_LEAST: readonly number[] = [-0.16666666666666632, 0.00833333333332242, -0.00019841269829778968, 0.0000027557313675961423, -2.5050755120581915e-8, 1.5896606675925216e-10]; // oxfmt-ignore

/** (sin(r) - r) / r^3 for |r| <= pi/2, in r^2; relative error of the whole 1.5e-16. */
export const SIN_WIDE: readonly number[] = [-0.16666666666666188, 0.008333333333285656, -0.0001984126982508063, 0.0000027557316603072834, -2.505188041041019e-8, 1.6048099133224974e-10, -7.373385025097934e-13]; // oxfmt-ignore

/** as LOG; relative error of the whole 1.9e-16. */
export const LOG_SHORT: readonly number[] = [0.6666666666658748, 0.4000000005214219, 0.2857141715034958, 0.2222337028206719, 0.18123685896927383, 0.16819323635125685]; // oxfmt-ignore

/** (3 artanh(s)/s - 3 - s^2) / s^4 for |s| <= 0.1011, in s^2; relative error of the whole 3.4e-22. */
export const ARTANH_SHORT: readonly number[] = [0.5999999999999946, 0.42857142857852215, 0.3333333298276252, 0.27272812236411587, 0.23066085375087597, 0.20697190432998602]; // oxfmt-ignore

/** as EXP, for f32; relative error of the whole 3.2e-9. */
export const EXP_SINGLE_LEAST: readonly number[] = [0.4999999403953552, 0.16666516661643982, 0.04166810214519501, 0.008369195275008678, 0.0013839037856087089]; // oxfmt-ignore

/** as EXP, for f32; relative error of the whole 1.0e-7. */
export const EXP_SINGLE_SHORT: readonly number[] = [0.499992311000824, 0.16667111217975616, 0.04189020022749901, 0.008312885649502277]; // oxfmt-ignore

/** as LOG, for f32; absolute error 2.0e-7. */
export const LOG_SINGLE: readonly number[] = [0.6666668653488159, 0.3998878002166748, 0.2957996129989624]; // oxfmt-ignore
