#!/usr/bin/env python3
# Scores results by the rules of README.md. Numbers of factors need SymPy. A result of `latex` counts if it is the goal's text
# or, for values, has the goal's value.
# Usage: python3 score.py RESULTS.jsonl [--half look|held-out] [--list]
import argparse
import json
import re
import statistics

from values import compare, problems, symbols, tokens

try:
    from check import written_factors
except ImportError:
    written_factors = None


def equal(a, b, assume):
    """Is the value the same at every point that could be compared, and at enough of them?"""
    try:
        seen, witness = compare(a, b, assume)
    except Exception:
        return False
    return witness is None and seen >= (1 if not symbols(a, b) else 10)


def judge(problem, result):
    """right, short (right too), missed or wrong."""
    kind, goal = problem["kind"], problem["goal"]
    if result is None:
        return "missed"
    if kind == "equal":
        return "missed" if result == "unknown" else "right" if result == goal else "wrong"
    if kind == "latex":
        flat = lambda text: "".join(text.split())
        sides = [re.split(r" (<=|>=|!=|<|>|=) ", text) for text in (result, goal)]
        same = len(sides[0]) == len(sides[1]) and all(a == b or equal(a, b, None) for a, b in zip(*sides))
        return "right" if flat(result) == flat(goal) or same else "wrong"
    if not equal(problem["expr"], result, problem.get("assume")):
        return "wrong"
    if kind == "factor":
        return "right" if written_factors(result) == written_factors(goal) else "missed"
    length = tokens(result)
    small = length <= tokens(goal) or (length < tokens(problem["expr"]) and length <= tokens(goal) + 4)
    return "short" if small else "right"


def main():
    options = argparse.ArgumentParser()
    options.add_argument("results")
    options.add_argument("--half", choices=("look", "held-out"))
    options.add_argument("--list", action="store_true", help="print what is not solved; of the half to look at only")
    chosen = options.parse_args()
    with open(chosen.results, encoding="utf-8") as file:
        answers = {row["id"]: row for row in map(json.loads, file)}
    totals, times = {}, {}
    for part, problem in problems((chosen.half,) if chosen.half else ("look", "held-out")):
        row = answers.get(problem["id"])
        if row is None:
            continue
        verdict = judge(problem, row["result"])
        count = totals.setdefault((part, problem["kind"]), {"problems": 0, "right": 0, "short": 0, "missed": 0, "wrong": 0})
        count["problems"] += 1
        count["right"] += verdict in ("right", "short")
        count[verdict] += verdict != "right"
        if row.get("ms") is not None:
            times.setdefault((part, problem["kind"]), []).append(row["ms"])
        if chosen.list and part == "look" and verdict in ("missed", "wrong"):
            print(f"{verdict} {problem['id']}: {problem['expr']} -> {row['result']}; goal {problem['goal']}; {row.get('reason', '')}")
    for (part, kind), count in totals.items():
        median = f", median {statistics.median(times[part, kind]):.1f} ms" if times.get((part, kind)) else ""
        short = f", short {count['short']}" if kind == "simplify" else ""
        print(f"{part} {kind}: {count['right']} of {count['problems']} right{short}, {count['missed']} missed, {count['wrong']} wrong{median}")


if __name__ == "__main__":
    main()
