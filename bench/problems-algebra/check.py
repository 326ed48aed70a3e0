#!/usr/bin/env python3
# Checks the answers of the problem set by means that Calculemus does not share: values by mpmath to 30 digits at random points
# that satisfy the assumptions, numbers of factors and readings of LaTeX by SymPy where it is installed.
# Usage: python3 check.py
import sys

from values import compare, half, problems, symbols

try:
    import sympy
except ImportError:
    sympy = None
try:
    from sympy.parsing.latex import parse_latex

    parse_latex("x")
except Exception:
    parse_latex = None


def factors(text):
    """Irreducible factors over the rationals, counted with multiplicity, constants not."""
    table = {name: sympy.Symbol(name) for name in symbols(text)}
    x = sympy.parse_expr(text.replace("^", "**"), local_dict=table)
    return sum(times for _, times in sympy.factor_list(x)[1])


def written_factors(text):
    """The same of the goal as it is written: products and powers, nothing factored."""
    table = {name: sympy.Symbol(name) for name in symbols(text)}
    x = sympy.parse_expr(text.replace("^", "**"), local_dict=table, evaluate=False)
    total = 0
    stack = [x]
    while stack:
        part = stack.pop()
        if isinstance(part, sympy.Mul):
            stack.extend(part.args)
        elif isinstance(part, sympy.Pow) and part.exp.is_Integer and part.exp > 0:
            stack.extend([part.base] * int(part.exp))
        elif part.free_symbols:
            total += 1
    return total


LATEX_VALUE = {"sum(", "product(", "piecewise(", "[", "<", "="}


def latex_agrees(problem):
    """True, False, or None where SymPy cannot tell."""
    if parse_latex is None or any(mark in problem["goal"] for mark in LATEX_VALUE):
        return None
    try:
        x = parse_latex(problem["expr"])
        if x.has(sympy.Sum, sympy.Product, sympy.Derivative, sympy.Function("f")):
            x = x.doit()
        x = sympy.expand_func(x.rewrite(sympy.gamma)).subs(sympy.Symbol("e"), sympy.E).subs(sympy.Symbol("pi"), sympy.pi)
        text = str(x).replace("**", "^").replace("Abs", "abs").replace("I", "I_").replace("ceiling", "ceil")
        if "I_" in text:
            return None
        seen, witness = compare(text, problem["goal"], "", count=30, digits=12)
        return None if seen == 0 else witness is None
    except Exception:
        return None


def main():
    bad = 0
    counts = {}
    unread = []
    for part, problem in problems():
        kind, identifier = problem["kind"], problem["id"]
        counts[part, kind] = counts.get((part, kind), 0) + 1

        def complain(what):
            nonlocal bad
            bad += 1
            print(f"{identifier}: {what}: {problem}")

        if half(identifier) != part:
            complain("stands in the wrong half")
        if kind == "latex":
            agrees = latex_agrees(problem)
            if agrees is not True:
                unread.append((identifier, problem["expr"], problem["goal"], agrees))
            continue
        other = problem["other"] if kind == "equal" else problem["goal"]
        seen, witness = compare(problem["expr"], other, problem.get("assume"))
        if witness is None and seen < (1 if not symbols(problem["expr"], other) else 10):
            complain(f"only {seen} points could be compared")
        elif kind == "equal" and (witness is None) != (problem["goal"] == "yes"):
            complain(f"the answer is wrong, witness {witness}")
        elif kind != "equal" and witness is not None:
            complain(f"the goal differs at {witness}")
        elif kind == "factor" and sympy is not None and factors(problem["expr"]) != written_factors(problem["goal"]):
            complain(f"has {factors(problem['expr'])} factors, the goal {written_factors(problem['goal'])}")
    for key in sorted(counts):
        print(*key, counts[key])
    if sympy is None:
        print("SymPy is missing: numbers of factors were not checked")
    if parse_latex is None:
        print("SymPy cannot read LaTeX here (antlr4-python3-runtime 4.11 is missing): goals of `latex` were not compared")
    else:
        print(f"{len(unread)} of the LaTeX problems are not confirmed by SymPy's reader; they were read by eye:")
        for identifier, expr, goal, agrees in unread:
            print(f"  {identifier} {'differs' if agrees is False else 'not compared'}: {expr}  =>  {goal}")
    print(f"{bad} wrong answers")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
