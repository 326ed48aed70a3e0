#!/usr/bin/env python3
"""Converts a BioNetGen network file (.net, optionally .gz) to the plain text table read by cvode_network.c.

What:    a peer tool only; the system has its own reader of .net files.
Method:  parameters are evaluated in file order; a species amount or a reaction rate may be a number, a parameter
         name or an expression of parameters; a reaction's flux is rate * product of the listed reactants (a
         repeated reactant is a repeated factor, nothing is divided by a symmetry number); the change of a species is
         (times listed as product) - (times listed as reactant); a species whose name starts with `$` is constant.
Source:  the file format as BioNetGen 2.x writes it (blocks parameters, species, reactions, groups).
Usage:   net_to_table.py model.net[.gz] table.txt

The table (the format is ours; whitespace-separated, one record per line):
    network-table 1
    species N
    <N lines>      y0
    reactions M
    <M lines>      k r i1 .. ir s j1 c1 .. js cs     rate constant, r reactants, s pairs (species, net change); from 0
    groups G
    <G lines>      name m i1 c1 .. im cm             weighted sum of species, indices from 0
"""
import ast
import gzip
import math
import operator
import sys

BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow}
CALLS = {'exp': math.exp, 'ln': math.log, 'log10': math.log10, 'sqrt': math.sqrt, 'abs': abs, 'sin': math.sin, 'cos': math.cos}


def value(text, names):
    """The value of an arithmetic expression over `names`."""
    def go(node):
        if isinstance(node, ast.Constant):
            return float(node.value)
        if isinstance(node, ast.Name):
            return names[node.id]
        if isinstance(node, ast.BinOp):
            return BINARY[type(node.op)](go(node.left), go(node.right))
        if isinstance(node, ast.UnaryOp):
            return -go(node.operand) if isinstance(node.op, ast.USub) else go(node.operand)
        if isinstance(node, ast.Call):
            return CALLS[node.func.id](*[go(a) for a in node.args])
        raise ValueError('not an arithmetic expression: ' + text)
    return go(ast.parse(text.replace('^', '**'), mode='eval').body)


def blocks(path):
    """The lines of each `begin X` .. `end X` block, comments removed, split into words."""
    out, name = {}, None
    with (gzip.open(path, 'rt') if path.endswith('.gz') else open(path)) as f:
        for line in f:
            words = line.split('#')[0].split()
            if not words:
                continue
            if words[0] == 'begin':
                name = words[1]
                out[name] = []
            elif words[0] == 'end':
                name = None
            elif name:
                out[name].append(words)
    return out


def main(source, target):
    b = blocks(source)
    names = {}
    for w in b['parameters']:
        names[w[1]] = value(''.join(w[2:]), names)
    species = b['species']
    constant = {i for i, w in enumerate(species) if w[1].startswith('$')}
    with open(target, 'w') as f:
        f.write('network-table 1\nspecies %d\n' % len(species))
        for w in species:
            f.write('%.17g\n' % value(''.join(w[2:]), names))
        f.write('reactions %d\n' % len(b['reactions']))
        for w in b['reactions']:
            left = [int(s) - 1 for s in w[1].split(',') if s != '0']
            right = [int(s) - 1 for s in w[2].split(',') if s != '0']
            net = {}
            for s in left:
                net[s] = net.get(s, 0) - 1
            for s in right:
                net[s] = net.get(s, 0) + 1
            net = {s: c for s, c in sorted(net.items()) if c and s not in constant}
            f.write(' '.join(map(str, ['%.17g' % value(''.join(w[3:]), names), len(left), *left, len(net), *[x for p in net.items() for x in p]])) + '\n')
        f.write('groups %d\n' % len(b.get('groups', [])))
        for w in b.get('groups', []):
            terms = []
            for t in ','.join(w[2:]).split(','):
                if t:
                    c, s = t.split('*') if '*' in t else ('1', t)
                    terms += [int(s) - 1, c]
            f.write(' '.join(map(str, [w[1], len(terms) // 2, *terms])) + '\n')


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
