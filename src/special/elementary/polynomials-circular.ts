// Coefficients of polynomials, from the lowest power up, and bits of 2/pi. Written by tools/fit-circular.ts: interpolation of power
// series at Chebyshev nodes, rounded to the format; the error given is the greatest found on 401 points, in exact arithmetic,
// with the rounded coefficients.

/** (sin(r) - r + r^3/6) / r^5 for |r| <= pi/4, in r^2; absolute error 1.2e-19. */
export const SIN_REST: readonly number[] = [0.008333333333333333, -0.00019841269841268963, 0.0000027557319222325073, -2.5052107236372865e-8, 1.6058684399079304e-10, -7.5953117142012e-13]; // oxfmt-ignore

/** (cos(r) - 1 + r^2/2) / r^4 for |r| <= pi/4, in r^2; absolute error 2.3e-18. */
export const COS_REST: readonly number[] = [0.041666666666666664, -0.0013888888888887398, 0.00002480158729876566, -2.7557317271714906e-7, 2.0876146265300598e-9, -1.138263220199036e-11]; // oxfmt-ignore

/** (atan(r) - r + r^3/3) / r^5 for |r| <= tan(pi/8), in r^2; absolute error 4.2e-17. */
export const ATAN_REST: readonly number[] = [0.19999999999999998, -0.14285714285710158, 0.11111111110145336, -0.09090909002550357, 0.07692303532204749, -0.06666551885739361, 0.058803657481737416, -0.0524083671562917, 0.045979722512226866, -0.03573713186569922, 0.017549114696728922]; // oxfmt-ignore

/** (asin(r) - r - r^3/6) / r^5 for |r| <= 1/2, in r^2; absolute error 2.8e-18. */
export const ASIN_REST: readonly number[] = [0.075, 0.044642857142858226, 0.030381944444163943, 0.02237215911947595, 0.01735276290932625, 0.013964891636551516, 0.011550823577337352, 0.009775076110986592, 0.008261951665512903, 0.008165934640582937, 0.0025286690352327467, 0.017771033255193115, -0.01776425113752316, 0.027072149944273302]; // oxfmt-ignore

/** (1 + u)^(-1/3) for |u| <= 0.11, in u; absolute error 1.4e-7. */
export const CBRT_START: readonly number[] = [1, -0.33332755184492335, 0.22221708115951752, -0.17474608920202028, 0.1457281805966304]; // oxfmt-ignore

/** as SIN_REST, for f32 results; absolute error 1.8e-13. */
export const SIN_WIDE_REST: readonly number[] = [0.008333333333152749, -0.00019841268904374038, 0.0000027556559429854366, -2.4854785421472372e-8]; // oxfmt-ignore

/** as COS_REST, for f32 results; absolute error 2.3e-12. */
export const COS_WIDE_REST: readonly number[] = [0.04166666666432118, -0.0013888887672007515, 0.000024800600372145675, -2.730095855412362e-7]; // oxfmt-ignore

/** as ATAN_REST, for f32 results; absolute error 4.7e-10. */
export const ATAN_WIDE_REST: readonly number[] = [0.1999999995256797, -0.14285694338879168, 0.11109739876813213, -0.09056029987451028, 0.07282905892304956, -0.04341724171624417]; // oxfmt-ignore

/** as ASIN_REST, for f32 results; absolute error 1.3e-11. */
export const ASIN_WIDE_REST: readonly number[] = [0.07499999998979574, 0.04464286235844183, 0.030381510176704363, 0.022385820041483536, 0.01714411543528385, 0.01566423624569157, 0.004145729199628801, 0.02515951050570699]; // oxfmt-ignore

/** as SIN_REST, for f32; absolute error 5.0e-10. */
export const SIN_SINGLE_REST: readonly number[] = [0.00833333283662796, -0.00019840736058540642, 0.0000027326545932737645]; // oxfmt-ignore

/** (sin(r) - r) / r^3 for |r| <= pi/2, in r^2, for f32; absolute error 5.0e-9. */
export const SIN_HALF_SINGLE: readonly number[] = [-0.1666666716337204, 0.00833333283662796, -0.00019841086759697646, 0.00000275364641311171, -2.408018850985627e-8]; // oxfmt-ignore

/** as COS_REST, for f32; absolute error 2.5e-9. */
export const COS_SINGLE_REST: readonly number[] = [0.0416666641831398, -0.001388830249197781, 0.00002454794230288826]; // oxfmt-ignore

/** as ATAN_REST, for f32; absolute error 1.5e-8. */
export const ATAN_SINGLE_REST: readonly number[] = [0.19999998807907104, -0.14285318553447723, 0.1109236553311348, -0.08774200081825256, 0.054140739142894745]; // oxfmt-ignore

/** as ASIN_REST, for f32; absolute error 5.0e-9. */
export const ASIN_SINGLE_REST: readonly number[] = [0.07499999552965164, 0.04464365169405937, 0.030345475301146507, 0.022974973544478416, 0.012977124191820621, 0.027618296444416046]; // oxfmt-ignore

/** as CBRT_START, for f32; absolute error 6.4e-5. */
export const CBRT_SINGLE_START: readonly number[] = [1, -0.3349122107028961, 0.22353853285312653]; // oxfmt-ignore

/** Bits of 2/pi after the point, 64 a word. */
export const TWO_OVER_PI: readonly bigint[] = [0xa2f9836e4e441529n, 0xfc2757d1f534ddc0n, 0xdb6295993c439041n, 0xfe5163abdebbc561n, 0xb7246e3a424dd2e0n, 0x06492eea09d1921cn, 0xfe1deb1cb129a73en, 0xe88235f52ebb4484n, 0xe99c7026b45f7e41n, 0x3991d639835339f4n, 0x9c845f8bbdf9283bn, 0x1ff897ffde05980fn, 0xef2f118b5a0a6d1fn, 0x6d367ecf27cb09b7n, 0x4f463f669e5fea2dn, 0x7527bac7ebe5f17bn, 0x3d0739f78a5292ean, 0x6bfb5fb11f8d5d08n, 0x56033046fc7b6bacn]; // oxfmt-ignore
