#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The literal tables of model/ziggurat.h and model/fmath.c, from first principles.

    python3 tests/tools/ziggurat.py > model/ziggurat.h
    python3 tests/tools/ziggurat.py fmath      # the two tables inside model/fmath.c

Standard library alone. Everything is computed in 60 decimal digits and rounded once, to the nearest
double (float(Decimal) rounds correctly), so the output is the same bytes on any machine.

A ziggurat of 256 strips of one area v under a falling density f with f(0) = 1: the base strip is
the rectangle [0, r] x [0, f(r)] with the tail beyond r, each strip above it is a rectangle. Given
r, the edges follow from x[i+1] = f^-1(f(x[i]) + v / x[i]); r is the one for which the last strip
ends at f = 1 (Marsaglia & Tsang 2000). Known answers: r = 7.69711747013104972 (exponential) and
3.6541528853610088 (normal), the paper's.
"""
import sys
from decimal import Decimal, getcontext

getcontext().prec = 60
STRIPS = 256
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")


def exponential(x):
    return (-x).exp()


def exponential_inverse(y):
    return -y.ln()


def exponential_tail(r):
    return (-r).exp()


def normal(x):
    return (-x * x / 2).exp()


def normal_inverse(y):
    return (-2 * y.ln()).sqrt()


def normal_tail(r):
    """The area beyond r: sqrt(pi/2) less the series of the integral from 0 to r."""
    term = total = r
    n = 1
    while abs(term) > Decimal(10) ** -58:  # exp(-r^2/2) sum r^(2n+1) / (1 3 5 ... (2n+1))
        term = term * r * r / (2 * n + 1)
        total += term
        n += 1
    return (PI / 2).sqrt() - normal(r) * total


def edges(r, density, inverse, tail):
    """x[0] = v / f(r), x[1] = r, x[2] ... x[255], and by how much the top strip misses f = 1."""
    v = r * density(r) + tail(r)
    x = [v / density(r), r]
    while len(x) < STRIPS:
        y = density(x[-1]) + v / x[-1]
        if y >= 1:
            return x, Decimal(1)
        x.append(inverse(y))
    return x, density(x[-1]) + v / x[-1] - 1


def ziggurat(density, inverse, tail, low, high):
    """Bisection: a base that ends too early has strips too large, which overshoot."""
    low, high = Decimal(low), Decimal(high)
    while high - low > Decimal(10) ** -45:
        middle = (low + high) / 2
        if edges(middle, density, inverse, tail)[1] > 0:
            low = middle
        else:
            high = middle
    x = edges(high, density, inverse, tail)[0] + [Decimal(0)]
    return x, [density(e) for e in x]


def table(name, values, per_line=4):
    hexes = [float(v).hex() for v in values]
    lines = [", ".join(hexes[i:i + per_line]) for i in range(0, len(hexes), per_line)]
    return "static const double %s[%d] = {\n    %s,\n};" % (name, len(hexes), ",\n    ".join(lines))


HEAD = """\
/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ziggurat: strips of equal area under exp(-x) and exp(-x^2/2). Generated: see below.
 *
 * Strip i is [0, edge[i]] x [height[i], height[i + 1]] where height[i] = f(edge[i]); of it
 * [0, edge[i + 1]] lies under the curve whole. Strip 0 is the base with the tail folded in: edge[1]
 * is the base's true edge r, edge[0] = area / f(r) makes a rectangle of it, height[0] is unused.
 *
 * Literal, since they decide bytes: each is rounded once, from 60 digits. Only variate.h includes
 * this file.
 *
 * Source: Marsaglia & Tsang, "The ziggurat method for generating random variables", J. Stat. Softw.
 * 5(8), 2000. Known answer: r is 7.69711747013104972 and 3.6541528853610088.
 * Written by: python3 tests/tools/ziggurat.py > model/ziggurat.h
 */
#ifndef MODEL_ZIGGURAT_H
#define MODEL_ZIGGURAT_H

enum { ZIGGURAT_STRIPS = 256 };

/* clang-format off */
"""


def header():
    print(HEAD)
    for name, arguments in (
        ("exponential", (exponential, exponential_inverse, exponential_tail, 6, 9)),
        ("normal", (normal, normal_inverse, normal_tail, 3, 4)),
    ):
        x, height = ziggurat(*arguments)
        print(table("ziggurat_%s_edge" % name, x) + "\n")
        print(table("ziggurat_%s_height" % name, height) + "\n")
    print("/* clang-format on */\n\n#endif")


def short(value):
    """Hexadecimal without the zeros a compiler does not need."""
    mantissa, exponent = float(value).hex().split("p")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + "p" + exponent


def rows(name, fields, per_line):
    print("static const struct %s[%d] = {" % (name, len(fields)))
    cells = ["{%s}" % ", ".join(map(short, row)) for row in fields]
    for i in range(0, len(cells), per_line):
        print("    %s," % ", ".join(cells[i:i + per_line]))
    print("};")


def exp_table():
    """2^(i/64) as the nearest double and the rest."""
    exact = [(Decimal(i) / 64 * Decimal(2).ln()).exp() for i in range(64)]
    rows("power two_to", [(v, v - Decimal(float(v))) for v in exact], 2)


def log_table():
    """For each of 128 parts of [181/256, 181/128), 75 below 1 and 53 above: a 12-bit reciprocal c
    of its middle and -log c, as a multiple of 2^-42 and the rest to 2^-84. Beside 1 c is 1, so that
    log 1 = 0."""
    fields = []
    for i in range(53, 181):
        middle = Decimal(2 * i + 257) / 512 if i < 128 else Decimal(2 * (i - 128) + 257) / 256
        c = Decimal(1) if i in (127, 128) else (4096 / middle).to_integral_value() / 4096
        log = -c.ln()
        high = (log * 2**42).to_integral_value() / 2**42
        low = ((log - high) * 2**84).to_integral_value() / 2**84
        fields.append((c, high, low))
    rows("part parts", fields, 1)


def ln2():
    exact = Decimal(2).ln()
    for name, scale, bits in (("LN2", 1, 42), ("LN2_64", 64, 42)):
        high = (exact / scale * 2**bits).to_integral_value() / 2**bits
        print("#define %s_HIGH %s\n#define %s_LOW %s" % (
            name, short(high), name, short(exact / scale - high)))
    print("#define PER_LN2_64 %s" % short(64 / exact))


if __name__ == "__main__":
    if sys.argv[1:] == ["fmath"]:
        ln2(), exp_table(), log_table()
    else:
        header()
