#!/usr/bin/env python3
"""Pychop's NumPy back end: rounding of 10^6 doubles, and a matrix product with every operation rounded.

Prints JSON lines {"peer","version","case","ns","unit","copy_ns"}: medians of RUNS runs, nanoseconds an element or a
multiply-add, and those of a plain copy of the same array in the same process. bench/peers/install.sh installs Pychop and
NumPy into bench/peers/build/python (Pychop: pip; nothing outside that folder).
CPFloat, the other peer, has no package for pip or Debian; where $CPFLOAT names a program that prints such lines, it is run too.
"""
import json
import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "build", "python"))
try:
    import numpy as np
    import pychop
except ImportError as missing:
    print(json.dumps({"peer": "pychop", "skipped": f"{missing}; run bench/peers/install.sh"}))
    sys.exit(0)

RUNS = int(os.environ.get("RUNS", "7"))
ELEMENTS = 1_000_000
ORDER = 256
FORMATS = {"binary16": (5, 10), "bfloat16": (8, 7)}
# rmode 1: nearest even, 5: stochastic, in proportion to the distance
MODES = {"nearest-even": 1, "stochastic": 5}


def median_ns(call, count):
    """Median nanoseconds for one of `count` operations, after a warm-up."""
    call()
    times = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        call()
        times.append((time.perf_counter() - begin) / count * 1e9)
    return statistics.median(times)


def emit(case, ns, unit, copy):
    version = getattr(pychop, "__version__", "unknown")
    print(json.dumps({"peer": "pychop", "version": version, "case": case, "ns": ns, "unit": unit, "copy_ns": copy}), flush=True)


def gemm(chop, a, b):
    """C = A B, k by k: every product and every sum rounded, as Pychop's users write it."""
    c = np.zeros((a.shape[0], b.shape[1]))
    for k in range(a.shape[1]):
        c = chop(c + chop(np.outer(a[:, k], b[k, :])))
    return c


def main():
    pychop.backend("numpy")
    random = np.random.default_rng(1)
    x = random.standard_normal(ELEMENTS).reshape(1000, 1000)
    a, b = random.standard_normal((2, ORDER, ORDER))
    copy = median_ns(x.copy, ELEMENTS)
    for name, (exponent, fraction) in FORMATS.items():
        for mode, number in MODES.items():
            chop = pychop.Chop(exp_bits=exponent, sig_bits=fraction, rmode=number, subnormal=True)
            emit(f"round {name} {mode}", median_ns(lambda: chop(x), ELEMENTS), "ns/element", copy)
        chop = pychop.Chop(exp_bits=exponent, sig_bits=fraction, rmode=1, subnormal=True)
        begin = time.perf_counter()
        gemm(chop, chop(a), chop(b))
        emit(f"gemm {ORDER} {name} nearest-even", (time.perf_counter() - begin) / ORDER**3 * 1e9, "ns/multiply-add", copy)
    program = os.environ.get("CPFLOAT")
    if program:
        subprocess.run([program], check=True)
    else:
        print(json.dumps({"peer": "cpfloat", "skipped": "no package in pip or Debian; CPFLOAT names no program"}))


main()
