#!/usr/bin/env python3
# The problem set by SymPy: parse_expr, simplify, factor, equality by simplify(a - b) == 0 (else `equals`), parse_latex with the
# lark backend if it is there, else with antlr. Each problem in a process of its own with a limit on its time.
# Usage: python3 sympy_solve.py [--half look|held-out] [--kind KIND] [--seconds 20] > results.jsonl
import argparse
import json
import multiprocessing
import re
import sys
import time

import sympy
from sympy.printing.str import StrPrinter

from values import KINDS, Assumption, problems, symbols

LIMIT_S = 20


def latex_reader():
    """parse_latex with a backend that works here, and the name of the backend; or None."""
    from sympy.parsing.latex import parse_latex

    for backend in ("lark", "antlr"):
        try:
            if parse_latex("x", backend=backend) == sympy.Symbol("x"):
                return (lambda text: parse_latex(text, backend=backend)), backend
        except Exception:
            continue
    return None, "none"


class Infix(StrPrinter):
    """SymPy's text with the names and the operators of Calculemus."""

    NAMES = {"Abs": "abs", "ceiling": "ceil", "Min": "min", "Max": "max"}

    def _print_Function(self, x):
        name = x.func.__name__
        return f"{self.NAMES.get(name, name)}({', '.join(self._print(a) for a in x.args)})"

    _print_Abs = _print_ceiling = _print_Function

    def _print_LatticeOp(self, x):
        *rest, last = sorted((self._print(a) for a in x.args), reverse=True)
        text = last
        for each in reversed(rest):
            text = f"{self.NAMES[x.func.__name__]}({text}, {each})"
        return text

    _print_Min = _print_Max = _print_LatticeOp

    def _print_Symbol(self, x):
        return re.sub(r"_\{(\w+)\}$", r"_\1", x.name)

    def _print_Exp1(self, x):
        return "e"

    def _range(self, name, x):
        text = self._print(x.function)
        for variable, low, high in x.limits:
            text = f"{name}({text}, {variable} = {self._print(low)} .. {self._print(high)})"
        return text

    def _print_Sum(self, x):
        return self._range("sum", x)

    def _print_Product(self, x):
        return self._range("product", x)

    def _print_MatrixBase(self, x):
        return "[" + ", ".join("[" + ", ".join(self._print(a) for a in x.row(i)) + "]" for i in range(x.rows)) + "]"

    def _print_Relational(self, x):
        sign = {"Eq": "=", "Ne": "!="}.get(x.func.__name__[:2], x.rel_op)
        sign = {"==": "=", "Eq": "="}.get(sign, sign)
        return f"{self._print(x.lhs)} {sign} {self._print(x.rhs)}"


def infix(x):
    return Infix().doprint(x).replace("**", "^")


def table(problem):
    """Symbols with the assumptions of the problem, as far as SymPy has them."""
    rule = Assumption(problem.get("assume"))
    made = {}
    for name in symbols(problem["expr"], problem.get("other", "")):
        options = {}
        if name in rule.integer:
            options["integer"] = True
        elif name in rule.real:
            options["real"] = True
        if rule.low.get(name, -1) >= 0:
            options["positive"] = True
        elif rule.high.get(name, 1) <= 0:
            options["negative"] = True
        elif name in rule.low or name in rule.high:
            options["real"] = True
        made[name] = sympy.Symbol(name, **options)
    names = {"abs": sympy.Abs, "ceil": sympy.ceiling, "min": sympy.Min, "max": sympy.Max, "e": sympy.E}
    names["log10"] = lambda x: sympy.log(x, 10)
    names["log2"] = lambda x: sympy.log(x, 2)
    return {**names, **made}


def read(text, names):
    return sympy.parse_expr(text.replace("^", "**"), local_dict=names)


def solve(problem):
    kind = problem["kind"]
    if kind == "latex":
        reader, _ = latex_reader()
        if reader is None:
            raise RuntimeError("no backend for LaTeX")
        x = reader(problem["expr"])
        if not isinstance(x, sympy.Basic) and not hasattr(x, "rows"):
            raise RuntimeError("SymPy reads this as several expressions")
        if isinstance(x, sympy.Basic):
            x = x.subs({sympy.Symbol("e"): sympy.E, sympy.Symbol("pi"): sympy.pi}).doit() if not x.has(sympy.Sum, sympy.Product) else x
        return infix(x)
    names = table(problem)
    x = read(problem["expr"], names)
    if kind == "simplify":
        return infix(sympy.simplify(x))
    if kind == "factor":
        return infix(sympy.factor(x))
    other = read(problem["other"], names)
    if sympy.simplify(x - other) == 0:
        return "yes"
    return {True: "yes", False: "no"}.get(x.equals(other), "unknown")


def work(problem, pipe):
    start = time.perf_counter()
    try:
        result = {"result": solve(problem)}
    except Exception as error:
        result = {"result": None, "reason": f"{type(error).__name__}: {error}".split("\n")[0][:200]}
    pipe.send({**result, "ms": round((time.perf_counter() - start) * 1000, 1)})


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--half", choices=("look", "held-out"))
    options.add_argument("--kind", choices=KINDS)
    options.add_argument("--seconds", type=float, default=LIMIT_S)
    chosen = options.parse_args()
    _, backend = latex_reader()
    print(f"SymPy {sympy.__version__}, LaTeX backend: {backend}", file=sys.stderr)
    # A forked child has SymPy loaded; its caches are those of a fresh import.
    context = multiprocessing.get_context("fork")
    for _, problem in problems((chosen.half,) if chosen.half else ("look", "held-out"), (chosen.kind,) if chosen.kind else KINDS):
        ours, theirs = context.Pipe(duplex=False)
        child = context.Process(target=work, args=(problem, theirs))
        child.start()
        theirs.close()
        try:
            answer = ours.recv() if ours.poll(chosen.seconds) else None
        except EOFError:
            answer = {"result": None, "reason": "the process ended", "ms": None}
        if answer is None:
            answer = {"result": None, "reason": f"over {chosen.seconds} s", "ms": chosen.seconds * 1000}
            child.kill()
        child.join()
        print(json.dumps({"id": problem["id"], **answer}), flush=True)


if __name__ == "__main__":
    main()
