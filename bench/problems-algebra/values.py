# Values of infix expressions by mpmath, an arithmetic that Calculemus does not share; assumptions; points that satisfy them.
# Symbols are complex unless an assumption says otherwise: points are complex, negative and positive in turn.
import hashlib
import json
import os
import random
import re

import mpmath
from mpmath import mp

FOLDER = os.path.dirname(os.path.abspath(__file__))
KINDS = ("simplify", "factor", "equal", "latex")
NAME = re.compile(r"[A-Za-z_]\w*")
TOKEN = re.compile(r"[A-Za-z_]\w*|\d+(?:\.\d+)?(?:e[+-]?\d+)?|[-+*/^]")


def half(identifier):
    """The half of the set a problem belongs to: the first hexadecimal digit of the SHA-256 of its id, even or odd."""
    return "look" if int(hashlib.sha256(identifier.encode()).hexdigest()[0], 16) % 2 == 0 else "held-out"


def problems(halves=("look", "held-out"), kinds=KINDS):
    for part in halves:
        for kind in kinds:
            with open(os.path.join(FOLDER, part, f"{kind}.jsonl"), encoding="utf-8") as file:
                for line in file:
                    yield part, json.loads(line)


def tokens(text):
    """Length of an expression: numbers, names and operators; brackets and commas are free."""
    return len(TOKEN.findall(text))


def real_only(f):
    def value(*args):
        if any(mpmath.im(a) != 0 for a in args):
            raise ValueError("of real numbers only")
        return f(*(mpmath.re(a) for a in args))

    return value


FUNCTIONS = {
    **{name: getattr(mpmath, name) for name in "sin cos tan sec csc cot asin acos atan sinh cosh tanh asinh acosh atanh exp log sqrt gamma zeta erf erfc".split()},
    "ln": mpmath.log,
    "log10": lambda x: mpmath.log(x) / mpmath.log(10),
    "log2": lambda x: mpmath.log(x) / mpmath.log(2),
    "abs": abs,
    "sign": lambda x: mp.mpf(0) if x == 0 else x / abs(x),
    "floor": real_only(mpmath.floor),
    "ceil": real_only(mpmath.ceil),
    "min": real_only(min),
    "max": real_only(max),
}


def compiled(text):
    """A function of a table of values; `text` is infix notation with explicit products."""
    code = re.sub(r"(?<![\w.])(\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w.])", r"mpf('\1')", text).replace("^", "**")
    byte = compile(code, text, "eval")

    def value(at):
        table = {**FUNCTIONS, "mpf": mp.mpf, "pi": +mp.pi, "e": +mp.e, **at}
        result = eval(byte, {"__builtins__": {}}, table)
        return mp.mpmathify(result)

    return value


def symbols(*texts):
    found = set()
    for text in texts:
        for match in NAME.finditer(text):
            if match.group() not in FUNCTIONS and match.group() not in ("pi", "e"):
                found.add(match.group())
    return sorted(found)


class Assumption:
    """Assumptions such as "x > 0, n integer": `x real`, `x integer`, and relations between one symbol and a number."""

    def __init__(self, text):
        self.real, self.integer, self.low, self.high = set(), set(), {}, {}
        for part in (text or "").split(","):
            part = part.strip()
            if not part:
                continue
            if match := re.fullmatch(r"(\w+) (real|integer)", part):
                (self.real if match[2] == "real" else self.integer).add(match[1])
            elif match := re.fullmatch(r"(\w+) ([<>]) (-?\d+)", part):
                (self.high if match[2] == "<" else self.low)[match[1]] = int(match[3])
            elif match := re.fullmatch(r"(-?\d+) ([<>]) (\w+)", part):
                (self.low if match[2] == "<" else self.high)[match[3]] = int(match[1])
            else:
                raise ValueError(f"assumption {part!r} is not understood")

    def draw(self, name, rng, turn):
        if name in self.integer:
            return mp.mpf(rng.randint(-6, 6))
        if name in self.low or name in self.high:
            low = self.low.get(name, self.high.get(name, 0) - 5)
            high = self.high.get(name, low + 5)
            return low + (high - low) * mp.mpf(rng.randint(1, 10**6 - 1)) / 10**6
        size = mp.mpf(rng.randint(1, 4 * 10**6)) / 10**6
        if name in self.real:
            return size if rng.random() < 0.5 else -size
        if turn % 3 == 0:
            return mp.mpc(rng.uniform(-3, 3), rng.uniform(-6, 6))
        return size if rng.random() < 0.5 else -size


def points(names, assume, count, seed):
    rng = random.Random(seed)
    rule = Assumption(assume)
    for turn in range(count if names else 1):
        yield {name: rule.draw(name, rng, turn) for name in names}


def compare(a, b, assume, count=60, seed=1, digits=30):
    """(points compared, first point at which the two differ to that many digits, or None)."""
    with mp.workdps(digits + 30):
        f, g = compiled(a), compiled(b)
        seen = 0
        for at in points(symbols(a, b), assume, count, seed):
            try:
                x, y = f(at), g(at)
            except (ZeroDivisionError, ValueError, OverflowError, mpmath.libmp.ComplexResult):
                continue
            if not (mpmath.isfinite(x) and mpmath.isfinite(y)):
                continue
            seen += 1
            if abs(x - y) > mp.mpf(10) ** (-digits - 5) * max(1, abs(x), abs(y)):
                return seen, {name: mpmath.nstr(v, 8) for name, v in at.items()}
        return seen, None
