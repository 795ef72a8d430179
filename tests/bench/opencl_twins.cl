/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernels written by hand, three variants for each computation of opencl_kernels.c. Arrays are
 * row-major; `rows` and `columns` are the space, and every operand starts two elements into its
 * buffer. */
#pragma OPENCL FP_CONTRACT OFF
#define START 2

/* ---- y = a b + c + sin d -------------------------------------------------------------------- */

#define MAP_OPERANDS                                                                               \
  global const double *a, global const double *b, global const double *c, global const double *d,  \
      global double *restrict y, global double *restrict scratch, const int rows, const int columns

kernel void map_item(MAP_OPERANDS) {
  const int i = get_global_id(0) + START;
  if (i < columns + START) y[i] = a[i] * b[i] + c[i] + sin(d[i]);
}

kernel void map_block(MAP_OPERANDS) {
  const int size = (columns + get_global_size(0) - 1) / get_global_size(0);
  const int begin = get_global_id(0) * size, end = min(begin + size, columns);
  for (int i = START + begin; i < START + end; i++)
    y[i] = a[i] * b[i] + c[i] + sin(d[i]);
}

kernel void map_vector(MAP_OPERANDS) {
  const int size = (columns / 4 + get_global_size(0) - 1) / get_global_size(0);
  const int begin = get_global_id(0) * size, end = min(begin + size, columns / 4);
  for (int i = begin; i < end; i++)
    vstore4(vload4(i, a + START) * vload4(i, b + START) + vload4(i, c + START) +
                sin(vload4(i, d + START)),
            i, y + START);
}

/* ---- an explicit step of a Hamilton-Jacobi-Bellman equation --------------------------------- */

/* Axis 1 ends at walls, axis 0 is closed. */
#define STEP_OPERANDS                                                                              \
  global const double *u, global const double *f, global double *restrict y,                       \
      global double *restrict scratch, const int rows, const int columns

double stepped(double here, double west, double east, double south, double north, double f) {
  const double back = fmax((here - west) * 64.0, 0.0), ahead = fmin((east - here) * 64.0, 0.0);
  const double down = fmax((here - south) * 64.0, 0.0), up = fmin((north - here) * 64.0, 0.0);
  const double speed = back * back + ahead * ahead + (down * down + up * up);
  const double spread = west + east + (south + north) - 4.0 * here;
  return here + 1e-4 * (51.2 * spread - 0.5 * speed + f);
}

kernel void step_item(STEP_OPERANDS) {
  const int j = get_global_id(0), i = get_global_id(1);
  if (j >= columns || i >= rows) return;
  u += START, f += START, y += START;
  global const double *row = u + i * columns;
  y[i * columns + j] =
      stepped(row[j], row[max(j - 1, 0)], row[min(j + 1, columns - 1)],
              u[(i == 0 ? rows - 1 : i - 1) * columns + j],
              u[(i == rows - 1 ? 0 : i + 1) * columns + j], f[i * columns + j]);
}

kernel void step_row(STEP_OPERANDS) {
  const int i = get_global_id(0);
  if (i >= rows) return;
  global const double *row = u + START + i * columns, *drift = f + START + i * columns;
  global const double *south = u + START + (i == 0 ? rows - 1 : i - 1) * columns;
  global const double *north = u + START + (i == rows - 1 ? 0 : i + 1) * columns;
  global double *target = y + START + i * columns;
  const int last = columns - 1;
  target[0] = stepped(row[0], row[0], row[1], south[0], north[0], drift[0]);
  for (int j = 1; j < last; j++)
    target[j] = stepped(row[j], row[j - 1], row[j + 1], south[j], north[j], drift[j]);
  target[last] = stepped(row[last], row[last - 1], row[last], south[last], north[last], drift[last]);
}

kernel void step_vector(STEP_OPERANDS) {
  const int i = get_global_id(0);
  if (i >= rows) return;
  global const double *row = u + START + i * columns, *drift = f + START + i * columns;
  global const double *south = u + START + (i == 0 ? rows - 1 : i - 1) * columns;
  global const double *north = u + START + (i == rows - 1 ? 0 : i + 1) * columns;
  global double *target = y + START + i * columns;
  const int last = columns - 1;
  int j = 1;
  target[0] = stepped(row[0], row[0], row[1], south[0], north[0], drift[0]);
  for (; j + 4 <= last; j += 4) {
    const double4 here = vload4(0, row + j), west = vload4(0, row + j - 1);
    const double4 east = vload4(0, row + j + 1), below = vload4(0, south + j);
    const double4 above = vload4(0, north + j);
    const double4 back = fmax((here - west) * 64.0, 0.0), ahead = fmin((east - here) * 64.0, 0.0);
    const double4 down = fmax((here - below) * 64.0, 0.0), up = fmin((above - here) * 64.0, 0.0);
    const double4 speed = back * back + ahead * ahead + (down * down + up * up);
    const double4 spread = west + east + (below + above) - 4.0 * here;
    vstore4(here + 1e-4 * (51.2 * spread - 0.5 * speed + vload4(0, drift + j)), 0, target + j);
  }
  for (; j < last; j++)
    target[j] = stepped(row[j], row[j - 1], row[j + 1], south[j], north[j], drift[j]);
  target[last] = stepped(row[last], row[last - 1], row[last], south[last], north[last], drift[last]);
}

/* ---- the sum of a b ------------------------------------------------------------------------- */

#define SUM_OPERANDS                                                                               \
  global const double *a, global const double *b, global double *restrict y,                       \
      global double *restrict scratch, const int rows, const int columns

/* Neighbouring items, a tree in local memory. */
kernel void sum_tree(SUM_OPERANDS) {
  local double tree[64];
  const int item = get_local_id(0);
  double total = 0;
  for (int i = get_global_id(0); i < columns; i += get_global_size(0))
    total += a[START + i] * b[START + i];
  tree[item] = total;
  for (int reach = 32; reach > 0; reach /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < reach) tree[item] += tree[item + reach];
  }
  if (item == 0) scratch[get_group_id(0)] = tree[0];
}

kernel void sum_block(SUM_OPERANDS) {
  const int size = (columns + get_global_size(0) - 1) / get_global_size(0);
  const int begin = get_global_id(0) * size, end = min(begin + size, columns);
  double totals[16] = {0};
  int i = begin;
  for (; i + 16 <= end; i += 16)
    for (int k = 0; k < 16; k++)
      totals[k] += a[START + i + k] * b[START + i + k];
  for (; i < end; i++)
    totals[0] += a[START + i] * b[START + i];
  for (int k = 1; k < 16; k++)
    totals[0] += totals[k];
  scratch[get_global_id(0)] = totals[0];
}

kernel void sum_vector(SUM_OPERANDS) {
  const int size = (columns / 16 + get_global_size(0) - 1) / get_global_size(0);
  const int begin = get_global_id(0) * size, end = min(begin + size, columns / 16);
  double8 first = 0, second = 0;
  for (int i = begin; i < end; i++) {
    first += vload8(2 * i, a + START) * vload8(2 * i, b + START);
    second += vload8(2 * i + 1, a + START) * vload8(2 * i + 1, b + START);
  }
  first += second;
  const double4 half_total = first.lo + first.hi;
  const double2 pair = half_total.lo + half_total.hi;
  scratch[get_global_id(0)] = pair.x + pair.y;
}

/* The second stage of all three: `rows` partial sums. */
kernel void sum_end(SUM_OPERANDS) {
  double total = 0;
  for (int i = 0; i < rows; i++)
    total += scratch[i];
  y[START] = total;
}

/* ---- sums down the columns ------------------------------------------------------------------ */

#define COLUMN_OPERANDS                                                                            \
  global const double *a, global double *restrict y, global double *restrict scratch,              \
      const int rows, const int columns

kernel void column_item(COLUMN_OPERANDS) {
  const int j = get_global_id(0) + START;
  double total = 0;
  for (int i = 0; i < rows; i++)
    total += a[i * columns + j];
  if (j < columns + START) y[j] = total;
}

kernel void column_block(COLUMN_OPERANDS) {
  const int first = get_global_id(0) * 64 + START;
  double totals[64] = {0};
  for (int i = 0; i < rows; i++)
    for (int k = 0; k < 64; k++)
      totals[k] += a[i * columns + first + k];
  for (int k = 0; k < 64; k++)
    y[first + k] = totals[k];
}

kernel void column_vector(COLUMN_OPERANDS) {
  const int first = get_global_id(0) * 32 + START;
  double8 total0 = 0, total1 = 0, total2 = 0, total3 = 0;
  for (int i = 0; i < rows; i++) {
    global const double *row = a + i * columns + first;
    total0 += vload8(0, row);
    total1 += vload8(1, row);
    total2 += vload8(2, row);
    total3 += vload8(3, row);
  }
  vstore8(total0, 0, y + first);
  vstore8(total1, 1, y + first);
  vstore8(total2, 2, y + first);
  vstore8(total3, 3, y + first);
}

/* ---- cumulative sums along axis 1 ----------------------------------------------------------- */

#define SCAN_OPERANDS                                                                              \
  global const double *a, global double *restrict y, global double *restrict scratch,              \
      const int rows, const int columns

kernel void scan_item(SCAN_OPERANDS) {
  const int line = get_global_id(0);
  if (line >= rows) return;
  double total = 0;
  for (int i = 0; i < columns; i++)
    y[START + line * columns + i] = total += a[START + line * columns + i];
}

/* Eight lines an item. */
kernel void scan_eight(SCAN_OPERANDS) {
  const int first = START + get_global_id(0) * 8 * columns;
  double totals[8] = {0};
  for (int i = 0; i < columns; i++)
    for (int k = 0; k < 8; k++)
      y[first + k * columns + i] = totals[k] += a[first + k * columns + i];
}

/* Four rows in flight, runs of four summed by a tree of shifted vectors. */
kernel void scan_vector(SCAN_OPERANDS) {
  const int first = START + get_global_id(0) * 4 * columns;
  double totals[4] = {0};
  for (int i = 0; i + 4 <= columns; i += 4)
    for (int k = 0; k < 4; k++) {
      double4 run = vload4(0, a + first + k * columns + i);
      run += (double4)(0, run.x, run.y, run.z);
      run += (double4)(0, 0, run.x, run.y);
      run += totals[k];
      vstore4(run, 0, y + first + k * columns + i);
      totals[k] = run.w;
    }
}

/* A long line in parts: totals, what stands before each, results. */
kernel void long_scan_totals(SCAN_OPERANDS) {
  const int parts = get_global_size(0), size = (columns + parts - 1) / parts;
  const int begin = get_global_id(0) * size, end = min(begin + size, columns);
  double totals[8] = {0};
  int i = begin;
  for (; i + 8 <= end; i += 8)
    for (int k = 0; k < 8; k++)
      totals[k] += a[START + i + k];
  for (; i < end; i++)
    totals[0] += a[START + i];
  for (int k = 1; k < 8; k++)
    totals[0] += totals[k];
  scratch[get_global_id(0)] = totals[0];
}

kernel void long_scan_item(SCAN_OPERANDS) {
  const int parts = get_global_size(0), size = (columns + parts - 1) / parts;
  const int begin = get_global_id(0) * size, end = min(begin + size, columns);
  double total = 0;
  for (int part = 0; part < (int)get_global_id(0); part++)
    total += scratch[part];
  for (int i = begin; i < end; i++)
    y[START + i] = total += a[START + i];
}

kernel void long_scan_vector(SCAN_OPERANDS) {
  const int parts = get_global_size(0), size = (columns / 4 + parts - 1) / parts * 4;
  const int begin = get_global_id(0) * size, end = min(begin + size, columns);
  double total = 0;
  for (int part = 0; part < (int)get_global_id(0); part++)
    total += scratch[part];
  for (int i = begin; i < end; i += 4) {
    double4 run = vload4(0, a + START + i);
    run += (double4)(0, run.x, run.y, run.z);
    run += (double4)(0, 0, run.x, run.y);
    run += total;
    vstore4(run, 0, y + START + i);
    total = run.w;
  }
}

/* ---- tridiagonal systems -------------------------------------------------------------------- */

/* -g m[i] x[i-1] + (1 + g (m[i] + m[i+1])) x[i] - g m[i+1] x[i+1] = u[i] along lines whose rows lie
 * `step` elements apart and whose neighbours lie `beside` apart. */
#define SOLVE_OPERANDS                                                                             \
  global const double *u, global const double *m, global double *restrict x,                       \
      global double *restrict scratch, const int rows, const int columns
#define ALONG_AXIS_1                                                                               \
  const int n = columns, lines = rows;                                                             \
  const long step = 1, beside = columns;
#define ALONG_AXIS_0                                                                               \
  const int n = rows, lines = columns;                                                             \
  const long step = columns, beside = 1;
#define G 0.375

/* An item a line; factors with neighbouring lines side by side. */
#define SOLVE_ITEM(name, direction)                                                                \
  kernel void name(SOLVE_OPERANDS) {                                                               \
    direction const int line = get_global_id(0);                                                   \
    if (line >= lines) return;                                                                     \
    const long at = START + line * beside;                                                         \
    double above = 0, value = 0, here = m[at];                                                     \
    for (int i = 0; i < n; i++) {                                                                  \
      const double next = m[at + (i < n - 1 ? i + 1 : i) * step];                                  \
      const double lower = i > 0 ? -G * here : 0, upper = i < n - 1 ? -G * next : 0;               \
      const double pivot = 1 / (1 + G * (here + next) - lower * above);                            \
      value = (u[at + i * step] - lower * value) * pivot;                                          \
      above = upper * pivot;                                                                       \
      scratch[(long)i * lines + line] = above;                                                     \
      x[at + i * step] = value;                                                                    \
      here = next;                                                                                 \
    }                                                                                              \
    for (int i = n - 2; i >= 0; i--) {                                                             \
      value = x[at + i * step] - scratch[(long)i * lines + line] * value;                          \
      x[at + i * step] = value;                                                                    \
    }                                                                                              \
  }
SOLVE_ITEM(solve_item_1, ALONG_AXIS_1)
SOLVE_ITEM(solve_item_0, ALONG_AXIS_0)

double8 lines_of(global const double *a, long beside) {
  if (beside == 1) return vload8(0, a);
  return (double8)(a[0], a[beside], a[2 * beside], a[3 * beside], a[4 * beside], a[5 * beside],
                   a[6 * beside], a[7 * beside]);
}
void put_lines(double8 value, global double *a, long beside) {
  if (beside == 1) {
    vstore8(value, 0, a);
    return;
  }
  a[0] = value.s0, a[beside] = value.s1, a[2 * beside] = value.s2, a[3 * beside] = value.s3;
  a[4 * beside] = value.s4, a[5 * beside] = value.s5, a[6 * beside] = value.s6;
  a[7 * beside] = value.s7;
}

/* Eight lines an item, a component each; factors in a strip of the item. */
#define SOLVE_EIGHT(name, direction)                                                               \
  kernel void name(SOLVE_OPERANDS) {                                                               \
    direction const long at = START + get_global_id(0) * 8 * beside;                               \
    global double *uppers = scratch + get_global_id(0) * 16 * n, *values = uppers + 8 * n;         \
    double8 above = 0, value = 0, here = lines_of(m + at, beside);                                 \
    for (int i = 0; i < n; i++) {                                                                  \
      const double8 next = lines_of(m + at + (i < n - 1 ? i + 1 : i) * step, beside);              \
      const double8 lower = i > 0 ? -G * here : 0, upper = i < n - 1 ? -G * next : 0;              \
      const double8 pivot = 1 / (1 + G * (here + next) - lower * above);                           \
      value = (lines_of(u + at + i * step, beside) - lower * value) * pivot;                       \
      above = upper * pivot;                                                                       \
      vstore8(above, i, uppers);                                                                   \
      vstore8(value, i, values);                                                                   \
      here = next;                                                                                 \
    }                                                                                              \
    value = 0;                                                                                     \
    for (int i = n - 1; i >= 0; i--) {                                                             \
      value = vload8(i, values) - vload8(i, uppers) * value;                                       \
      put_lines(value, x + at + i * step, beside);                                                 \
    }                                                                                              \
  }
SOLVE_EIGHT(solve_eight_1, ALONG_AXIS_1)
SOLVE_EIGHT(solve_eight_0, ALONG_AXIS_0)

/* As many lines as a group of items has, in loops; the strip of factors is used again. */
#define LANES 16
#define SOLVE_STRIP(name, direction)                                                               \
  kernel void name(SOLVE_OPERANDS) {                                                               \
    direction global double *uppers = scratch + get_global_id(0) * 2 * LANES * n;                  \
    global double *values = uppers + LANES * n;                                                    \
    for (int first = get_global_id(0) * LANES; first < lines;                                      \
         first += get_global_size(0) * LANES) {                                                    \
      const int count = min(LANES, lines - first);                                                 \
      const long at = START + first * beside;                                                      \
      double above[LANES] = {0}, value[LANES] = {0};                                               \
      for (int i = 0; i < n; i++)                                                                  \
        for (int k = 0; k < count; k++) {                                                          \
          const double here = m[at + i * step + k * beside];                                       \
          const double next = m[at + (i < n - 1 ? i + 1 : i) * step + k * beside];                 \
          const double lower = i > 0 ? -G * here : 0, upper = i < n - 1 ? -G * next : 0;           \
          const double pivot = 1 / (1 + G * (here + next) - lower * above[k]);                     \
          value[k] = (u[at + i * step + k * beside] - lower * value[k]) * pivot;                   \
          above[k] = upper * pivot;                                                                \
          uppers[i * LANES + k] = above[k];                                                        \
          values[i * LANES + k] = value[k];                                                        \
        }                                                                                          \
      for (int k = 0; k < LANES; k++)                                                              \
        value[k] = 0;                                                                              \
      for (int i = n - 1; i >= 0; i--)                                                             \
        for (int k = 0; k < count; k++) {                                                          \
          value[k] = values[i * LANES + k] - uppers[i * LANES + k] * value[k];                     \
          x[at + i * step + k * beside] = value[k];                                                \
        }                                                                                          \
    }                                                                                              \
  }
SOLVE_STRIP(solve_strip_1, ALONG_AXIS_1)
SOLVE_STRIP(solve_strip_0, ALONG_AXIS_0)

/* ---- closed tridiagonal systems ------------------------------------------------------------- */

/* The last unknown is the border: rows before it are solved for u and for the border's column at
 * once. `double` or `double8` is the type of a line or of eight. */
#define CLOSED(type, load, put, keep, kept)                                                        \
  type last_m = load(m + at + (n - 1) * step, beside), first_m = load(m + at, beside);             \
  type above = 0, value = 0, border = 0, here = first_m;                                           \
  for (int i = 0; i < n - 1; i++) {                                                                \
    const type next = load(m + at + (i + 1) * step, beside);                                       \
    const type lower = i > 0 ? -G * here : (type)0, upper = i < n - 2 ? -G * next : (type)0;       \
    const type pivot = 1 / (1 + G * (here + next) - lower * above);                                \
    const type column = (i == 0 ? G * here : (type)0) + (i == n - 2 ? G * next : (type)0);         \
    value = (load(u + at + i * step, beside) - lower * value) * pivot;                             \
    border = (column - lower * border) * pivot;                                                    \
    above = upper * pivot;                                                                         \
    keep(above, 3 * i);                                                                            \
    keep(value, 3 * i + 1);                                                                        \
    keep(border, 3 * i + 2);                                                                       \
    here = next;                                                                                   \
  }                                                                                                \
  const type end_value = value, end_border = border;                                               \
  for (int i = n - 3; i >= 0; i--) {                                                               \
    value = kept(3 * i + 1) - kept(3 * i) * value;                                                 \
    border = kept(3 * i + 2) - kept(3 * i) * border;                                               \
  }                                                                                                \
  const type last =                                                                                \
      (load(u + at + (n - 1) * step, beside) + G * last_m * end_value + G * first_m * value) /     \
      (1 + G * (last_m + first_m) - G * last_m * end_border - G * first_m * border);               \
  put(last, x + at + (n - 1) * step, beside);                                                      \
  type solved = 0;                                                                                 \
  for (int i = n - 2; i >= 0; i--) {                                                               \
    const type right = kept(3 * i + 1) + kept(3 * i + 2) * last;                                   \
    solved = right - kept(3 * i) * solved;                                                         \
    put(solved, x + at + i * step, beside);                                                        \
  }

#define LOAD_ONE(a, beside) (*(a))
#define PUT_ONE(value, a, beside) (*(a) = value)
#define KEEP_ONE(value, i) (scratch[(long)(i)*lines + line] = value)
#define KEPT_ONE(i) scratch[(long)(i)*lines + line]
kernel void closed_item_1(SOLVE_OPERANDS) {
  ALONG_AXIS_1
  const int line = get_global_id(0);
  if (line >= lines) return;
  const long at = START + line * beside;
  CLOSED(double, LOAD_ONE, PUT_ONE, KEEP_ONE, KEPT_ONE)
}

#define KEEP_EIGHT(value, i) vstore8(value, i, strip)
#define KEPT_EIGHT(i) vload8(i, strip)
kernel void closed_eight_1(SOLVE_OPERANDS) {
  ALONG_AXIS_1
  const long at = START + get_global_id(0) * 8 * beside;
  global double *strip = scratch + get_global_id(0) * 24 * n;
  CLOSED(double8, lines_of, put_lines, KEEP_EIGHT, KEPT_EIGHT)
}

/* One sweep down: what the unknowns leave in the last row's equation is gathered on the way. The
 * strip of factors is used again. */
kernel void closed_strip_1(SOLVE_OPERANDS) {
  ALONG_AXIS_1
  global double *strip = scratch + get_global_id(0) * 24 * n;
  for (int first = get_global_id(0) * 8; first < lines; first += get_global_size(0) * 8) {
    const long at = START + first * beside;
    const double8 first_m = lines_of(m + at, beside);
    const double8 last_m = lines_of(m + at + (n - 1) * step, beside);
    double8 above = 0, value = 0, border = 0, here = first_m;
    double8 corner = -G * first_m, middle = 1 + G * (last_m + first_m);
    double8 right = lines_of(u + at + (n - 1) * step, beside);
    for (int i = 0; i < n - 1; i++) {
      const double8 next = lines_of(m + at + (i + 1) * step, beside);
      const double8 lower = i > 0 ? -G * here : 0, upper = i < n - 2 ? -G * next : 0;
      const double8 pivot = 1 / (1 + G * (here + next) - lower * above);
      const double8 column = (i == 0 ? G * here : 0) + (i == n - 2 ? G * next : 0);
      if (i == n - 2) corner -= G * last_m;
      value = (lines_of(u + at + i * step, beside) - lower * value) * pivot;
      border = (column - lower * border) * pivot;
      above = upper * pivot;
      right -= corner * value;
      middle += corner * border;
      corner *= -above;
      vstore8(above, 3 * i, strip);
      vstore8(value, 3 * i + 1, strip);
      vstore8(border, 3 * i + 2, strip);
      here = next;
    }
    const double8 last = right / middle;
    double8 solved = 0;
    put_lines(last, x + at + (n - 1) * step, beside);
    for (int i = n - 2; i >= 0; i--) {
      solved = vload8(3 * i + 1, strip) + vload8(3 * i + 2, strip) * last -
               vload8(3 * i, strip) * solved;
      put_lines(solved, x + at + i * step, beside);
    }
  }
}
