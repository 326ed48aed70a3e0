# Needs SymPy. Reads {"tree", "system", "unknowns"} as JSON from standard input; prints median milliseconds of reading the tree,
# its derivative by x, and the Jacobian of the system, with the number of nonzeros.
import json
import statistics
import sys
import time

import sympy
from sympy.core.cache import clear_cache

cases = json.load(sys.stdin)
read = lambda text: sympy.sympify(text.replace("^", "**"))


def median(job, repeats=3):
    times = []
    for _ in range(repeats):
        clear_cache()
        begin = time.perf_counter()
        value = job()
        times.append(1e3 * (time.perf_counter() - begin))
    return statistics.median(times), value


reading, tree = median(lambda: read(cases["tree"]))
x = sympy.Symbol("x")
slope, _ = median(lambda: sympy.diff(tree, x))
system = sympy.Matrix([read(text) for text in cases["system"]])
unknowns = sympy.symbols(cases["unknowns"])
jacobian, value = median(lambda: system.jacobian(unknowns))


def build():
    a = sympy.symbols("a0:100")
    return [a[i] * a[j] ** 2 + a[k] for i in range(4) for j in range(50) for k in range(50)]


building, terms = median(build, 1)
print(json.dumps({
    "name": "SymPy " + sympy.__version__,
    "read": reading,
    "diff": slope,
    "jacobian": jacobian,
    "nonzeros": sum(1 for each in value if each != 0),
    "termMicroseconds": 1e3 * building / len(terms),
}))
