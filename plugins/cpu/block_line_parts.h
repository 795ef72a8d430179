/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One tridiagonal system by itself, for the type NUMBER; functions are named by SUFFIX. Included by
 * block_line_parts.c once for each type, hence no guard.
 *
 * A row's division waits for the row before, so a long line is cut into PARTS parts that are
 * eliminated side by side, one in each lane of a vector. A part is one row that separates it from
 * the part before, with unknown S[p], and rows that follow; elimination (see block_lines.c)
 * leaves
 *     x[i] = g[i] + q[i] S[p] - c[i] x[i+1]   and, for its first row,   x = g0 + q0 S[p] + e
 * S[p+1]. Put into the separating rows this is a tridiagonal system of PARTS unknowns (closed where
 * the line is), whose solution gives the rest. The number of parts is the same at every level. */

typedef NUMBER NAME(lanes) __attribute__((vector_size(PARTS * sizeof(NUMBER))));

/* The line and how it is cut. */
struct NAME(line) {
  NUMBER *l, *d, *u, *r, *x;
  size_t start[PARTS + 1]; /* the separating rows */
  size_t rows;             /* that follow one, in the longest part */
  size_t full;             /* parts of that length; the others have one row less */
  NAME(lanes) * c, *g, *q; /* of `rows` rows */
  NUMBER g0[PARTS], q0[PARTS], e[PARTS];
};

/* Without parts, for short lines. The coefficients are overwritten. */
static void NAME(whole)(size_t rows, bool cyclic, NUMBER *l, NUMBER *d, NUMBER *u, const NUMBER *r,
                        NUMBER *x) {
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

static void NAME(cut)(struct NAME(line) * line, size_t rows) {
  size_t each = rows / PARTS, more = rows % PARTS;
  for (size_t p = 0; p <= PARTS; p++)
    line->start[p] = p * each + (p < more ? p : more);
  line->full = more > 0 ? more : PARTS;
  line->rows = more > 0 ? each : each - 1;
}

/* Row i of every part. */
static inline NAME(lanes) NAME(row)(const NUMBER *values, const size_t *start, size_t i) {
  NAME(lanes) row;
  for (int p = 0; p < PARTS; p++)
    row[p] = values[start[p] + 1 + i];
  return row;
}

/* The same for the last row, which the shorter parts do not have: there x is the next separator. */
static inline NAME(lanes)
    NAME(last_row)(const struct NAME(line) * line, const NUMBER *values, NUMBER otherwise) {
  NAME(lanes) row;
  for (size_t p = 0; p < PARTS; p++)
    row[p] = p < line->full ? values[line->start[p] + line->rows] : otherwise;
  return row;
}

static void NAME(eliminate)(struct NAME(line) * line) {
  NAME(lanes) c = {0}, g = {0}, q = {0}, e = {0}, g0 = {0}, q0 = {0};
  q += 1;
  e += 1;
  for (size_t i = 0; i < line->rows; i++) {
    bool last = i + 1 == line->rows;
    const size_t *start = line->start;
    NAME(lanes) l = last ? NAME(last_row)(line, line->l, 0) : NAME(row)(line->l, start, i);
    NAME(lanes) d = last ? NAME(last_row)(line, line->d, 1) : NAME(row)(line->d, start, i);
    NAME(lanes) u = last ? NAME(last_row)(line, line->u, -1) : NAME(row)(line->u, start, i);
    NAME(lanes) r = last ? NAME(last_row)(line, line->r, 0) : NAME(row)(line->r, start, i);
    NAME(lanes) inverse = 1 / (d - l * c);
    c = u * inverse;
    g = (r - l * g) * inverse;
    q = -(l * q) * inverse;
    g0 += e * g;
    q0 += e * q;
    e = -(e * c);
    line->c[i] = c;
    line->g[i] = g;
    line->q[i] = q;
  }
  memcpy(line->g0, &g0, sizeof g0);
  memcpy(line->q0, &q0, sizeof q0);
  memcpy(line->e, &e, sizeof e);
}

/* The separating unknowns. */
static void NAME(separators)(const struct NAME(line) * line, bool cyclic, NUMBER *separators) {
  NUMBER l[PARTS], d[PARTS], u[PARTS], r[PARTS];
  for (size_t p = 0; p < PARTS; p++) {
    size_t before = p > 0 ? p - 1 : PARTS - 1, at = line->start[p];
    size_t end = before < line->full ? line->rows - 1 : line->rows - 2;
    NUMBER lower = line->l[at], upper = line->u[at];
    l[p] = lower * line->q[end][before];
    d[p] = line->d[at] - lower * line->c[end][before] + upper * line->q0[p];
    u[p] = upper * line->e[p];
    r[p] = line->r[at] - lower * line->g[end][before] - upper * line->g0[p];
  }
  NAME(whole)(PARTS, cyclic, l, d, u, r, separators);
}

static void NAME(substitute)(const struct NAME(line) * line, const NUMBER *separators) {
  NAME(lanes) far, next;
  for (size_t p = 0; p < PARTS; p++) {
    far[p] = separators[p];
    next[p] = separators[p + 1 < PARTS ? p + 1 : 0];
    line->x[line->start[p]] = separators[p];
  }
  for (size_t i = line->rows; i-- > 0;) {
    next = line->g[i] + line->q[i] * far - line->c[i] * next;
    size_t parts = i + 1 == line->rows ? line->full : PARTS;
    if (parts == PARTS)
      for (int p = 0; p < PARTS; p++)
        line->x[line->start[p] + 1 + i] = next[p];
    else
      for (size_t p = 0; p < parts; p++)
        line->x[line->start[p] + 1 + i] = next[p];
  }
}

static void NAME(single)(size_t rows, bool cyclic, void *lower, void *diagonal, void *upper,
                         void *right, void *solution, void *scratch) {
  struct NAME(line) line = {.l = lower, .d = diagonal, .u = upper, .r = right, .x = solution};
  NUMBER separators[PARTS];
  if (!cyclic) line.l[0] = 0, line.u[rows - 1] = 0;
  if (rows < SHORTEST_CUT) {
    NAME(whole)(rows, cyclic, line.l, line.d, line.u, line.r, line.x);
    return;
  }
  NAME(cut)(&line, rows);
  line.c = scratch;
  line.g = line.c + line.rows;
  line.q = line.g + line.rows;
  NAME(eliminate)(&line);
  NAME(separators)(&line, cyclic, separators);
  NAME(substitute)(&line, separators);
}
