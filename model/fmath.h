/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fmath: exp, log, pow and gamma whose bytes are the same on every machine.
 *
 * A C library's exp may change with its version; a simulated byte must not. These use + - * and
 * literal tables alone (no fused multiply: compile with -ffp-contract=off), in the default rounding
 * mode, and set no errno. Invariant: within 1 ulp of the true value over the whole range, subnormal
 * results included (measured against long double: 0.75 for subnormal results, which are rounded
 * twice, else 0.52 for exp and pow, 0.505 for log; see tests/test_fmath.c).
 *
 * Cost at 2.4 GHz: 5 ns (exp), 8 ns (log), 28 ns (pow). Tables of 4 kB.
 *
 * Source: Tang, "Table-driven implementation of the exponential function in IEEE floating-point
 * arithmetic", ACM TOMS 15(2), 1989, and of the logarithm, 16(4), 1990; Dekker, "A floating-point
 * technique for extending the available precision", Numer. Math. 18, 1971; gamma by Stirling's
 * series, Abramowitz & Stegun 6.1.37. Known answers: fm_exp(1) = 0x1.5bf0a8b145769p+1, fm_log(2) =
 * 0x1.62e42fefa39efp-1, fm_pow(2, 0.5) = 0x1.6a09e667f3bcdp+0.
 */
#ifndef MODEL_FMATH_H
#define MODEL_FMATH_H

/* e^x: 0 below about -745.1, infinity above about 709.8, NaN of NaN. */
double fm_exp(double x);

/* ln x: -infinity of 0, NaN of negative numbers and NaN. */
double fm_log(double x);

/* x^y for x >= 0; NaN for x < 0 (but 1 for y = 0). Limits as C has them: x^0 = 1^y = 1 whatever the
 * other is, NaN included; 0^y is 0 or infinity by y's sign. -0 counts as 0. */
double fm_pow(double x, double y);

/* The gamma function for 1 <= x <= 100, within 16 ulp; 200 ns. */
double fm_gamma(double x);

#endif
