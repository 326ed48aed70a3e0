#!/usr/bin/python3
"""Errors of a network solution against a reference, both CSV files as written by cvode_network --out (time, then groups).

Method:  rows are matched by time (those of the solution must be among the reference's). Per group: max_t |y-ref| /
         max_t |ref| (maxima of the reference over its whole file), and pointwise |y-ref|/ref where ref exceeds 1e-6 of its
         maximum, t > 0. Spikes: the times at which the first group crosses half of its maximum upwards.
Source:  own.
Usage:   network_errors.py solution.csv reference.csv [t-end]
Output:  one JSON line: scaled (worst group), scaledGroup, scaledTime, perGroup, pointwise, pointwiseGroup, pointwiseTime,
         spikes, spikesReference.
"""
import json
import sys

import numpy as np


def read(path):
    with open(path) as f:
        names = f.readline().strip().split(',')[1:]
    return names, np.genfromtxt(path, delimiter=',', skip_header=1)


def spikes(d, level):
    y, out = d[:, 1], []
    for k in np.nonzero((y[:-1] < level) & (y[1:] >= level))[0]:
        out.append(float(d[k, 0] + (level - y[k]) / (y[k + 1] - y[k]) * (d[k + 1, 0] - d[k, 0])))
    return out


def main(solution, reference, end=None):
    names, ref = read(reference)
    mine, d = read(solution)
    assert mine == names, 'other groups'
    if end is not None:
        d = d[d[:, 0] <= float(end)]
    at = np.searchsorted(ref[:, 0], d[:, 0])
    assert np.all(ref[at, 0] == d[:, 0]), 'times not in the reference'
    y, r, top = d[:, 1:], ref[at, 1:], np.abs(ref[:, 1:]).max(0)
    e = np.abs(y - r) / top
    rel = np.where((r > 1e-6 * top) & (d[:, :1] > 0), np.abs(y - r) / np.where(r > 0, r, 1), 0)
    g, p = e.max(0).argmax(), rel.max(0).argmax()
    print(json.dumps({'scaled': float(e.max()), 'scaledGroup': names[g], 'scaledTime': float(d[e[:, g].argmax(), 0]), 'perGroup': [float('%.3e' % x) for x in e.max(0)],
                      'pointwise': float(rel.max()), 'pointwiseGroup': names[p], 'pointwiseTime': float(d[rel[:, p].argmax(), 0]), 'spikes': spikes(d, top[0] / 2), 'spikesReference': spikes(ref, top[0] / 2)}))


if __name__ == '__main__':
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
