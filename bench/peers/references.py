#!/usr/bin/python3
"""Writes the reference solutions ../references/PROBLEM.json of the small work-precision problems.

Method:  each problem is solved at the tightest usable tolerances by two unrelated methods (CVODE BDF or Adams through
         build/cvode_problems, and SciPy's Radau or DOP853; lorenz by a Taylor series in 40-digit decimal arithmetic and
         DOP853), and compared at 50 output times; the file states methods, tolerances and the agreement
         (max over components of max_t |a-b| / max_t |a|), and the distance of the final state from the values
         published in the Test Set for IVP Solvers (Mazzia, Magherini), where there are such.
Source:  own programs; problems as stated in cvode_problems.c.
Usage:   ./install.sh && /usr/bin/python3 references.py [PROBLEM..]

File: {problem, tEnd, method, tolerance, checkMethod, checkTolerance, agreement, publishedDifference?, components (indices
kept), times (50), values (50 rows of the kept components), final}.
"""
import decimal
import json
import os
import subprocess
import sys

import numpy as np

import scipy_problems

HERE = os.path.dirname(os.path.abspath(__file__))
PUBLISHED = {
    'hires': [.7371312573325668e-3, .1442485726316185e-3, .5888729740967575e-4, .1175651343283149e-2, .2386356198831331e-2, .6238968252742796e-2, .2849998395185769e-2, .2850001604814231e-2],
    'orego': [.1000814870318523e1, .1228178521549917e4, .1320554942846706e3],
    'vdpol': [.1706167732170483e1, -.8928097010247975],
    'ring': [-.2339057358486745e-1, -.7367485485540825e-2, .2582956709291169, -.4064465721283450],
    'pollu': [.5646255480022769e-1, .1342484130422339],
    'pleiades': [.3706139143970502, .3237284092057233e1, -.3222559032418324e1, .6597091455775310, .3425581707156584, .1562172101400631e1, -.7003092922212495],
}
# cvode method, rtol, atol / rtol; scipy method, rtol, atol / rtol; which of the two is kept
PLAN = {
    'rober': (('bdf', 1e-14, 1e-6), ('Radau', 3e-14, 1e-6), 1), 'hires': (('bdf', 1e-14, 1e-5), ('Radau', 3e-14, 1e-5), 1), 'pollu': (('bdf', 1e-14, 1e-6), ('Radau', 3e-14, 1e-6), 1),
    'orego': (('bdf', 1e-14, 1e-3), ('Radau', 3e-14, 1e-3), 1), 'vdpol': (('bdf', 1e-14, 1e-2), ('Radau', 3e-14, 1e-2), 1), 'bruss1d': (('band', 1e-13, 1e-1), ('Radau', 1e-11, 1e-1), 0),
    'e5': (('bdf', 1e-13, 1e-18), ('Radau', 1e-12, 1e-18), 1), 'ring': (('bdf', 1e-13, 1e-2), ('LSODA', 1e-11, 1e-2), 0), 'medakzo': (('band', 1e-12, 1e-2), ('Radau', 1e-10, 1e-2), 0),
    'threebody': (('adams', 1e-14, 1e-2), ('DOP853', 3e-14, 1e-2), 1), 'bruss32': (('klu', 1e-11, 1e-1), ('Radau', 1e-8, 1e-1), 0), 'bruss128': (('klu', 1e-6, 1e-1), None, 0),
    'lorenz': (None, ('DOP853', 3e-14, 1e-2), 0), 'pleiades': (('adams', 1e-14, 1e-2), ('DOP853', 3e-14, 1e-2), 1),
}


def lorenz_taylor(times):
    """Taylor series of order 30, step 1/50, in 40 digits; the output times are multiples of 1/5."""
    decimal.getcontext().prec = 40
    d = decimal.Decimal
    x, y, z, h, out = d(1), d(0), d(0), d(1) / d(50), []
    for step in range(1, 501):
        a, b, c = [x], [y], [z]
        for k in range(30):
            xz = sum(a[i] * c[k - i] for i in range(k + 1))
            xy = sum(a[i] * b[k - i] for i in range(k + 1))
            a.append(10 * (b[k] - a[k]) / (k + 1))
            b.append((28 * a[k] - xz - b[k]) / (k + 1))
            c.append((xy - d(8) / d(3) * c[k]) / (k + 1))
        x, y, z = (sum(v * h ** i for i, v in enumerate(s)) for s in (a, b, c))
        if step % 10 == 0:
            out.append([float(x), float(y), float(z)])
    assert len(out) == len(times)
    return out


def main(name):
    first, second, keep = PLAN[name]
    times = scipy_problems.output_times(name)
    if first:
        run = subprocess.run([os.path.join(HERE, 'build', 'cvode_problems'), name, first[0], repr(first[1]), '--atol-factor', repr(first[2]), '--dump', '1'], capture_output=True, text=True, check=True)
        dump = json.loads(run.stdout)
        assert dump['flag'] >= 0
        one = np.array(dump['values'])
        labels = [('CVODE ' + first[0], 'rtol %g, atol %g' % (first[1], first[1] * first[2]))]
    else:
        one = np.array(lorenz_taylor(times))
        labels = [('Taylor series of order 30, step 1/50', '40-digit arithmetic')]
    # bruss128 takes SciPy hours: its reference is CVODE's alone, two decades below the tolerances compared.
    two = one if second is None else scipy_problems.solve(name, second[0], second[1], second[1] * second[2], times).y.T
    labels.append(('none', '-') if second is None else ('SciPy ' + second[0], 'rtol %g, atol %g' % (second[1], second[1] * second[2])))
    kept = (one, two)[keep]
    top = np.abs(kept).max(0)
    components = list(range(kept.shape[1])) if kept.shape[1] <= 40 else [c for c in range(10, 400, 10) if top[c] > 1e-3] if name == 'medakzo' else [2 * i + s for i in range(kept.shape[1] // 40, kept.shape[1] // 2, kept.shape[1] // 20) for s in (0, 1)] if name != 'bruss1d' else [2 * i + s for i in range(24, 500, 50) for s in (0, 1)]
    out = {'problem': name, 'tEnd': scipy_problems.PROBLEMS[name][3], 'method': labels[keep][0], 'tolerance': labels[keep][1], 'checkMethod': labels[1 - keep][0], 'checkTolerance': labels[1 - keep][1],
           'agreement': float('%.2e' % (np.abs(one - two).max(0) / np.where(top > 0, top, 1)).max())}
    if name in PUBLISHED:
        p = np.array(PUBLISHED[name])
        out['publishedDifference'] = float('%.2e' % np.max(np.abs(kept[-1][:len(p)] / p - 1)))
        out['publishedComponents'] = len(p)
    out.update(components=components, times=times, values=kept[:, components].tolist(), final=kept[-1][components].tolist())
    path = os.path.join(HERE, '..', 'references', name + '.json')
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        body = json.dumps({k: v for k, v in out.items() if k != 'values'})[:-1]
        f.write(body.replace(', "', ',\n "') + ',\n "values": [\n' + ',\n'.join('  ' + json.dumps(r) for r in out['values']) + '\n ]}\n')
    print(name, {k: out[k] for k in out if k in ('method', 'tolerance', 'checkMethod', 'checkTolerance', 'agreement', 'publishedDifference')}, flush=True)


if __name__ == '__main__':
    for problem in sys.argv[1:] or PLAN:
        main(problem)
