/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One tridiagonal system by itself, for the type NUMBER; functions are named by NAME. Included by
 * block_line_parts.c once for each type, hence no guard.
 *
 * A row's division waits for the row before, so a long line is cut into parts that are eliminated
 * side by side, CPU_LINE_PARTS of them at a time: a segment. A part is one row that separates it
 * from the part before, with unknown S[p], and rows that follow; elimination (see block_lines.c)
 * leaves
 *     x[i] = g[i] + q[i] S[p] - c[i] x[i+1]   and, for its first row,   x = g0 + q0 S[p] + e
 * S[p+1]. Put into the separating rows this is a tridiagonal system of one unknown a part (closed
 * where the line is), whose solution gives the rest. The number of parts depends on the line's
 * length alone, so the bits are the same at every level and for any number of threads. */

#define WIDTH (CPU_VECTOR_BYTES / NUMBER_BYTES)
#define GROUPS (CPU_LINE_PARTS / WIDTH)
#define FOR_GROUPS _Pragma("GCC unroll 8") for (int k = 0; k < GROUPS; k++)

/* A row of all parts, and as many rows as are turned at once. */
typedef struct NAME(row) {
  NAME(vector) group[GROUPS];
} NAME(row);

typedef struct NAME(state) {
  NAME(row) c, g, q, e, g0, q0;
} NAME(state);

/* Without parts, for short lines. The coefficients are overwritten. */
static void NAME(whole)(size_t rows, bool cyclic, void *lower, void *diagonal, void *upper,
                        const void *right, void *solution) {
  NUMBER *l = lower, *d = diagonal, *u = upper, *x = solution;
  const NUMBER *r = right;
  size_t last = cyclic ? rows - 1 : rows;
  NUMBER c = 0, g = 0, q = cyclic ? 1 : 0, e = 1, g0 = 0, q0 = 0, corner = 0;
  for (size_t i = 0; i < last; i++) {
    NUMBER inverse = 1 / (d[i] - l[i] * c);
    c = u[i] * inverse;
    g = (r[i] - l[i] * g) * inverse;
    q = -(l[i] * q) * inverse;
    g0 += e * g;
    q0 += e * q;
    e = -(e * c);
    u[i] = c, x[i] = g, d[i] = q;
  }
  if (cyclic) {
    NUMBER weight = d[last] + l[last] * (q - c) + u[last] * (q0 + e);
    corner = (r[last] - l[last] * g - u[last] * g0) / weight;
    x[last] = corner;
  }
  NUMBER next = corner;
  for (size_t i = last; i-- > 0;)
    x[i] = next = x[i] + d[i] * corner - u[i] * next;
}

/* ---- elimination of a segment ---------------------------------------------------------------- */

/* WIDTH rows of every part from row i on, as rows of all parts. */
static inline void NAME(rows)(const NUMBER *values, const cpu_line_segment *segment, size_t i,
                              NAME(row) * target) {
  FOR_GROUPS {
    NAME(vector) turned[WIDTH];
    _Pragma("GCC unroll 16") for (int p = 0; p < WIDTH; p++) turned[p] =
        NAME(load)(values + segment->start[k * WIDTH + p] + 1 + i);
    NAME(turn)(turned);
    _Pragma("GCC unroll 16") for (int p = 0; p < WIDTH; p++) target[p].group[k] = turned[p];
  }
}

/* Row i of every part; the shorter parts, which have no last row, take `otherwise` for it. */
static inline NAME(row) NAME(one_row)(const NUMBER *values, const cpu_line_segment *segment,
                                      size_t i, NUMBER otherwise) {
  NAME(row) row;
  size_t parts = i + 1 == segment->rows ? segment->full : CPU_LINE_PARTS;
  for (size_t p = 0; p < CPU_LINE_PARTS; p++)
    row.group[p / WIDTH][p % WIDTH] = p < parts ? values[segment->start[p] + 1 + i] : otherwise;
  return row;
}

static inline void NAME(eliminate_row)(NAME(state) * state, const NAME(row) * l,
                                       const NAME(row) * d, const NAME(row) * u,
                                       const NAME(row) * r, NUMBER *kept) {
  FOR_GROUPS {
    NAME(vector) inverse = (NUMBER)1 / (d->group[k] - l->group[k] * state->c.group[k]);
    NAME(vector) c = u->group[k] * inverse;
    NAME(vector) g = (r->group[k] - l->group[k] * state->g.group[k]) * inverse;
    NAME(vector) q = -(l->group[k] * state->q.group[k]) * inverse;
    state->g0.group[k] += state->e.group[k] * g;
    state->q0.group[k] += state->e.group[k] * q;
    state->e.group[k] = -(state->e.group[k] * c);
    state->c.group[k] = c;
    state->g.group[k] = g;
    state->q.group[k] = q;
    NAME(store)(kept + k * WIDTH, c);
    NAME(store)(kept + CPU_LINE_PARTS + k * WIDTH, g);
    NAME(store)(kept + 2 * CPU_LINE_PARTS + k * WIDTH, q);
  }
}

/* What the system of the separating rows needs of a segment. */
static void NAME(keep_ends)(const cpu_line_segment *segment, const NAME(state) * state,
                            const NUMBER *l, const NUMBER *d, const NUMBER *u, const NUMBER *r,
                            const NUMBER *kept, NUMBER (*ends)[CPU_LINE_PARTS]) {
  for (size_t p = 0; p < CPU_LINE_PARTS; p++) {
    size_t end = p < segment->full ? segment->rows - 1 : segment->rows - 2;
    size_t at = segment->start[p];
    for (size_t which = 0; which < 3; which++)
      ends[CPU_END_C + which][p] = kept[(3 * end + which) * CPU_LINE_PARTS + p];
    ends[CPU_END_E][p] = state->e.group[p / WIDTH][p % WIDTH];
    ends[CPU_END_G0][p] = state->g0.group[p / WIDTH][p % WIDTH];
    ends[CPU_END_Q0][p] = state->q0.group[p / WIDTH][p % WIDTH];
    ends[CPU_END_LOWER][p] = l[at];
    ends[CPU_END_DIAGONAL][p] = d[at];
    ends[CPU_END_UPPER][p] = u[at];
    ends[CPU_END_RIGHT][p] = r[at];
  }
}

static void NAME(eliminate)(const cpu_line_segment *segment, const void *lower,
                            const void *diagonal, const void *upper, const void *right,
                            void *memory, void *ends) {
  NUMBER *kept = memory;
  NAME(state) state;
  memset(&state, 0, sizeof state);
  FOR_GROUPS {
    state.q.group[k] += 1;
    state.e.group[k] += 1;
  }
  size_t i = 0;
  for (; i + WIDTH < segment->rows; i += WIDTH) {
    NAME(row) l[WIDTH], d[WIDTH], u[WIDTH], r[WIDTH];
    NAME(rows)(lower, segment, i, l);
    NAME(rows)(diagonal, segment, i, d);
    NAME(rows)(upper, segment, i, u);
    NAME(rows)(right, segment, i, r);
    for (size_t j = 0; j < WIDTH; j++)
      NAME(eliminate_row)(&state, &l[j], &d[j], &u[j], &r[j], kept + (i + j) * 3 * CPU_LINE_PARTS);
  }
  for (; i < segment->rows; i++) {
    NAME(row) l = NAME(one_row)(lower, segment, i, 0), d = NAME(one_row)(diagonal, segment, i, 1);
    NAME(row) u = NAME(one_row)(upper, segment, i, -1), r = NAME(one_row)(right, segment, i, 0);
    NAME(eliminate_row)(&state, &l, &d, &u, &r, kept + i * 3 * CPU_LINE_PARTS);
  }
  NAME(keep_ends)(segment, &state, lower, diagonal, upper, right, kept, ends);
}

/* ---- the separating unknowns ----------------------------------------------------------------- */

/* The ends of one part: CPU_LINE_PARTS apart. */
static inline const NUMBER *NAME(ends_of)(const NUMBER *ends, size_t part) {
  return ends + part / CPU_LINE_PARTS * CPU_ENDS * CPU_LINE_PARTS + part % CPU_LINE_PARTS;
}

static void NAME(separate)(size_t segments, bool cyclic, const void *all_ends, void *memory,
                           void *solution) {
  size_t parts = segments * CPU_LINE_PARTS;
  NUMBER *l = memory, *d = l + parts, *u = d + parts, *r = u + parts, *separators = solution;
  for (size_t p = 0; p < parts; p++) {
    size_t before = p > 0 ? p - 1 : parts - 1;
    const NUMBER *own = NAME(ends_of)(all_ends, p), *other = NAME(ends_of)(all_ends, before);
    NUMBER lower = own[CPU_END_LOWER * CPU_LINE_PARTS];
    NUMBER upper = own[CPU_END_UPPER * CPU_LINE_PARTS];
    l[p] = lower * other[CPU_END_Q * CPU_LINE_PARTS];
    d[p] = own[CPU_END_DIAGONAL * CPU_LINE_PARTS] - lower * other[CPU_END_C * CPU_LINE_PARTS] +
           upper * own[CPU_END_Q0 * CPU_LINE_PARTS];
    u[p] = upper * own[CPU_END_E * CPU_LINE_PARTS];
    r[p] = own[CPU_END_RIGHT * CPU_LINE_PARTS] - lower * other[CPU_END_G * CPU_LINE_PARTS] -
           upper * own[CPU_END_G0 * CPU_LINE_PARTS];
  }
  NAME(whole)(parts, cyclic, l, d, u, r, separators);
  separators[parts] = separators[0]; /* what follows the last part, where the line is closed */
}

/* ---- substitution in a segment --------------------------------------------------------------- */

static inline void NAME(substitute_row)(const NUMBER *kept, const NAME(row) * far,
                                        NAME(row) * next) {
  FOR_GROUPS {
    NAME(vector) c = NAME(load)(kept + k * WIDTH);
    NAME(vector) g = NAME(load)(kept + CPU_LINE_PARTS + k * WIDTH);
    NAME(vector) q = NAME(load)(kept + 2 * CPU_LINE_PARTS + k * WIDTH);
    next->group[k] = g + q * far->group[k] - c * next->group[k];
  }
}

static void NAME(substitute)(const cpu_line_segment *segment, const void *memory,
                             const void *separators, void *solution) {
  const NUMBER *kept = memory, *own = separators;
  NUMBER *x = solution;
  NAME(row) far, next;
  for (size_t p = 0; p < CPU_LINE_PARTS; p++) {
    far.group[p / WIDTH][p % WIDTH] = own[p];
    next.group[p / WIDTH][p % WIDTH] = own[p + 1];
    x[segment->start[p]] = own[p];
  }
  size_t i = segment->rows, whole = (segment->rows - 1) / WIDTH * WIDTH;
  while (i > whole) {
    size_t parts = i == segment->rows ? segment->full : CPU_LINE_PARTS;
    i--;
    NAME(substitute_row)(kept + i * 3 * CPU_LINE_PARTS, &far, &next);
    for (size_t p = 0; p < parts; p++)
      x[segment->start[p] + 1 + i] = next.group[p / WIDTH][p % WIDTH];
  }
  while (i > 0) {
    NAME(row) rows[WIDTH];
    i -= WIDTH;
    for (size_t j = WIDTH; j-- > 0;) {
      NAME(substitute_row)(kept + (i + j) * 3 * CPU_LINE_PARTS, &far, &next);
      rows[j] = next;
    }
    FOR_GROUPS {
      NAME(vector) turned[WIDTH];
      _Pragma("GCC unroll 16") for (int p = 0; p < WIDTH; p++) turned[p] = rows[p].group[k];
      NAME(turn)(turned);
      _Pragma("GCC unroll 16") for (int p = 0; p < WIDTH; p++)
          NAME(store)(x + segment->start[k * WIDTH + p] + 1 + i, turned[p]);
    }
  }
}

#undef FOR_GROUPS
#undef GROUPS
#undef WIDTH
