/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "twin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory of the models -------------------------------------------------------------------- */

typedef struct model_memory {
  struct model_memory *next;
  double data[];
} model_memory;

static model_memory *all_memory;

static double *new_memory(int64_t size) {
  model_memory *memory = calloc(1, sizeof *memory + (size_t)(size + 1) * sizeof(double));
  ck_assert_ptr_nonnull(memory);
  memory->next = all_memory;
  all_memory = memory;
  return memory->data;
}

void machine_free_models(void) {
  while (all_memory != NULL) {
    model_memory *memory = all_memory;
    all_memory = memory->next;
    free(memory);
  }
}

/* ---- elements -------------------------------------------------------------------------------- */

static int64_t size_of(const twin *t) {
  int64_t size = 1;
  for (int axis = 0; axis < t->rank; axis++)
    size *= t->shape[axis];
  return size;
}

/* The place of element `index` (in C order) of a shape in `t`, which is broadcast to it. */
static double *element(const twin *t, int rank, const int64_t *shape, int64_t index) {
  int64_t offset = t->offset;
  for (int axis = rank - 1; axis >= 0; axis--) {
    int64_t at = index % shape[axis];
    index /= shape[axis];
    int own = axis - (rank - t->rank);
    if (own >= 0 && t->shape[own] != 1) offset += at * t->strides[own];
  }
  return &t->data[offset];
}

static double get(const twin *t, int64_t index) {
  return *element(t, t->rank, t->shape, index);
}

static twin fresh(int rank, const int64_t *shape) {
  twin t = {.rank = rank};
  int64_t stride = 1;
  for (int axis = rank - 1; axis >= 0; axis--) {
    t.shape[axis] = shape[axis];
    t.strides[axis] = stride;
    stride *= shape[axis];
  }
  t.data = new_memory(stride);
  return t;
}

/* Whether the elements lie at one distance from each other, in C order. */
static bool evenly(const twin *t, int64_t *distance) {
  int64_t count = 1;
  *distance = 1;
  for (int axis = t->rank - 1; axis >= 0; axis--) {
    if (t->shape[axis] == 1) continue;
    if (count == 1) *distance = t->strides[axis];
    if (t->strides[axis] != *distance * count) return false;
    count *= t->shape[axis];
  }
  return true;
}

static bool broadcasts(const twin *a, int *rank, int64_t *shape) {
  while (*rank < a->rank) {
    memmove(shape + 1, shape, (size_t)*rank * sizeof(int64_t));
    shape[0] = 1;
    (*rank)++;
  }
  for (int axis = 0; axis < a->rank; axis++) {
    int64_t *extent = &shape[axis + *rank - a->rank];
    if (*extent == 1)
      *extent = a->shape[axis];
    else if (a->shape[axis] != 1 && a->shape[axis] != *extent)
      return false;
  }
  return true;
}

/* ---- slots ----------------------------------------------------------------------------------- */

static int pick(machine *m, int limit) {
  return (int)random_below(&m->random, (uint64_t)limit);
}

static twin *any_slot(machine *m) {
  return &m->slots[pick(m, m->count)];
}

/* The first three slots stay: they are what programs have in common. */
static void put(machine *m, twin result) {
  if (m->count < TWIN_SLOTS)
    m->slots[m->count++] = result;
  else
    m->slots[3 + pick(m, TWIN_SLOTS - 3)] = result;
}

void machine_add(machine *m, int rank, const int64_t *shape, int base) {
  twin t = fresh(rank, shape);
  for (int64_t i = 0; i < size_of(&t); i++)
    t.data[i] = (double)(base + i);
  if (m->scope != NULL) t.array = mfg_from_host(m->scope, MFG_FLOAT64, rank, shape, t.data);
  ck_assert_int_lt(m->count, TWIN_SLOTS);
  m->slots[m->count++] = t;
}

void machine_compare(machine *m, const twin *t, const char *where) {
  if (!m->modelled || t->array == NULL) return;
  int64_t size = size_of(t);
  double *found = new_memory(size);
  ck_assert_int_eq(mfg_array_rank(t->array), t->rank);
  for (int axis = 0; axis < t->rank; axis++)
    ck_assert_int_eq(mfg_array_shape(t->array)[axis], t->shape[axis]);
  CHECK_OK(mfg_to_host(t->array, found, (size_t)size * sizeof(double)));
  for (int64_t i = 0; i < size; i++)
    ck_assert_msg(found[i] == get(t, i), "%s: slot %d, element %lld is %.17g; expected %.17g",
                  where, (int)(t - m->slots), (long long)i, found[i], get(t, i));
}

void machine_compare_all(machine *m, const char *where) {
  for (int i = 0; i < m->count; i++)
    machine_compare(m, &m->slots[i], where);
}

void machine_change_scope(machine *m) {
  for (int i = 0; i < m->count; i++)
    mfg_keep(m->slots[i].array);
  mfg_scope *old = m->scope;
  m->scope = mfg_scope_open(mfg_scope_context(old));
  ck_assert_ptr_nonnull(m->scope);
  for (int i = 0; i < m->count; i++) {
    mfg_array *kept = m->slots[i].array;
    if (kept != NULL) m->slots[i].array = mfg_expand_axis(m->scope, kept, 0);
    if (kept != NULL) m->slots[i].array = mfg_squeeze(m->scope, m->slots[i].array, 0);
    mfg_release(kept);
  }
  CHECK_OK(mfg_scope_close(old));
}

/* ---- elementwise ----------------------------------------------------------------------------- */

static double clamp(double x) {
  return fmin(fmax(x, -64), 64);
}

static mfg_array *clamped(machine *m, mfg_array *array) {
  return mfg_minimum(m->scope, mfg_maximum(m->scope, array, -64.0), 64.0);
}

static double combine(uint32_t operation, double a, double b) {
  switch (operation) {
  case MFG_OP_ADD: return clamp(a + b);
  case MFG_OP_SUBTRACT: return clamp(a - b);
  case MFG_OP_MULTIPLY: return clamp(a * b);
  case MFG_OP_MINIMUM: return fmin(a, b);
  default: return fmax(a, b);
  }
}

static void do_number(machine *m) {
  static const uint32_t operations[] = {MFG_OP_ADD, MFG_OP_MULTIPLY, MFG_OP_MAXIMUM};
  static const double numbers[] = {-1, 0.5, 2, 3, 7, -2};
  const twin a = *any_slot(m);
  uint32_t operation = operations[pick(m, 3)];
  double number = numbers[pick(m, 6)];
  twin r = fresh(a.rank, a.shape);
  for (int64_t i = 0; m->modelled && i < size_of(&r); i++)
    r.data[i] = clamp(combine(operation, get(&a, i), number));
  if (m->scope != NULL)
    r.array = clamped(m, mfg_apply(m->scope, operation, MFG_OPERAND(a.array), MFG_OPERAND(number),
                                   mfg_operand_of_array(NULL)));
  put(m, r);
}

static void do_binary(machine *m) {
  static const uint32_t operations[] = {MFG_OP_ADD, MFG_OP_SUBTRACT, MFG_OP_MINIMUM,
                                        MFG_OP_MAXIMUM};
  const twin a = *any_slot(m);
  const twin b = *any_slot(m);
  uint32_t operation = operations[pick(m, 4)];
  int rank = 0;
  int64_t shape[TWIN_RANK] = {0};
  if (!broadcasts(&a, &rank, shape) || !broadcasts(&b, &rank, shape)) return;
  twin r = fresh(rank, shape);
  for (int64_t i = 0; m->modelled && i < size_of(&r); i++)
    r.data[i] =
        clamp(combine(operation, *element(&a, rank, shape, i), *element(&b, rank, shape, i)));
  if (m->scope != NULL)
    r.array = clamped(m, mfg_apply(m->scope, operation, MFG_OPERAND(a.array), MFG_OPERAND(b.array),
                                   mfg_operand_of_array(NULL)));
  put(m, r);
}

static void do_where(machine *m) {
  const twin a = *any_slot(m);
  const twin b = *any_slot(m);
  const twin c = *any_slot(m);
  int rank = 0;
  int64_t shape[TWIN_RANK] = {0};
  if (!broadcasts(&a, &rank, shape) || !broadcasts(&b, &rank, shape) ||
      !broadcasts(&c, &rank, shape))
    return;
  twin r = fresh(rank, shape);
  for (int64_t i = 0; m->modelled && i < size_of(&r); i++) {
    double x = *element(&a, rank, shape, i);
    double y = *element(&b, rank, shape, i);
    r.data[i] = x < y ? *element(&c, rank, shape, i) : x;
  }
  if (m->scope != NULL)
    r.array = mfg_where(m->scope, mfg_less(m->scope, a.array, b.array), c.array, a.array);
  put(m, r);
}

/* ---- along axes ------------------------------------------------------------------------------ */

/* The index at which a shift looks, or -1 for the fill. */
static int64_t moved(int64_t j, int64_t n, int boundary) {
  if (j >= 0 && j < n) return j;
  switch (boundary) {
  case MFG_BOUNDARY_WRAP: return ((j % n) + n) % n;
  case MFG_BOUNDARY_CLAMP: return j < 0 ? 0 : n - 1;
  case MFG_BOUNDARY_MIRROR: {
    int64_t k = ((j % (2 * n)) + 2 * n) % (2 * n);
    return k < n ? k : 2 * n - 1 - k;
  }
  default: return -1;
  }
}

static void do_shift(machine *m) {
  const twin a = *any_slot(m);
  if (a.rank == 0) return;
  int axis = pick(m, a.rank);
  int64_t offset = pick(m, 13) - 6;
  int boundary = MFG_BOUNDARY_WRAP + pick(m, 4);
  double fill = pick(m, 5) - 2;
  twin r = fresh(a.rank, a.shape);
  for (int64_t i = 0; m->modelled && i < size_of(&r); i++) {
    int64_t at = i / r.strides[axis] % r.shape[axis];
    int64_t from = moved(at + offset, r.shape[axis], boundary);
    r.data[i] = from < 0 ? fill : get(&a, i + (from - at) * r.strides[axis]);
  }
  if (m->scope != NULL) r.array = mfg_shift(m->scope, a.array, axis, offset, boundary, fill);
  put(m, r);
}

static double reduce_step(uint32_t operation, double sum, double x) {
  return operation == MFG_REDUCE_SUM   ? sum + x
         : operation == MFG_REDUCE_MIN ? fmin(sum, x)
                                       : fmax(sum, x);
}

static void do_reduce(machine *m) {
  static const uint32_t operations[] = {MFG_REDUCE_SUM, MFG_REDUCE_MIN, MFG_REDUCE_MAX};
  const twin a = *any_slot(m);
  uint32_t operation = operations[pick(m, 3)];
  uint32_t axes = (uint32_t)pick(m, 1 << a.rank);
  bool keep = pick(m, 2) == 0;
  twin wide = a;
  int64_t shape[TWIN_RANK];
  int rank = 0;
  for (int axis = 0; axis < a.rank; axis++) {
    bool reduced = (axes & MFG_AXIS(axis)) != 0;
    if (reduced) wide.shape[axis] = 1;
    if (keep || !reduced) shape[rank++] = wide.shape[axis];
  }
  twin r = fresh(rank, shape);
  /* The result once more, with the rank of the argument, to address it by the argument's index. */
  twin sums = fresh(a.rank, wide.shape);
  sums.data = r.data;
  for (int64_t i = 0; i < size_of(&sums); i++)
    sums.data[i] = operation == MFG_REDUCE_SUM ? 0 : operation == MFG_REDUCE_MIN ? 1e9 : -1e9;
  for (int64_t i = 0; m->modelled && i < size_of(&a); i++) {
    double *sum = element(&sums, a.rank, a.shape, i);
    *sum = reduce_step(operation, *sum, get(&a, i));
  }
  for (int64_t i = 0; i < size_of(&r); i++)
    r.data[i] = clamp(r.data[i]);
  if (m->scope != NULL) r.array = clamped(m, mfg_reduce(m->scope, operation, a.array, axes, keep));
  put(m, r);
}

static void do_scan(machine *m) {
  const twin a = *any_slot(m);
  if (a.rank == 0) return;
  int axis = pick(m, a.rank);
  twin r = fresh(a.rank, a.shape);
  for (int64_t i = 0; m->modelled && i < size_of(&r); i++) {
    bool first = i / r.strides[axis] % r.shape[axis] == 0;
    r.data[i] = get(&a, i) + (first ? 0 : r.data[i - r.strides[axis]]);
  }
  for (int64_t i = 0; i < size_of(&r); i++)
    r.data[i] = clamp(r.data[i]);
  if (m->scope != NULL) r.array = clamped(m, mfg_cumulative_sum(m->scope, a.array, axis));
  put(m, r);
}

/* ---- views ----------------------------------------------------------------------------------- */

static twin slice(machine *m, const twin *a, int axis, int64_t first, int64_t count, int64_t step) {
  twin r = *a;
  r.offset += first * a->strides[axis];
  r.strides[axis] *= step;
  r.shape[axis] = count;
  int64_t stop = first + count * step;
  if (m->scope != NULL)
    r.array = mfg_slice(m->scope, a->array, axis, first, stop < 0 ? MFG_SLICE_END : stop, step);
  return r;
}

/* A random part of an axis, of `count` elements. */
static twin random_slice(machine *m, const twin *a, int axis, int64_t count) {
  int64_t n = a->shape[axis];
  int64_t step = count > 1 && (count - 1) * 2 < n && pick(m, 2) == 0 ? 2 : 1;
  int64_t first = pick(m, (int)(n - (count - 1) * step));
  if (pick(m, 2) == 0) return slice(m, a, axis, first, count, step);
  return slice(m, a, axis, first + (count - 1) * step, count, -step);
}

static void do_slice(machine *m) {
  const twin a = *any_slot(m);
  if (a.rank == 0) return;
  int axis = pick(m, a.rank);
  put(m, random_slice(m, &a, axis, 1 + pick(m, (int)a.shape[axis])));
}

static void do_permute(machine *m) {
  const twin a = *any_slot(m);
  int axes[TWIN_RANK];
  for (int axis = 0; axis < a.rank; axis++)
    axes[axis] = a.rank - 1 - axis;
  twin r = a;
  for (int axis = 0; axis < a.rank; axis++) {
    r.shape[axis] = a.shape[axes[axis]];
    r.strides[axis] = a.strides[axes[axis]];
  }
  if (m->scope != NULL) r.array = mfg_permute(m->scope, a.array, axes);
  put(m, r);
}

static void do_at(machine *m) {
  const twin a = *any_slot(m);
  if (a.rank == 0) return;
  int axis = pick(m, a.rank);
  int64_t index = pick(m, (int)a.shape[axis]);
  twin r = a;
  r.offset += index * a.strides[axis];
  r.rank--;
  for (int i = axis; i < r.rank; i++) {
    r.shape[i] = a.shape[i + 1];
    r.strides[i] = a.strides[i + 1];
  }
  if (m->scope != NULL) r.array = mfg_at(m->scope, a.array, axis, index);
  put(m, r);
}

static void do_flatten(machine *m) {
  const twin a = *any_slot(m);
  int64_t size = size_of(&a);
  twin r = fresh(1, &size);
  int64_t distance = 1;
  if (evenly(&a, &distance)) {
    r.data = a.data;
    r.offset = a.offset;
    r.strides[0] = distance;
  } else {
    for (int64_t i = 0; m->modelled && i < size; i++)
      r.data[i] = get(&a, i);
  }
  if (m->scope != NULL) r.array = mfg_reshape(m->scope, a.array, 1, SHAPE(-1));
  put(m, r);
}

/* The same values in memory of their own, by calls that have nothing to compute. */
static void do_same(machine *m) {
  const twin a = *any_slot(m);
  int way = pick(m, 4);
  twin r = fresh(a.rank, a.shape);
  for (int64_t i = 0; m->modelled && i < size_of(&r); i++)
    r.data[i] = get(&a, i);
  if (m->scope != NULL)
    r.array = way == 0                  ? mfg_copy(m->scope, a.array)
              : way == 1                ? mfg_astype(m->scope, a.array, MFG_FLOAT64)
              : way == 2 || a.rank == 0 ? mfg_reduce(m->scope, MFG_REDUCE_SUM, a.array, 0, false)
                                        : mfg_shift(m->scope, a.array, 0, 0, MFG_BOUNDARY_WRAP, 0);
  put(m, r);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void assign(machine *m, const twin *target, const twin *source) {
  int64_t size = size_of(target);
  if (m->modelled) {
    double *values = new_memory(size);
    for (int64_t i = 0; i < size; i++)
      values[i] = *element(source, target->rank, target->shape, i);
    for (int64_t i = 0; i < size; i++)
      *element(target, target->rank, target->shape, i) = values[i];
  }
  if (m->scope != NULL) mfg_assign(m->scope, target->array, source->array);
}

static bool fits(const twin *target, const twin *source) {
  int rank = target->rank;
  int64_t shape[TWIN_RANK];
  memcpy(shape, target->shape, sizeof shape);
  return source->rank <= rank && broadcasts(source, &rank, shape) &&
         memcmp(shape, target->shape, (size_t)rank * sizeof(int64_t)) == 0;
}

static void do_assign(machine *m) {
  const twin target = *any_slot(m);
  const twin source = *any_slot(m);
  if (fits(&target, &source)) assign(m, &target, &source);
}

/* a[these] = a[those] (+ 1), the two parts of one length. */
static void do_move_inside(machine *m) {
  const twin a = *any_slot(m);
  if (a.rank == 0) return;
  int axis = pick(m, a.rank);
  int64_t count = 1 + pick(m, (int)a.shape[axis]);
  const twin target = random_slice(m, &a, axis, count);
  twin source = random_slice(m, &a, axis, count);
  if (pick(m, 2) == 0) {
    twin more = fresh(source.rank, source.shape);
    for (int64_t i = 0; m->modelled && i < size_of(&more); i++)
      more.data[i] = clamp(get(&source, i) + 1);
    if (m->scope != NULL) more.array = clamped(m, mfg_add(m->scope, source.array, 1));
    source = more;
  }
  assign(m, &target, &source);
}

/* Two targets at once; they are different storage, as the call demands. */
static void do_assign_many(machine *m) {
  const twin targets[2] = {*any_slot(m), *any_slot(m)};
  const twin sources[2] = {*any_slot(m), *any_slot(m)};
  if (targets[0].data == targets[1].data || !fits(&targets[0], &sources[0]) ||
      !fits(&targets[1], &sources[1]))
    return;
  if (m->modelled) {
    twin saved = fresh(sources[1].rank, sources[1].shape);
    for (int64_t i = 0; i < size_of(&saved); i++)
      saved.data[i] = get(&sources[1], i);
    machine model = {.modelled = true};
    assign(&model, &targets[0], &sources[0]);
    assign(&model, &targets[1], &saved);
  }
  mfg_array *const into[2] = {targets[0].array, targets[1].array};
  mfg_array *const from[2] = {sources[0].array, sources[1].array};
  if (m->scope != NULL) mfg_assign_many(m->scope, 2, into, from);
}

static void do_eval(machine *m) {
  const twin *a = any_slot(m);
  const twin *b = any_slot(m);
  const twin *c = any_slot(m);
  mfg_array *const arrays[3] = {a->array, b->array, c->array};
  if (m->scope != NULL) mfg_eval_many(m->scope, 3, arrays);
}

static void do_compare(machine *m) {
  const twin *a = any_slot(m);
  if (!m->recording && m->scope != NULL) machine_compare(m, a, "on the way");
}

/* ---- repeats --------------------------------------------------------------------------------- */

typedef struct repeat_program {
  const machine *outer;
  uint64_t random;
  int steps;
  int turns;
  mfg_array *counter;
} repeat_program;

static void run_turn(machine *inner, const repeat_program *program) {
  inner->random = program->random;
  inner->repeats = false;
  machine_run(inner, program->steps);
}

static mfg_array *run_body(mfg_scope *scope, void *user) {
  const repeat_program *program = user;
  machine inner = *program->outer;
  inner.scope = scope;
  inner.modelled = false;
  mfg_assign(scope, program->counter, mfg_add(scope, program->counter, 1));
  run_turn(&inner, program);
  return mfg_greater_equal(scope, program->counter, program->turns);
}

static void do_repeat(machine *m) {
  repeat_program program = {
      .outer = m, .steps = 1 + pick(m, 6), .turns = 1 + pick(m, 3), .random = m->random};
  pick(m, 2);
  if (!m->repeats) return;
  if (m->scope != NULL) {
    program.counter = mfg_zeros(m->scope, MFG_INT64, 0, NULL);
    mfg_repeat(m->scope, 5, run_body, &program);
  }
  for (int turn = 0; m->modelled && turn < program.turns; turn++) {
    machine inner = *m;
    inner.scope = NULL;
    run_turn(&inner, &program);
  }
}

/* ---- programs -------------------------------------------------------------------------------- */

typedef struct weighted {
  int weight;
  void (*act)(machine *);
} weighted;

static const weighted acts[] = {
    {3, do_number},  {4, do_binary}, {2, do_where},       {4, do_shift},       {2, do_reduce},
    {1, do_scan},    {2, do_slice},  {1, do_permute},     {1, do_at},          {1, do_flatten},
    {2, do_same},    {5, do_assign}, {4, do_move_inside}, {2, do_assign_many}, {1, do_eval},
    {1, do_compare}, {1, do_repeat}};

void machine_run(machine *m, int steps) {
  int total = 0;
  for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
    total += acts[i].weight;
  for (int step = 0; step < steps; step++) {
    int left = pick(m, total);
    size_t act = 0;
    while (left >= acts[act].weight)
      left -= acts[act++].weight;
    acts[act].act(m);
    if (m->scope != NULL)
      ck_assert_msg(mfg_scope_status(m->scope) == MFG_OK, "step %d, act %zu: %s", step, act,
                    mfg_last_error());
  }
}
