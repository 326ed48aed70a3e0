# Times SymPy on the jobs of bench/algebra.ts: a JSON list of {id, code, setup} on standard input, medians of three with the cache cleared.
# Prints one JSON line a job: {id, ms, check}. `check` is a number that both sides must agree on (a count of terms, factors, elements).
import json, signal, statistics, sys, time
import sympy as sp
from sympy.core.cache import clear_cache

def stop(*_):
    raise TimeoutError

signal.signal(signal.SIGALRM, stop)
for job in json.load(sys.stdin):
    scope = {"sp": sp, "symbols": sp.symbols}
    signal.alarm(60)
    try:
        exec(job["setup"], scope)
        times = []
        for _ in range(3):
            clear_cache()
            start = time.perf_counter()
            value = eval(job["code"], scope)
            times.append(1e3 * (time.perf_counter() - start))
        scope["value"] = value
        print(json.dumps({"id": job["id"], "ms": statistics.median(times), "check": int(eval(job["check"], scope))}), flush=True)
    except BaseException as error:
        print(json.dumps({"id": job["id"], "ms": None, "check": None, "error": type(error).__name__}), flush=True)
    signal.alarm(0)
