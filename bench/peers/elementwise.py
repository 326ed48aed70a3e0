# The formula of bench/compile.ts in NumPy, written with products, and in numexpr if it is there; ns an element as JSON.
# python3 elementwise.py N
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "build", "python"))
os.environ.setdefault("NUMEXPR_MAX_THREADS", "1")
import numpy as np

n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
x = -5 + 10 * np.arange(n) / n


def median_ns(run):
    times = []
    for k in range(12):
        begin = time.perf_counter_ns()
        run()
        if k >= 3:
            times.append((time.perf_counter_ns() - begin) / n)
    return sorted(times)[len(times) // 2]


found = {"numpy, products": median_ns(lambda: np.exp(-x * x) * np.sin(3 * x) + x * x * x / (1 + x * x))}
try:
    import numexpr

    numexpr.set_num_threads(1)
    found["numexpr, one thread"] = median_ns(lambda: numexpr.evaluate("exp(-x*x)*sin(3*x) + x*x*x/(1 + x*x)"))
except ImportError:
    pass
print(json.dumps(found))
