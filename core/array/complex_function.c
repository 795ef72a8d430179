/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mathematical functions of complex numbers, each from real functions of the parts.
 *
 * The formulas for the inverse functions are those of W. Kahan, "Branch cuts for complex elementary
 * functions" (1987), which keep their digits near branch points; large arguments go another way,
 * which does not overflow. Special values and the sides of branch cuts are those of C's annex G. */
#include "array/complex.h"

#include <mfg/sdk.h>

/* ---- what the parts' type allows --------------------------------------------------------------
 */

static bool is_narrow(mfg_pair a) {
  return a.real != NULL && a.real->type == MFG_FLOAT32;
}

static mfg_array *constant(mfg_scope *scope, mfg_pair like, double value) {
  return mfg_full(scope, is_narrow(like) ? MFG_FLOAT32 : MFG_FLOAT64, 0, NULL, value);
}

static mfg_array *is_zero(mfg_scope *scope, mfg_array *x) {
  return mfg_equal(scope, x, 0.0);
}

static mfg_array *not_finite(mfg_scope *scope, mfg_array *x) {
  return mfg_logical_not(scope, mfg_isfinite(scope, x));
}

static mfg_array *both(mfg_scope *scope, mfg_array *a, mfg_array *b) {
  return mfg_logical_and(scope, a, b);
}

static mfg_array *either(mfg_scope *scope, mfg_array *a, mfg_array *b) {
  return mfg_logical_or(scope, a, b);
}

#define LN2 0x1.62e42fefa39efp-1
#define LOG2_E 0x1.71547652b82fep+0
#define LOG10_E 0x1.bcb7b1526e50ep-2
#define HALF_PI 0x1.921fb54442d18p+0

/* ---- exponentials ---------------------------------------------------------------------------- */

/* e^x with a factor split off where it would overflow and a small cosine might still bring the
 * product back: e^x = first * second. */
static void split_exp(mfg_scope *scope, mfg_pair a, mfg_array *x, mfg_array **first,
                      mfg_array **second) {
  double most = is_narrow(a) ? 80 : 700, less = is_narrow(a) ? 64 : 512;
  double factor = is_narrow(a) ? 0x1.425982cf597cdp+92 : 0x1.9476504ba852ep+738;
  mfg_array *large = mfg_greater(scope, x, most);
  *first = mfg_exp(scope, mfg_where(scope, large, mfg_sub(scope, x, less), x));
  *second = mfg_where(scope, large, factor, constant(scope, a, 1));
}

mfg_pair mfg_complex_exp(mfg_scope *scope, mfg_pair a) {
  mfg_array *x = a.real, *y = a.imaginary, *first = NULL, *second = NULL;
  split_exp(scope, a, x, &first, &second);
  mfg_array *real = mfg_mul(scope, mfg_mul(scope, first, mfg_cos(scope, y)), second);
  mfg_array *imaginary = mfg_mul(scope, mfg_mul(scope, first, mfg_sin(scope, y)), second);
  mfg_array *on_axis = is_zero(scope, y), *lost = not_finite(scope, y);
  mfg_array *infinite = both(scope, mfg_isinf(scope, x), lost);
  mfg_array *vanishes = both(scope, infinite, mfg_less(scope, x, 0.0));
  real = mfg_where(scope, on_axis, mfg_mul(scope, first, second), real);
  real = mfg_where(scope, infinite, mfg_maximum(scope, x, 0.0), real);
  imaginary = mfg_where(scope, on_axis, y, imaginary);
  return (mfg_pair){real, mfg_where(scope, vanishes, 0.0, imaginary)};
}

static mfg_pair exp2_of(mfg_scope *scope, mfg_pair a) {
  return mfg_complex_exp(scope,
                         (mfg_pair){mfg_mul(scope, a.real, LN2), mfg_mul(scope, a.imaginary, LN2)});
}

/* e^x cos y - 1 = (e^x - 1) cos y - 2 sin^2(y/2). */
static mfg_pair expm1_of(mfg_scope *scope, mfg_pair a) {
  mfg_pair whole = mfg_complex_exp(scope, a);
  mfg_array *x = a.real, *y = a.imaginary;
  mfg_array *half = mfg_sin(scope, mfg_mul(scope, y, 0.5));
  mfg_array *less = mfg_mul(scope, mfg_expm1(scope, x), mfg_cos(scope, y));
  less = mfg_sub(scope, less, mfg_mul(scope, mfg_mul(scope, half, half), 2.0));
  less = mfg_where(scope, is_zero(scope, y), mfg_expm1(scope, x), less);
  /* Elsewhere 1 is lost in the rounding, or the value is special. */
  mfg_array *near = mfg_less(scope, mfg_abs(scope, x), is_narrow(a) ? 40.0 : 300.0);
  near = both(scope, near, mfg_isfinite(scope, y));
  return (mfg_pair){mfg_where(scope, near, less, mfg_sub(scope, whole.real, 1.0)), whole.imaginary};
}

/* ---- logarithms ------------------------------------------------------------------------------ */

/* log |x + i y|, with `excess` = |x + i y|^2 - 1 computed without cancellation for numbers near the
 * unit circle, and scaled where a square would overflow or vanish. */
static mfg_array *log_magnitude(mfg_scope *scope, mfg_pair a, mfg_array *excess, mfg_array *near) {
  double high = is_narrow(a) ? 0x1p100 : 0x1p1000, factor = is_narrow(a) ? 0x1p60 : 0x1p500;
  mfg_array *x = mfg_abs(scope, a.real), *y = mfg_abs(scope, a.imaginary);
  mfg_array *size = mfg_maximum(scope, x, y);
  mfg_array *large = mfg_greater(scope, size, high);
  mfg_array *small = both(scope, mfg_less(scope, size, 1 / high), mfg_greater(scope, size, 0.0));
  mfg_array *one = constant(scope, a, 1), *none = constant(scope, a, 0);
  mfg_array *scale = mfg_where(scope, large, 1 / factor, mfg_where(scope, small, factor, one));
  double shift = (is_narrow(a) ? 60 : 500) * LN2;
  mfg_array *back = mfg_where(scope, large, shift, mfg_where(scope, small, -shift, none));
  mfg_array *scaled = mfg_hypot(scope, mfg_mul(scope, x, scale), mfg_mul(scope, y, scale));
  mfg_array *far = mfg_add(scope, mfg_log(scope, scaled), back);
  mfg_array *close = mfg_mul(scope, mfg_log1p(scope, excess), 0.5);
  return mfg_where(scope, near, close, far);
}

mfg_pair mfg_complex_log(mfg_scope *scope, mfg_pair a) {
  mfg_array *x = mfg_abs(scope, a.real), *y = mfg_abs(scope, a.imaginary);
  mfg_array *large = mfg_maximum(scope, x, y), *small = mfg_minimum(scope, x, y);
  mfg_array *excess = mfg_fma(scope, mfg_sub(scope, large, 1.0), mfg_add(scope, large, 1.0),
                              mfg_mul(scope, small, small));
  mfg_array *near = both(scope, mfg_greater(scope, large, 0.5), mfg_less(scope, large, 1.75));
  near = both(scope, near, mfg_greater(scope, excess, -0.5));
  return (mfg_pair){log_magnitude(scope, a, excess, near), mfg_atan2(scope, a.imaginary, a.real)};
}

static mfg_pair scaled_log(mfg_scope *scope, mfg_pair a, double factor) {
  mfg_pair log = mfg_complex_log(scope, a);
  return (mfg_pair){mfg_mul(scope, log.real, factor), mfg_mul(scope, log.imaginary, factor)};
}

static mfg_pair log2_of(mfg_scope *scope, mfg_pair a) {
  return scaled_log(scope, a, LOG2_E);
}

static mfg_pair log10_of(mfg_scope *scope, mfg_pair a) {
  return scaled_log(scope, a, LOG10_E);
}

/* |1 + z|^2 - 1 = x (2 + x) + y^2. */
static mfg_pair log1p_of(mfg_scope *scope, mfg_pair a) {
  mfg_array *x = a.real, *y = a.imaginary;
  mfg_pair one_more = {mfg_add(scope, x, 1.0), y};
  mfg_array *excess = mfg_fma(scope, x, mfg_add(scope, x, 2.0), mfg_mul(scope, y, y));
  mfg_array *near =
      both(scope, mfg_less(scope, mfg_abs(scope, x), 0.5), mfg_less(scope, mfg_abs(scope, y), 0.5));
  return (mfg_pair){log_magnitude(scope, one_more, excess, near),
                    mfg_atan2(scope, y, one_more.real)};
}

/* ---- roots ----------------------------------------------------------------------------------- */

/* The root in the right half-plane: s = sqrt((|x| + |z|) / 2), and y / (2 s). Scaled by a power of
 * four, so that neither sum overflows nor digits of tiny numbers are lost. */
static mfg_pair sqrt_of(mfg_scope *scope, mfg_pair a) {
  double high = is_narrow(a) ? 0x1p100 : 0x1p1000, root = is_narrow(a) ? 0x1p30 : 0x1p250;
  mfg_array *x = mfg_abs(scope, a.real), *y = mfg_abs(scope, a.imaginary);
  mfg_array *size = mfg_maximum(scope, x, y), *one = constant(scope, a, 1);
  mfg_array *large = mfg_greater(scope, size, high), *small = mfg_less(scope, size, 1 / high);
  mfg_array *down =
      mfg_where(scope, large, 1 / (root * root), mfg_where(scope, small, root * root, one));
  mfg_array *back = mfg_where(scope, large, root, mfg_where(scope, small, 1 / root, one));
  mfg_array *u = mfg_mul(scope, x, down), *v = mfg_mul(scope, y, down);
  mfg_array *sum = mfg_add(scope, u, mfg_hypot(scope, u, v));
  mfg_array *s = mfg_sqrt(scope, mfg_mul(scope, sum, 0.5));
  mfg_array *d = mfg_div(scope, v, mfg_mul(scope, s, 2.0));
  d = mfg_where(scope, is_zero(scope, size), 0.0, d);
  s = mfg_mul(scope, s, back);
  d = mfg_mul(scope, d, back);
  mfg_array *right = mfg_logical_not(scope, mfg_signbit(scope, a.real));
  right = either(scope, right, is_zero(scope, size));
  mfg_array *real = mfg_where(scope, right, s, d), *imaginary = mfg_where(scope, right, d, s);
  imaginary = mfg_copysign(scope, imaginary, a.imaginary);
  mfg_array *steep = mfg_isinf(scope, y);
  return (mfg_pair){mfg_where(scope, steep, y, real),
                    mfg_where(scope, steep, a.imaginary, imaginary)};
}

/* z / |z|, through a number of ordinary size; zero for zero. */
static mfg_pair sign_of(mfg_scope *scope, mfg_pair a) {
  mfg_array *size = mfg_maximum(scope, mfg_abs(scope, a.real), mfg_abs(scope, a.imaginary));
  mfg_array *zero = is_zero(scope, size);
  mfg_array *by = mfg_where(scope, zero, 1.0, size);
  mfg_array *x = mfg_div(scope, a.real, by), *y = mfg_div(scope, a.imaginary, by);
  mfg_array *length = mfg_where(scope, zero, 1.0, mfg_hypot(scope, x, y));
  return (mfg_pair){mfg_div(scope, x, length), mfg_div(scope, y, length)};
}

/* ---- hyperbolic and circular functions ------------------------------------------------------- */

/* An argument moved towards zero by one, and e, where the functions would overflow. */
static void split_argument(mfg_scope *scope, mfg_pair a, mfg_array **x, mfg_array **factor) {
  mfg_array *large = mfg_greater(scope, mfg_abs(scope, a.real), is_narrow(a) ? 88.0 : 709.0);
  mfg_array *one = constant(scope, a, 1);
  mfg_array *nearer = mfg_sub(scope, a.real, mfg_copysign(scope, one, a.real));
  *x = mfg_where(scope, large, nearer, a.real);
  *factor = mfg_where(scope, large, 0x1.5bf0a8b145769p+1, one);
}

static mfg_pair sinh_of(mfg_scope *scope, mfg_pair a) {
  mfg_array *y = a.imaginary, *x = NULL, *factor = NULL;
  split_argument(scope, a, &x, &factor);
  mfg_array *real = mfg_mul(scope, mfg_mul(scope, mfg_sinh(scope, x), mfg_cos(scope, y)), factor);
  mfg_array *imaginary =
      mfg_mul(scope, mfg_mul(scope, mfg_cosh(scope, x), mfg_sin(scope, y)), factor);
  mfg_array *keep = either(scope, is_zero(scope, a.real), mfg_isinf(scope, a.real));
  real = mfg_where(scope, both(scope, keep, not_finite(scope, y)), a.real, real);
  return (mfg_pair){real, mfg_where(scope, is_zero(scope, y), y, imaginary)};
}

static mfg_pair cosh_of(mfg_scope *scope, mfg_pair a) {
  mfg_array *y = a.imaginary, *x = NULL, *factor = NULL;
  split_argument(scope, a, &x, &factor);
  mfg_array *real = mfg_mul(scope, mfg_mul(scope, mfg_cosh(scope, x), mfg_cos(scope, y)), factor);
  mfg_array *imaginary =
      mfg_mul(scope, mfg_mul(scope, mfg_sinh(scope, x), mfg_sin(scope, y)), factor);
  mfg_array *lost = not_finite(scope, y), *on_axis = is_zero(scope, y);
  mfg_array *infinite = mfg_isinf(scope, a.real);
  real = mfg_where(scope, both(scope, infinite, lost), mfg_abs(scope, a.real), real);
  /* A zero whose sign is the product of those of the parts. */
  mfg_array *zero = constant(scope, a, 0), *one = constant(scope, a, 1);
  zero = mfg_mul(scope, mfg_copysign(scope, zero, a.real), mfg_copysign(scope, one, y));
  mfg_array *flat = either(scope, on_axis, both(scope, is_zero(scope, a.real), lost));
  return (mfg_pair){real, mfg_where(scope, flat, zero, imaginary)};
}

/* With t = tan y and h = tanh x: (h (1 + t^2) + i t (1 - h^2)) / (1 + h^2 t^2). */
static mfg_pair tanh_of(mfg_scope *scope, mfg_pair a) {
  mfg_array *x = a.real, *y = a.imaginary, *one = constant(scope, a, 1);
  mfg_array *large = mfg_greater(scope, mfg_abs(scope, x), 20.0);
  mfg_array *t = mfg_tan(scope, y), *h = mfg_tanh(scope, x);
  mfg_array *slope = mfg_div(scope, 1.0, mfg_cosh(scope, x));
  mfg_array *square = mfg_mul(scope, t, t), *ht = mfg_mul(scope, h, t);
  mfg_array *divisor = mfg_fma(scope, ht, ht, one);
  mfg_array *real = mfg_div(scope, mfg_mul(scope, h, mfg_add(scope, square, 1.0)), divisor);
  mfg_array *imaginary = mfg_div(scope, mfg_mul(scope, t, mfg_mul(scope, slope, slope)), divisor);
  mfg_array *faint = mfg_exp(scope, mfg_mul(scope, mfg_abs(scope, x), -2.0));
  faint = mfg_mul(scope, mfg_mul(scope, faint, 4.0),
                  mfg_mul(scope, mfg_sin(scope, y), mfg_cos(scope, y)));
  mfg_array *lost = not_finite(scope, y);
  faint = mfg_where(scope, both(scope, mfg_isinf(scope, x), lost), 0.0, faint);
  real = mfg_where(scope, large, mfg_copysign(scope, one, x), real);
  real = mfg_where(scope, both(scope, is_zero(scope, x), lost), x, real);
  imaginary = mfg_where(scope, large, faint, imaginary);
  return (mfg_pair){real, mfg_where(scope, is_zero(scope, y), y, imaginary)};
}

/* f(z) = -i g(i z) for the circular twin of a hyperbolic function, as C defines it. */
static mfg_pair turned(mfg_scope *scope, mfg_pair a, mfg_complex_function function) {
  mfg_pair found = function(scope, (mfg_pair){mfg_negative(scope, a.imaginary), a.real});
  return (mfg_pair){found.imaginary, mfg_negative(scope, found.real)};
}

static mfg_pair sin_of(mfg_scope *scope, mfg_pair a) {
  return turned(scope, a, sinh_of);
}

static mfg_pair cos_of(mfg_scope *scope, mfg_pair a) {
  return cosh_of(scope, (mfg_pair){mfg_negative(scope, a.imaginary), a.real});
}

static mfg_pair tan_of(mfg_scope *scope, mfg_pair a) {
  return turned(scope, a, tanh_of);
}

/* ---- inverse functions ----------------------------------------------------------------------- */

/* Whether a part is so large that the function is what its expansion at infinity says. */
static mfg_array *is_remote(mfg_scope *scope, mfg_pair a, double bound) {
  return either(scope, mfg_greater(scope, mfg_abs(scope, a.real), bound),
                mfg_greater(scope, mfg_abs(scope, a.imaginary), bound));
}

/* log(2 |z|) without overflow. */
static mfg_array *log_of_double(mfg_scope *scope, mfg_pair a) {
  mfg_array *quarter =
      mfg_hypot(scope, mfg_mul(scope, a.real, 0.25), mfg_mul(scope, a.imaginary, 0.25));
  return mfg_add(scope, mfg_log(scope, quarter), 3 * LN2);
}

static double remote_bound(mfg_pair a) {
  return is_narrow(a) ? 0x1p20 : 0x1p40;
}

/* With p = sqrt(1 - z) and q = sqrt(1 + z): 2 atan(Re p / Re q), asinh(Im(conj(q) p)). */
static mfg_pair acos_of(mfg_scope *scope, mfg_pair a) {
  mfg_array *x = a.real, *y = a.imaginary;
  mfg_pair p = sqrt_of(scope, (mfg_pair){mfg_sub(scope, 1.0, x), mfg_negative(scope, y)});
  mfg_pair q = sqrt_of(scope, (mfg_pair){mfg_add(scope, x, 1.0), y});
  mfg_array *remote = is_remote(scope, a, remote_bound(a));
  mfg_array *real = mfg_mul(scope, mfg_atan2(scope, p.real, q.real), 2.0);
  mfg_array *imaginary = mfg_asinh(scope, mfg_sub(scope, mfg_mul(scope, q.real, p.imaginary),
                                                  mfg_mul(scope, q.imaginary, p.real)));
  mfg_array *far = mfg_copysign(scope, log_of_double(scope, a), mfg_negative(scope, y));
  real = mfg_where(scope, remote, mfg_atan2(scope, mfg_abs(scope, y), x), real);
  real = mfg_where(scope, both(scope, is_zero(scope, x), mfg_isnan(scope, y)), HALF_PI, real);
  return (mfg_pair){real, mfg_where(scope, remote, far, imaginary)};
}

/* acosh z = i acos z or -i acos z, whichever has a real part above 0. */
static mfg_pair acosh_of(mfg_scope *scope, mfg_pair a) {
  mfg_pair angle = acos_of(scope, a);
  return (mfg_pair){mfg_abs(scope, angle.imaginary), mfg_copysign(scope, angle.real, a.imaginary)};
}

/* With p = sqrt(1 - i z) and q = sqrt(1 + i z): asinh(Im(conj(p) q)), atan(y / Re(p q)). */
static mfg_pair asinh_of(mfg_scope *scope, mfg_pair a) {
  mfg_array *x = a.real, *y = a.imaginary;
  mfg_pair p = sqrt_of(scope, (mfg_pair){mfg_add(scope, y, 1.0), mfg_negative(scope, x)});
  mfg_pair q = sqrt_of(scope, (mfg_pair){mfg_sub(scope, 1.0, y), x});
  mfg_array *remote = is_remote(scope, a, remote_bound(a));
  mfg_array *real = mfg_asinh(scope, mfg_sub(scope, mfg_mul(scope, p.real, q.imaginary),
                                             mfg_mul(scope, q.real, p.imaginary)));
  mfg_array *across =
      mfg_sub(scope, mfg_mul(scope, p.real, q.real), mfg_mul(scope, p.imaginary, q.imaginary));
  across = mfg_where(scope, remote, mfg_abs(scope, x), across);
  real = mfg_where(scope, remote, mfg_copysign(scope, log_of_double(scope, a), x), real);
  mfg_array *imaginary = mfg_atan2(scope, y, across);
  return (mfg_pair){real, mfg_where(scope, is_zero(scope, y), y, imaginary)};
}

/* log1p(4 |x| / ((1 - |x|)^2 + y^2)) / 4, and half the angle of (1 - |x|)(1 + |x|) - y^2 + 2 i y.
 */
static mfg_pair atanh_of(mfg_scope *scope, mfg_pair a) {
  mfg_array *x = mfg_abs(scope, a.real), *y = a.imaginary, *one = constant(scope, a, 1);
  mfg_array *less = mfg_sub(scope, 1.0, x), *more = mfg_add(scope, x, 1.0);
  mfg_array *remote = is_remote(scope, a, is_narrow(a) ? 0x1p28 : 0x1p60);
  mfg_array *square = mfg_mul(scope, y, y);
  mfg_array *ratio = mfg_div(scope, mfg_mul(scope, x, 4.0), mfg_fma(scope, less, less, square));
  mfg_array *real = mfg_mul(scope, mfg_log1p(scope, ratio), 0.25);
  mfg_array *angle =
      mfg_atan2(scope, mfg_mul(scope, y, 2.0), mfg_sub(scope, mfg_mul(scope, less, more), square));
  mfg_array *imaginary = mfg_mul(scope, angle, 0.5);
  /* At 1 the square of a tiny y is lost. */
  mfg_array *size = mfg_abs(scope, y);
  mfg_array *pole = both(scope, mfg_equal(scope, x, 1.0),
                         mfg_less(scope, size, is_narrow(a) ? 0x1p-50 : 0x1p-400));
  mfg_array *there = mfg_mul(scope, mfg_sub(scope, LN2, mfg_log(scope, size)), 0.5);
  mfg_array *diagonal = mfg_where(scope, is_zero(scope, y), y,
                                  mfg_copysign(scope, mfg_mul(scope, one, HALF_PI / 2), y));
  real = mfg_where(scope, pole, there, real);
  imaginary = mfg_where(scope, pole, diagonal, imaginary);
  mfg_array *half = mfg_hypot(scope, mfg_mul(scope, x, 0.5), mfg_mul(scope, y, 0.5));
  mfg_array *far = mfg_div(scope, mfg_div(scope, mfg_mul(scope, x, 0.25), half), half);
  mfg_array *infinite = either(scope, mfg_isinf(scope, x), mfg_isinf(scope, y));
  mfg_array *unknown = mfg_isnan(scope, y);
  real = mfg_where(scope, remote, mfg_where(scope, infinite, 0.0, far), real);
  real = mfg_where(scope, both(scope, is_zero(scope, x), unknown), 0.0, real);
  mfg_array *right = mfg_copysign(scope, mfg_mul(scope, one, HALF_PI), y);
  imaginary = mfg_where(scope, remote, mfg_where(scope, unknown, y, right), imaginary);
  return (mfg_pair){mfg_copysign(scope, real, a.real), imaginary};
}

static mfg_pair asin_of(mfg_scope *scope, mfg_pair a) {
  return turned(scope, a, asinh_of);
}

static mfg_pair atan_of(mfg_scope *scope, mfg_pair a) {
  return turned(scope, a, atanh_of);
}

/* ---- the table ------------------------------------------------------------------------------- */

mfg_complex_function mfg_complex_function_of(uint32_t operation) {
  static const mfg_complex_function functions[MFG_OPERATION_END] = {
      [MFG_OP_SIGN] = sign_of,   [MFG_OP_SQRT] = sqrt_of,   [MFG_OP_EXP] = mfg_complex_exp,
      [MFG_OP_EXPM1] = expm1_of, [MFG_OP_EXP2] = exp2_of,   [MFG_OP_LOG] = mfg_complex_log,
      [MFG_OP_LOG1P] = log1p_of, [MFG_OP_LOG2] = log2_of,   [MFG_OP_LOG10] = log10_of,
      [MFG_OP_SIN] = sin_of,     [MFG_OP_COS] = cos_of,     [MFG_OP_TAN] = tan_of,
      [MFG_OP_ASIN] = asin_of,   [MFG_OP_ACOS] = acos_of,   [MFG_OP_ATAN] = atan_of,
      [MFG_OP_SINH] = sinh_of,   [MFG_OP_COSH] = cosh_of,   [MFG_OP_TANH] = tanh_of,
      [MFG_OP_ASINH] = asinh_of, [MFG_OP_ACOSH] = acosh_of, [MFG_OP_ATANH] = atanh_of,
  };
  return operation < MFG_OPERATION_END ? functions[operation] : NULL;
}
