#!/usr/bin/python3
"""Peer: SciPy solve_ivp on the small work-precision problems (the same as in cvode_problems.c), analytic Jacobians.

Method:  LSODA, Radau and BDF for the stiff problems, DOP853, RK45 and LSODA for lorenz and pleiades; bruss1d: LSODA with
         its band solver, Radau and BDF with a sparse Jacobian. Right-hand sides in plain Python floats where that is
         faster than NumPy on few components. Time: the call of solve_ivp with the output times given, median.
Source:  problems as stated in cvode_problems.c; SciPy's documented interface.
Usage:   /usr/bin/python3 scipy_problems.py PROBLEM [RTOL,RTOL..] [METHOD,METHOD..]      (references in ../references)
Output:  one JSON line per method and rtol with the fields of cvode_problems.c (solver "SciPy").
The distribution's Python (the one with python3-scipy) is meant, not one that comes first on the path.
"""
import json
import os
import sys
import time
import warnings

import numpy as np
import scipy.sparse as sp
from scipy.integrate import solve_ivp

warnings.filterwarnings('ignore')


def rober(t, y):
    a, b, c = .04 * y[0], 1e4 * y[1] * y[2], 3e7 * y[1] * y[1]
    return [b - a, a - b - c, c]


def rober_j(t, y):
    p, q, c = 1e4 * y[2], 1e4 * y[1], 6e7 * y[1]
    return np.array([[-.04, p, q], [.04, -p - c, -q], [0, c, 0]])


def hires(t, y):
    a, b, c, d, e, f, g, h = y.tolist()
    q, r = 280 * f * h, 1.81 * g
    return [-1.71 * a + .43 * b + 8.32 * c + .0007, 1.71 * a - 8.75 * b, -10.03 * c + .43 * d + .035 * e, 8.32 * b + 1.71 * c - 1.12 * d,
            -1.745 * e + .43 * (f + g), -q + .69 * (d + g) + 1.71 * e - .43 * f, q - r, r - q]


HIRES = np.zeros((8, 8))
for i, j, v in ((0, 0, -1.71), (0, 1, .43), (0, 2, 8.32), (1, 0, 1.71), (1, 1, -8.75), (2, 2, -10.03), (2, 3, .43), (2, 4, .035), (3, 1, 8.32), (3, 2, 1.71), (3, 3, -1.12),
                (4, 4, -1.745), (4, 5, .43), (4, 6, .43), (5, 3, .69), (5, 6, .69), (5, 4, 1.71), (5, 5, -.43), (6, 6, -1.81), (7, 6, 1.81)):
    HIRES[i, j] = v


def hires_j(t, y):
    m, a, b = HIRES.copy(), 280 * y[7], 280 * y[5]
    for i, s in ((5, -1), (6, 1), (7, -1)):
        m[i, 5] += s * a
        m[i, 7] += s * b
    return m


# POLLU: rate constant, reactants, products (from 1)
POLLU = [(.35, (1,), (2, 3)), (26.6, (2, 4), (1,)), (12300, (5, 2), (6, 1)), (.00086, (7,), (5, 5, 8)), (.00082, (7,), (8,)), (15000, (7, 6), (5, 8)), (.00013, (9,), (5, 8, 10)),
         (24000, (9, 6), (11,)), (16500, (11, 2), (1, 12, 10)), (9000, (11, 1), (13,)), (.022, (13,), (11, 1)), (12000, (10, 2), (14, 1)), (1.88, (14,), (7, 5)), (16300, (1, 6), (15,)),
         (4.8e6, (3,), (4,)), (.00035, (4,), (16,)), (.0175, (4,), (3,)), (1e8, (16,), (6, 6)), (4.44e11, (16,), (3,)), (1240, (17, 6), (18, 5)), (2.1, (19,), (2,)), (5.78, (19,), (1, 3)),
         (.0474, (1, 4), (19,)), (1780, (19, 1), (20,)), (3.12, (20,), (19, 1))]
STOICH = np.zeros((20, 25))
for j, (_, a, b) in enumerate(POLLU):
    for s in a:
        STOICH[s - 1, j] -= 1
    for s in b:
        STOICH[s - 1, j] += 1
RATE = np.array([r[0] for r in POLLU])
FIRST = np.array([r[1][0] - 1 for r in POLLU])
SECOND = np.array([r[1][1] - 1 if len(r[1]) > 1 else 20 for r in POLLU])
ROWS = np.arange(25)


def pollu(t, y):
    z = np.append(y, 1.)
    return STOICH @ (RATE * z[FIRST] * z[SECOND])


def pollu_j(t, y):
    z = np.append(y, 1.)
    g = np.zeros((25, 21))
    g[ROWS, FIRST] += RATE * z[SECOND]
    g[ROWS, SECOND] += RATE * z[FIRST]
    return STOICH @ g[:, :20]


def orego(t, y):
    a, b, c = y.tolist()
    return [77.27 * (b + a * (1 - 8.375e-6 * a - b)), (c - (1 + a) * b) / 77.27, .161 * (a - c)]


def orego_j(t, y):
    return np.array([[77.27 * (1 - 2 * 8.375e-6 * y[0] - y[1]), 77.27 * (1 - y[0]), 0], [-y[1] / 77.27, -(1 + y[0]) / 77.27, 1 / 77.27], [.161, 0, -.161]])


def vdpol(t, y):
    a, b = y.tolist()
    return [b, ((1 - a * a) * b - a) / 1e-6]


def vdpol_j(t, y):
    return np.array([[0, 1], [(-2 * y[0] * y[1] - 1) / 1e-6, (1 - y[0] ** 2) / 1e-6]])


NB = 500
DIFF = (NB + 1) ** 2 / 50


def bruss(t, w):
    u, v = w[::2], w[1::2]
    q = u * u * v
    d = np.empty_like(w)
    du, dv = 1 + q - 4 * u - 2 * DIFF * u, 3 * u - q - 2 * DIFF * v
    du[1:] += DIFF * u[:-1]
    du[:-1] += DIFF * u[1:]
    dv[1:] += DIFF * v[:-1]
    dv[:-1] += DIFF * v[1:]
    du[0] += DIFF
    du[-1] += DIFF
    dv[0] += 3 * DIFF
    dv[-1] += 3 * DIFF
    d[::2], d[1::2] = du, dv
    return d


def bruss_band(t, w, rows=7):  # band storage: row 2 + i - j of column j; LSODA wants two more rows as work space
    u, v = w[::2], w[1::2]
    m = np.zeros((rows, 2 * NB))
    m[0, 2:] = DIFF
    m[4, :-2] = DIFF
    m[2, ::2], m[2, 1::2] = 2 * u * v - 4 - 2 * DIFF, -u * u - 2 * DIFF
    m[1, 1::2] = u * u
    m[3, ::2] = 3 - 2 * u * v
    return m


def bruss_j(t, w):
    m = bruss_band(t, w, 5)
    return sp.diags([m[4, :-2], m[3, :-1], m[2], m[1, 1:], m[0, 2:]], [-2, -1, 0, 1, 2], format='csc')


def lorenz(t, y):
    a, b, c = y.tolist()
    return [10 * (b - a), a * (28 - c) - b, a * b - 8 / 3 * c]


def lorenz_j(t, y):
    return np.array([[-10, 10, 0], [28 - y[2], -1, -y[0]], [y[1], y[0], -8 / 3]])


MASS = np.arange(1., 8.)


def pleiades(t, w):
    x, y = w[:7], w[7:14]
    dx, dy = x - x[:, None], y - y[:, None]
    q = dx * dx + dy * dy
    np.fill_diagonal(q, 1.)
    c = MASS / (q * np.sqrt(q))
    return np.concatenate((w[14:], (c * dx).sum(1), (c * dy).sum(1)))


def e5(t, y):
    p, q, r, w = y.tolist()
    a, b, c, e = 7.89e-10 * p, 1.1e7 * p * r, 1.13e9 * q * r, 1.13e3 * w
    return [-a - b, a - c, a - b - c + e, b - e]


def e5_j(t, y):
    b1, b3, c2, c3, A, C = 1.1e7 * y[2], 1.1e7 * y[0], 1.13e9 * y[2], 1.13e9 * y[1], 7.89e-10, 1.13e3
    return np.array([[-A - b1, 0, -b3, 0], [A, -c2, -c3, 0], [A - b1, -c2, -b3 - c3, C], [b1, 0, b3, -C]])


def ring(t, y):
    from math import exp, pi, sin
    C, Cs, Cp, g, d = 1.6e-8, 2e-12, 1e-8, 40.67286402e-9, 17.7493332
    y1, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15 = y.tolist()
    U1, U2 = .5 * sin(2000 * pi * t), 2 * sin(20000 * pi * t)
    q1, q2, q3, q4 = (g * (exp(min(d * U, 700.)) - 1) for U in (y3 - y5 - y7 - U2, -y4 + y6 - y7 - U2, y4 + y5 + y7 + U2, -y3 - y6 + y7 + U2))
    return [(y8 - .5 * y10 + .5 * y11 + y14 - y1 / 25e3) / C, (y9 - .5 * y12 + .5 * y13 + y15 - y2 / 25e3) / C, (y10 - q1 + q4) / Cs, (-y11 + q2 - q3) / Cs,
            (y12 + q1 - q3) / Cs, (-y13 - q2 + q4) / Cs, (-y7 / 50 + q1 + q2 - q3 - q4) / Cp, -y1 / 4.45, -y2 / 4.45, (.5 * y1 - y3 - 17.3 * y10) / 5e-4,
            (-.5 * y1 + y4 - 17.3 * y11) / 5e-4, (.5 * y2 - y5 - 17.3 * y12) / 5e-4, (-.5 * y2 + y6 - 17.3 * y13) / 5e-4, (-y1 + U1 - 86.3 * y14) / 2e-3, (-y2 - 636.3 * y15) / 2e-3]


NA = 200
ZA = np.arange(1, NA + 1) / NA
ALPHA, BETA = 2 * (ZA - 1) ** 3 / 16 * NA / 2, (ZA - 1) ** 4 / 16 * NA * NA


def medakzo(t, w):
    u, v = w[::2], w[1::2]
    d = np.empty_like(w)
    q = 100 * u * v
    left = np.concatenate(([2. if t <= 5 else 0.], u[:-1]))
    right = np.concatenate((u[1:], u[-1:]))
    d[::2], d[1::2] = ALPHA * (right - left) + BETA * (left - 2 * u + right) - q, -q
    return d


def medakzo_band(t, w, rows=7):
    u, v = w[::2], w[1::2]
    m = np.zeros((rows, 2 * NA))
    m[0, 2::2] = (ALPHA + BETA)[:-1]
    m[4, :-2:2] = (BETA - ALPHA)[1:]
    own = -2 * BETA - 100 * v
    own[-1] += ALPHA[-1] + BETA[-1]
    m[2, ::2], m[2, 1::2] = own, -100 * u
    m[1, 1::2] = -100 * u
    m[3, ::2] = -100 * v
    return m


def medakzo_j(t, w):
    m = medakzo_band(t, w, 5)
    return sp.diags([m[4, :-2], m[3, :-1], m[2], m[1, 1:], m[0, 2:]], [-2, -1, 0, 1, 2], format='csc')


def threebody(t, w):
    x, y, u, v = w.tolist()
    m = .012277471
    n = 1 - m
    a, b = ((x + m) ** 2 + y * y) ** -1.5, ((x - n) ** 2 + y * y) ** -1.5
    return [u, v, x + 2 * v - n * (x + m) * a - m * (x - n) * b, y - 2 * u - n * y * a - m * y * b]


def bruss2d(N):
    h = 1 / (N - 1)
    c = 10 / h ** 2
    x = np.arange(N) * h
    source = np.where((x[None, :] - .3) ** 2 + (x[:, None] - .6) ** 2 <= .01, 5., 0.)
    start = np.stack((np.repeat(22 * (x * (1 - x)) ** 1.5, N).reshape(N, N), np.tile(27 * (x * (1 - x)) ** 1.5, N).reshape(N, N)), -1).ravel()

    def laplace(u):
        return np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1) - 4 * u

    def f(t, w):
        g = w.reshape(N, N, 2)
        u, v = g[..., 0], g[..., 1]
        q = u * u * v
        return np.stack((1 + q - 4.4 * u + c * laplace(u) + (source if t >= 1.1 else 0), 3.4 * u - q + c * laplace(v)), -1).ravel()

    ring_ = sp.diags([np.ones(N - 1), np.ones(N - 1), [1.], [1.]], [1, -1, N - 1, 1 - N], (N, N))
    flow = c * sp.kron(sp.kron(ring_, sp.eye(N)) + sp.kron(sp.eye(N), ring_) - 4 * sp.eye(N * N), sp.eye(2), 'csc')

    def j(t, w):
        u, v = w[::2], w[1::2]
        d, up, low = np.empty(2 * N * N), np.zeros(2 * N * N - 1), np.zeros(2 * N * N - 1)
        d[::2], d[1::2], up[::2], low[::2] = 2 * u * v - 4.4, -u * u, u * u, 3.4 - 2 * u * v
        return (flow + sp.diags([low, d, up], [-1, 0, 1])).tocsc()

    return f, j, start


XB = np.arange(1, NB + 1) / (NB + 1)
BRUSS0 = np.empty(2 * NB)
BRUSS0[::2], BRUSS0[1::2] = 1 + np.sin(2 * np.pi * XB), 3.
STIFF, SMOOTH = ('LSODA', 'Radau', 'BDF'), ('DOP853', 'RK45', 'LSODA')
F32, J32, START32 = bruss2d(32)
F128, J128, START128 = bruss2d(128)
# name: f, jacobian, start, end, atol factor, logarithmic times, methods
PROBLEMS = {
    'rober': (rober, rober_j, [1., 0, 0], 1e5, 1e-4, True, STIFF),
    'hires': (hires, hires_j, [1., 0, 0, 0, 0, 0, 0, .0057], 321.8122, 1e-4, False, STIFF),
    'pollu': (pollu, pollu_j, [0, .2, 0, .04, 0, 0, .1, .3, .01] + [0] * 7 + [.007, 0, 0, 0], 60., 1e-4, False, STIFF),
    'orego': (orego, orego_j, [1., 2, 3], 360., 1e-2, False, STIFF),
    'vdpol': (vdpol, vdpol_j, [2., 0], 2., 1., False, STIFF),
    'bruss1d': (bruss, bruss_j, BRUSS0, 10., 1., False, STIFF),
    'lorenz': (lorenz, lorenz_j, [1., 0, 0], 10., 1., False, SMOOTH),
    'pleiades': (pleiades, None, [3, 3, -1, -3, 2, -2, 2, 3, -3, 2, 0, 0, -4, 4, 0, 0, 0, 0, 0, 1.75, -1.5, 0, 0, 0, -1.25, 1, 0, 0], 3., 1., False, SMOOTH),
    'e5': (e5, e5_j, [1.76e-3, 0, 0, 0], 1e11, 1e-18, 10., STIFF),
    'ring': (ring, None, [0] * 15, 1e-3, 1., False, ('LSODA',)),
    'medakzo': (medakzo, medakzo_j, np.tile([0., 1], NA), 20., 1., False, STIFF),
    'threebody': (threebody, None, [.994, 0, 0, -2.00158510637908252240537862224], 17.0652165601579625588917206249, 1., False, SMOOTH),
    'bruss32': (F32, J32, START32, 11.5, 1., False, ('BDF',)),
    'bruss128': (F128, J128, START128, 11.5, 1., False, ('BDF',)),
}


def output_times(name):
    end, log = PROBLEMS[name][3], PROBLEMS[name][5]
    first = 1 if log == 10. else -5
    return [10 ** (first + 10 * i / 49) for i in range(50)] if log else [end * (i + 1) / 50 for i in range(50)]


def solve(name, method, rtol, atol, times):
    f, jac, y0, end = PROBLEMS[name][:4]
    options = {}
    if method in ('LSODA', 'Radau', 'BDF') and jac:
        options = {'jac': {'bruss1d': bruss_band, 'medakzo': medakzo_band}[name], 'lband': 2, 'uband': 2} if name in ('bruss1d', 'medakzo') and method == 'LSODA' else {'jac': jac}
    return solve_ivp(f, (0, max(end, times[-1])), np.array(y0, float), method=method, rtol=rtol, atol=atol, t_eval=times, **options)


def main(name, rtols, methods):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'references', name + '.json')) as f:
        reference = json.load(f)
    values, pick, times = np.array(reference['values']), reference['components'], reference['times']
    for method in methods or PROBLEMS[name][6]:
        for rtol in rtols:
            atol, ms = PROBLEMS[name][4] * rtol, []
            while len(ms) < 1 or (len(ms) < 15 and sum(ms) < 1500):
                start = time.perf_counter()
                s = solve(name, method, rtol, atol, times)
                ms.append(1e3 * (time.perf_counter() - start))
            line = {'problem': name, 'solver': 'SciPy', 'method': method, 'rtol': rtol, 'atol': atol, 'ms': round(sorted(ms)[len(ms) // 2], 3)}
            if s.status == 0:
                y = s.y.T[:, pick]
                line.update(error=float('%.3e' % np.max(np.abs(y - values).max(0) / np.abs(values).max(0))),
                            endError=float('%.3e' % np.sqrt(np.mean(((y[-1] - values[-1]) / values[-1]) ** 2))))
            line.update(rhs=int(s.nfev), jacobians=int(s.njev or 0), factorizations=int(s.nlu or 0), repeat=len(ms), flag=int(s.status))
            print(json.dumps(line), flush=True)


if __name__ == '__main__':
    if len(sys.argv) < 2 or sys.argv[1] not in PROBLEMS:
        sys.exit(__doc__)
    main(sys.argv[1], [float(x) for x in sys.argv[2].split(',')] if len(sys.argv) > 2 else [1e-4, 1e-6, 1e-8, 1e-10], sys.argv[3].split(',') if len(sys.argv) > 3 else None)
