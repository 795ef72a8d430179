/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Eight neighbours at a time, as vectors of OpenCL C: a truth is a vector of -1 and 0 as wide. */
#define MFG_VECTOR_OPERATIONS(T, name)                                                             \
  MFG_FUNCTION T##8 mfg_load_##name(MFG_GLOBAL const T *a, mfg_index stride) {                     \
    return (T##8)(a[0], a[stride], a[2 * stride], a[3 * stride], a[4 * stride], a[5 * stride],     \
                  a[6 * stride], a[7 * stride]);                                                   \
  }                                                                                                \
  MFG_FUNCTION void mfg_store_##name(T##8 value, MFG_GLOBAL T *a, mfg_index stride) {              \
    a[0] = value.s0;                                                                               \
    a[stride] = value.s1;                                                                          \
    a[2 * stride] = value.s2;                                                                      \
    a[3 * stride] = value.s3;                                                                      \
    a[4 * stride] = value.s4;                                                                      \
    a[5 * stride] = value.s5;                                                                      \
    a[6 * stride] = value.s6;                                                                      \
    a[7 * stride] = value.s7;                                                                      \
  }                                                                                                \
  MFG_FUNCTION T##8 mfg_minimum_##name(T##8 a, T##8 b) {                                           \
    return a != a || a < b ? a : b;                                                                \
  }                                                                                                \
  MFG_FUNCTION T##8 mfg_maximum_##name(T##8 a, T##8 b) {                                           \
    return a != a || a > b ? a : b;                                                                \
  }
