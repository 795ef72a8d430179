/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Square blocks of numbers turned in registers, for the type NUMBER of NUMBER_BYTES bytes; names
 * are made by NAME. Included once for each type, hence no guard.
 *
 * Turning swaps, at distance 1, 2, 4, ..., the halves of each pair of rows that lie on the wrong
 * side: after as many rounds as a vector's width has bits, rows have become columns. */

#define TRANSPOSE_WIDTH (CPU_VECTOR_BYTES / NUMBER_BYTES)

typedef NUMBER NAME(vector) __attribute__((vector_size(CPU_VECTOR_BYTES)));

static inline NAME(vector) NAME(load)(const NUMBER *source) {
  NAME(vector) value;
  memcpy(&value, source, sizeof value);
  return value;
}

static inline void NAME(store)(NUMBER *target, NAME(vector) value) {
  memcpy(target, &value, sizeof value);
}

#define TRANSPOSE_LOW(i, apart) ((i) & (apart) ? TRANSPOSE_WIDTH + (i) - (apart) : (i))
#define TRANSPOSE_HIGH(i, apart) ((i) & (apart) ? TRANSPOSE_WIDTH + (i) : (i) + (apart))
#define TRANSPOSE_EACH_2(F, first, apart) F(first, apart), F((first) + 1, apart)
#define TRANSPOSE_EACH_4(F, first, apart)                                                          \
  TRANSPOSE_EACH_2(F, first, apart), TRANSPOSE_EACH_2(F, (first) + 2, apart)
#define TRANSPOSE_EACH_8(F, first, apart)                                                          \
  TRANSPOSE_EACH_4(F, first, apart), TRANSPOSE_EACH_4(F, (first) + 4, apart)
#define TRANSPOSE_EACH_16(F, first, apart)                                                         \
  TRANSPOSE_EACH_8(F, first, apart), TRANSPOSE_EACH_8(F, (first) + 8, apart)

#if TRANSPOSE_WIDTH == 2
#define TRANSPOSE_EACH(F, apart) TRANSPOSE_EACH_2(F, 0, apart)
#elif TRANSPOSE_WIDTH == 4
#define TRANSPOSE_EACH(F, apart) TRANSPOSE_EACH_4(F, 0, apart)
#elif TRANSPOSE_WIDTH == 8
#define TRANSPOSE_EACH(F, apart) TRANSPOSE_EACH_8(F, 0, apart)
#else
#define TRANSPOSE_EACH(F, apart) TRANSPOSE_EACH_16(F, 0, apart)
#endif

#define TRANSPOSE_ROUND(apart)                                                                     \
  _Pragma("GCC unroll 16") for (int row = 0; row < TRANSPOSE_WIDTH; row++) {                       \
    if (row & (apart)) continue;                                                                   \
    NAME(vector) first = rows[row], second = rows[row + (apart)];                                  \
    rows[row] = __builtin_shufflevector(first, second, TRANSPOSE_EACH(TRANSPOSE_LOW, apart));      \
    rows[row + (apart)] =                                                                          \
        __builtin_shufflevector(first, second, TRANSPOSE_EACH(TRANSPOSE_HIGH, apart));             \
  }

/* rows[i][k] becomes rows[k][i]. */
static inline __attribute__((always_inline)) void NAME(turn)(NAME(vector) * rows) {
  TRANSPOSE_ROUND(1)
#if TRANSPOSE_WIDTH > 2
  TRANSPOSE_ROUND(2)
#endif
#if TRANSPOSE_WIDTH > 4
  TRANSPOSE_ROUND(4)
#endif
#if TRANSPOSE_WIDTH > 8
  TRANSPOSE_ROUND(8)
#endif
}

/* target[i * out + k] = source[k * in + i] for i, k < TRANSPOSE_WIDTH. */
static inline void NAME(turn_block)(const NUMBER *source, size_t in, NUMBER *target, size_t out) {
  NAME(vector) rows[TRANSPOSE_WIDTH];
  _Pragma("GCC unroll 16") for (int k = 0; k < TRANSPOSE_WIDTH; k++) rows[k] =
      NAME(load)(source + (size_t)k * in);
  NAME(turn)(rows);
  _Pragma("GCC unroll 16") for (int i = 0; i < TRANSPOSE_WIDTH; i++)
      NAME(store)(target + (size_t)i * out, rows[i]);
}

#undef TRANSPOSE_ROUND
#undef TRANSPOSE_EACH
#undef TRANSPOSE_EACH_16
#undef TRANSPOSE_EACH_8
#undef TRANSPOSE_EACH_4
#undef TRANSPOSE_EACH_2
#undef TRANSPOSE_HIGH
#undef TRANSPOSE_LOW
#undef TRANSPOSE_WIDTH
