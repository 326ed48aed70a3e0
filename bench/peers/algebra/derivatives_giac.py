# Needs giac (Debian package xcas). Input and output as in derivatives_sympy.py; times are those of giac's own time().
import json
import re
import subprocess
import sys

cases = json.load(sys.stdin)


def ask(*expressions):
    run = subprocess.run(["giac", *expressions], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    lines = [line for line in run.stdout.split("\n") if line and not line.startswith("//")]
    return lines[-1].strip()


def wall(expression):
    return 1e3 * float(re.search(r"\[[^,\[\]]+,([-+.\deE]+)\]", ask(f"time({expression})"))[1])


system = "[" + ",".join(cases["system"]) + "]"
unknowns = "[" + ",".join(cases["unknowns"]) + "]"
print(json.dumps({
    "name": "giac " + re.search(r"[\d.]+\d", ask("version()"))[0],
    "diff": wall(f"diff({cases['tree']},x)"),
    "jacobian": wall(f"diff({system},{unknowns})"),
    "nonzeros": int(ask(f"sum(map(flatten(diff({system},{unknowns})),t->when(t==0,0,1)))")),
}))
