/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the operations mean where the language has no operator for it. */
/* `U` is an unsigned type in which T wraps; a narrow type is computed in a wider one. */
#define MFG_WRAPPING_OPERATIONS(T, U, name)                                                        \
  MFG_FUNCTION T mfg_add_##name(T a, T b) {                                                        \
    return (T)((U)a + (U)b);                                                                       \
  }                                                                                                \
  MFG_FUNCTION T mfg_subtract_##name(T a, T b) {                                                   \
    return (T)((U)a - (U)b);                                                                       \
  }                                                                                                \
  MFG_FUNCTION T mfg_multiply_##name(T a, T b) {                                                   \
    return (T)((U)a * (U)b);                                                                       \
  }                                                                                                \
  MFG_FUNCTION T mfg_negative_##name(T a) {                                                        \
    return (T)((U)0 - (U)a);                                                                       \
  }                                                                                                \
  MFG_FUNCTION T mfg_minimum_##name(T a, T b) {                                                    \
    return b < a ? b : a;                                                                          \
  }                                                                                                \
  MFG_FUNCTION T mfg_maximum_##name(T a, T b) {                                                    \
    return b > a ? b : a;                                                                          \
  }

#define MFG_SIGNED_OPERATIONS(T, U, name, width)                                                   \
  MFG_WRAPPING_OPERATIONS(T, U, name)                                                              \
  MFG_FUNCTION T mfg_abs_##name(T a) {                                                             \
    return (T)(a < 0 ? (U)0 - (U)a : (U)a);                                                        \
  }                                                                                                \
  MFG_FUNCTION T mfg_sign_##name(T a) {                                                            \
    return (T)((a > 0) - (a < 0));                                                                 \
  }                                                                                                \
  MFG_FUNCTION T mfg_floor_divide_##name(T a, T b) {                                               \
    if (b == 0) return 0;                                                                          \
    if (b == -1) return (T)((U)0 - (U)a);                                                          \
    return (T)(a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0));                                \
  }                                                                                                \
  MFG_FUNCTION T mfg_remainder_##name(T a, T b) {                                                  \
    if (b == 0 || b == -1) return 0;                                                               \
    const T rest = (T)(a % b);                                                                     \
    return (T)(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);                              \
  }                                                                                                \
  MFG_FUNCTION T mfg_pow_##name(T a, T b) {                                                        \
    if (b < 0) return a == 1 ? 1 : a == -1 ? ((b & 1) ? -1 : 1) : 0;                               \
    U power = 1, square = (U)a;                                                                    \
    for (; b > 0; b >>= 1, square *= square)                                                       \
      if (b & 1) power *= square;                                                                  \
    return (T)power;                                                                               \
  }                                                                                                \
  MFG_FUNCTION T mfg_shift_left_##name(T a, T b) {                                                 \
    return b < 0 || b >= width ? 0 : (T)((U)a << b);                                               \
  }                                                                                                \
  MFG_FUNCTION T mfg_shift_right_##name(T a, T b) {                                                \
    return (T)(b < 0 || b >= width ? (a < 0 ? -1 : 0) : a >> b);                                   \
  }

#define MFG_UNSIGNED_OPERATIONS(T, U, name, width)                                                 \
  MFG_WRAPPING_OPERATIONS(T, U, name)                                                              \
  MFG_FUNCTION T mfg_abs_##name(T a) {                                                             \
    return a;                                                                                      \
  }                                                                                                \
  MFG_FUNCTION T mfg_sign_##name(T a) {                                                            \
    return a != 0 ? 1 : 0;                                                                         \
  }                                                                                                \
  MFG_FUNCTION T mfg_floor_divide_##name(T a, T b) {                                               \
    return (T)(b == 0 ? 0 : a / b);                                                                \
  }                                                                                                \
  MFG_FUNCTION T mfg_remainder_##name(T a, T b) {                                                  \
    return (T)(b == 0 ? 0 : a % b);                                                                \
  }                                                                                                \
  MFG_FUNCTION T mfg_pow_##name(T a, T b) {                                                        \
    U power = 1, square = (U)a;                                                                    \
    for (; b != 0; b >>= 1, square *= square)                                                      \
      if (b & 1) power *= square;                                                                  \
    return (T)power;                                                                               \
  }                                                                                                \
  MFG_FUNCTION T mfg_shift_left_##name(T a, T b) {                                                 \
    return b >= width ? 0 : (T)((U)a << b);                                                        \
  }                                                                                                \
  MFG_FUNCTION T mfg_shift_right_##name(T a, T b) {                                                \
    return b >= width ? 0 : (T)(a >> b);                                                           \
  }

/* `suffix` is what the language appends to the names of mathematical functions of this type. */
#define MFG_FLOAT_OPERATIONS(T, name, suffix)                                                      \
  MFG_FUNCTION T mfg_sign_##name(T a) {                                                            \
    return a != a ? a : (T)((a > 0) - (a < 0));                                                    \
  }                                                                                                \
  MFG_FUNCTION T mfg_remainder_##name(T a, T b) {                                                  \
    const T rest = fmod##suffix(a, b);                                                             \
    if (rest == 0) return copysign##suffix(rest, b);                                               \
    return (rest < 0) != (b < 0) ? rest + b : rest;                                                \
  }                                                                                                \
  MFG_FUNCTION T mfg_minimum_##name(T a, T b) {                                                    \
    return a != a || a < b ? a : b;                                                                \
  }                                                                                                \
  MFG_FUNCTION T mfg_maximum_##name(T a, T b) {                                                    \
    return a != a || a > b ? a : b;                                                                \
  }

/* Truncation that saturates; NaN yields 0. `bound` is the first power of two that does not fit. */
#define MFG_FLOAT_TO_SIGNED(F, from, T, to, bound, lowest, highest)                                \
  MFG_FUNCTION T mfg_convert_##from##_##to(F a) {                                                  \
    return a != a ? 0 : a >= bound ? highest : a < -bound ? lowest : (T)a;                         \
  }
#define MFG_FLOAT_TO_UNSIGNED(F, from, T, to, bound, lowest, highest)                              \
  MFG_FUNCTION T mfg_convert_##from##_##to(F a) {                                                  \
    return a > 0 ? (a >= bound ? highest : (T)a) : lowest;                                         \
  }

/* Whether the candidate replaces the extreme element found so far; a position below 0 is nothing
 * yet. `before` is < for argmin and > for argmax. */
#define MFG_EXTREME(T, name, before)                                                               \
  MFG_FUNCTION bool mfg_replaces_##name(T candidate, long place, T extreme, long position) {       \
    if (place < 0) return false;                                                                   \
    if (position < 0) return true;                                                                 \
    if (candidate != candidate) return extreme == extreme || place < position;                     \
    if (extreme != extreme) return false;                                                          \
    return candidate before extreme || (candidate == extreme && place < position);                 \
  }

/* Steps of an index over a boundary; `back`, `shift`, `fold` come from the launch. */
MFG_FUNCTION mfg_index mfg_wrap(mfg_index i, mfg_index back, mfg_index n) {
  return i < back ? i + (n - back) : i - back;
}
MFG_FUNCTION mfg_index mfg_clamp_up(mfg_index i, mfg_index shift, mfg_index n) {
  return (i < n - 1 - shift ? i : n - 1 - shift) + shift;
}
MFG_FUNCTION mfg_index mfg_clamp_down(mfg_index i, mfg_index shift) {
  return (i > shift ? i : shift) - shift;
}
MFG_FUNCTION mfg_index mfg_mirror(mfg_index i, mfg_index back, mfg_index fold, mfg_index n) {
  const bool turned = (fold != 0) != (i >= back);
  const mfg_index j = mfg_wrap(i, back, n);
  return turned ? n - 1 - j : j;
}
MFG_FUNCTION long mfg_within(long i, long n) {
  return i < 0 ? 0 : i < n ? i : n - 1;
}
