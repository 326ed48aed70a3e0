#!/usr/bin/env python3
"""Writes correctly rounded values of MPFR (through gmpy2) for random arguments: a test-only oracle for src/number.

usage: mpfr_vectors.py SEED COUNT MIN_BITS MAX_BITS [FUNCTION ...]

One line a case:  function precision argument... = nearest zero up down away
Numbers are written m:e for m * 2^e with m in hexadecimal, or 0, -0, inf, -inf, nan; integer arguments as i:n.
COUNT cases for each function; precisions are log-uniform from MIN_BITS to MAX_BITS, arguments log-uniform with
exponents from -40 to 40 (smaller where the value would be trivial), a fifth of them short so that exact cases occur.
"""
import random
import sys

import gmpy2
from gmpy2 import mpfr

MODES = [gmpy2.RoundToNearest, gmpy2.RoundToZero, gmpy2.RoundUp, gmpy2.RoundDown, gmpy2.RoundAwayZero]

# name: (function, kinds of arguments); kinds: r real, p positive, u in (-1, 1), o >= 1, s small (|x| < 2^12),
# t tiny power, n whole number 0..20, k degree 2..12, z zeta's argument, g gamma's.
FUNCTIONS = {
    "add": (lambda x, y: x + y, "rr"),
    "subtract": (lambda x, y: x - y, "rr"),
    "multiply": (lambda x, y: x * y, "rr"),
    "divide": (lambda x, y: x / y, "rr"),
    "sqrt": (gmpy2.sqrt, "p"),
    "fma": (gmpy2.fma, "rrr"),
    "exp": (gmpy2.exp, "s"),
    "expm1": (gmpy2.expm1, "s"),
    "log": (gmpy2.log, "p"),
    "log1p": (gmpy2.log1p, "p"),
    "log2": (gmpy2.log2, "p"),
    "log10": (gmpy2.log10, "p"),
    "sin": (gmpy2.sin, "r"),
    "cos": (gmpy2.cos, "r"),
    "tan": (gmpy2.tan, "r"),
    "asin": (gmpy2.asin, "u"),
    "acos": (gmpy2.acos, "u"),
    "atan": (gmpy2.atan, "r"),
    "atan2": (gmpy2.atan2, "rr"),
    "sinh": (gmpy2.sinh, "s"),
    "cosh": (gmpy2.cosh, "s"),
    "tanh": (gmpy2.tanh, "s"),
    "asinh": (gmpy2.asinh, "r"),
    "acosh": (gmpy2.acosh, "o"),
    "atanh": (gmpy2.atanh, "u"),
    "pow": (lambda x, y: x**y, "ps"),
    "cbrt": (gmpy2.cbrt, "r"),
    "rootn": (lambda x, k: gmpy2.rootn(x, k), "pk"),
    "hypot": (gmpy2.hypot, "rr"),
    "gamma": (gmpy2.gamma, "g"),
    "lgamma": (lambda x: gmpy2.lgamma(x)[0], "g"),
    "digamma": (gmpy2.digamma, "g"),
    "zeta": (gmpy2.zeta, "z"),
    "erf": (gmpy2.erf, "t"),
    "erfc": (gmpy2.erfc, "t"),
    "besselJ": (lambda n, x: gmpy2.jn(x, n), "nb"),
    "besselY": (lambda n, x: gmpy2.yn(x, n), "nc"),
    "pi": (lambda: gmpy2.const_pi(), ""),
    "ln2": (lambda: gmpy2.const_log2(), ""),
    "euler": (lambda: gmpy2.const_euler(), ""),
    "catalan": (lambda: gmpy2.const_catalan(), ""),
}


def text(x):
    if isinstance(x, int):
        return f"i:{x}"
    if gmpy2.is_nan(x):
        return "nan"
    if gmpy2.is_infinite(x):
        return "inf" if x > 0 else "-inf"
    if gmpy2.is_zero(x):
        return "-0" if gmpy2.is_signed(x) else "0"
    m, e = x.as_mantissa_exp()
    return f"{'-' if m < 0 else ''}{int(abs(m)):x}:{int(e)}"


def real(rng, bits, low, high, signed=True):
    if rng.random() < 0.2:
        bits = min(bits, rng.randint(1, 6))
        low, high = max(low, -8), min(high, 8)
    m = rng.getrandbits(bits) | (1 << (bits - 1))
    if signed and rng.random() < 0.5:
        m = -m
    with gmpy2.local_context(precision=bits, round=gmpy2.RoundToZero):
        return gmpy2.mul_2exp(mpfr(m, bits), 0) * mpfr(2) ** (rng.randint(low, high) - bits)


def argument(rng, kind, bits):
    if kind == "n":
        return rng.randint(0, 20)
    if kind == "k":
        return rng.randint(2, 12)
    if kind == "u":
        return real(rng, bits, -40, 0)
    if kind == "o":
        if rng.random() < 0.7:
            return real(rng, bits, 1, 40, False)
        with gmpy2.local_context(precision=bits + 12):
            return 1 + real(rng, bits, -10, 0, False)
    if kind == "s":
        return real(rng, bits, -40, 12)
    if kind == "p":
        if rng.random() < 0.2:  # near one
            with gmpy2.local_context(precision=bits):
                return 1 + real(rng, bits, -20, -1)
        return real(rng, bits, -40, 40, False)
    if kind == "g":
        x = real(rng, bits, -20, 7)
        return x
    if kind == "z":
        return real(rng, bits, -10, 6)
    if kind == "t":
        return real(rng, bits, -30, 5)
    if kind == "b":
        return real(rng, bits, -20, 8)
    if kind == "c":
        return real(rng, bits, -20, 8, False)
    return real(rng, bits, -40, 40)


EXTRA = 96
# Slow functions: one value with EXTRA more bits, rounded to zero, decides all modes unless these bits are all zero or
# those of a midpoint.
SLOW = {"gamma", "lgamma", "digamma", "zeta", "erf", "erfc", "besselJ", "besselY"}


def all_modes(context, name, function, args, bits):
    if name in SLOW:
        with gmpy2.local_context(context, precision=bits + EXTRA, round=gmpy2.RoundToZero):
            value = function(*args)
        if gmpy2.is_finite(value) and not gmpy2.is_zero(value):
            m = abs(value.as_mantissa_exp()[0])
            low = (m << (bits + EXTRA - m.bit_length())) & ((1 << EXTRA) - 1)
            if low not in (0, 1 << (EXTRA - 1)):
                results = []
                for mode in MODES:
                    with gmpy2.local_context(context, precision=bits, round=mode):
                        results.append(text(+value))
                return results
    results = []
    for mode in MODES:
        with gmpy2.local_context(context, precision=bits, round=mode):
            results.append(text(function(*args)))
    return results


def main():
    seed, count, least, most = (int(each) for each in sys.argv[1:5])
    names = sys.argv[5:] or list(FUNCTIONS)
    context = gmpy2.get_context()
    context.emax = gmpy2.get_emax_max()
    context.emin = gmpy2.get_emin_min()
    for name in names:
        function, kinds = FUNCTIONS[name]
        rng = random.Random(f"{seed} {name}")
        for _ in range(count):
            bits = round(least * (most / least) ** rng.random())
            args = [argument(rng, kind, bits if rng.random() < 0.7 else round(least * (most / least) ** rng.random())) for kind in kinds]
            results = all_modes(context, name, function, args, bits)
            if results[0] == "nan":
                continue
            print(name, bits, *(text(a) for a in args), "=", *results)


main()
