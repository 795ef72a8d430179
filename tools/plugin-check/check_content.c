/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What operands hold: numbers from a fixed generator, and the numbers that go wrong most often. */
#include "check_launch.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* SplitMix64: one addition and three mixing steps, the same on every machine. */
uint64_t check_random(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

static const double special_reals[] = {0.0,
                                       -0.0,
                                       1.0,
                                       -1.0,
                                       0.5,
                                       -0.5,
                                       1.5,
                                       -1.5,
                                       2.5,
                                       -2.5,
                                       NAN,
                                       INFINITY,
                                       -INFINITY,
                                       3.0,
                                       -7.0,
                                       1e-3,
                                       0.1,
                                       100.25,
                                       709.0,
                                       -745.0,
                                       DBL_MAX,
                                       -DBL_MAX,
                                       DBL_MIN,
                                       4.9e-324,
                                       -4.9e-324,
                                       FLT_MAX,
                                       FLT_MIN,
                                       1e-45,
                                       1e10,
                                       -1e10,
                                       2147483647.,
                                       2147483648.,
                                       -2147483648.,
                                       -2147483649.,
                                       0x1p63,
                                       -0x1p63,
                                       -0x1.8p62,
                                       0x1p53,
                                       0x1.fffffep23,
                                       0.99999994,
                                       1.0000001,
                                       M_PI,
                                       M_PI_2,
                                       -M_PI,
                                       1e5,
                                       88.0,
                                       -103.0,
                                       20.0,
                                       -20.0,
                                       127.5,
                                       128.0,
                                       -128.5,
                                       -129.0,
                                       255.5,
                                       256.0,
                                       32767.5,
                                       32768.0,
                                       -32769.0,
                                       65535.5,
                                       65536.0,
                                       0x1.fffffffep31,
                                       0x1p32,
                                       0x1.fffffffffffffp63,
                                       0x1.fffffep63,
                                       0x1p64};

static const int64_t special_integers[] = {
    0,         1,         -1,        2,         -2,
    3,         -3,        7,         -7,        31,
    32,        63,        64,        -5,        INT32_MAX,
    INT32_MIN, INT64_MAX, INT64_MIN, 33,        10,
    65,        100,       12,        46341,     INT32_MAX - 1,
    127,       128,       -128,      255,       256,
    15,        16,        INT16_MAX, INT16_MIN, UINT16_MAX,
    UINT32_MAX};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static double uniform(uint64_t *state, double low, double high) {
  return low + (high - low) * (double)(check_random(state) >> 11) * 0x1p-53;
}

static double make_real(uint64_t *state, check_content content) {
  if (content == CHECK_NEAR_ONE) return uniform(state, 0.5, 1.5);
  if (content == CHECK_SPECIAL && check_random(state) % 4 != 0)
    return special_reals[check_random(state) % COUNT(special_reals)];
  return uniform(state, -2, 2);
}

static int64_t make_integer(uint64_t *state, check_content content) {
  if (content == CHECK_NEAR_ONE) return 1 + (int64_t)(check_random(state) % 3);
  if (content == CHECK_SPECIAL && check_random(state) % 4 != 0)
    return special_integers[check_random(state) % COUNT(special_integers)];
  return (int64_t)(check_random(state) % 19) - 9;
}

void check_launch_fill(check_launch *launch, uint32_t operand, check_content content) {
  check_operand *array = &launch->operands[operand];
  mfg_dtype type = mfg_kernel_operand_at(launch->kernel, operand)->type;
  uint64_t state = launch->seed * 64 + operand;
  if (array->content == NULL) return;
  for (int64_t i = 0; i < array->length; i++) {
    switch (type) {
    case MFG_BOOL: ((uint8_t *)array->content)[i] = (uint8_t)(check_random(&state) >> 63); break;
#define INTEGER(symbol, member, T)                                                                 \
  case MFG_##symbol:                                                                               \
    ((T *)array->content)[i] = (T)make_integer(&state, content);                                   \
    break;
#define FLOAT(symbol, member, T)                                                                   \
  case MFG_##symbol: ((T *)array->content)[i] = (T)make_real(&state, content); break;
      MFG_INTEGER_TYPES(INTEGER)
      MFG_FLOAT_TYPES(FLOAT)
#undef INTEGER
#undef FLOAT
    default: break;
    }
  }
}
