/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "programs.h"

#include <mfg/solver.h>

#define SHAPE(...) ((const int64_t[]){__VA_ARGS__})

enum { CELLS = 24, COLUMNS = 4 };

static mfg_array *waves(mfg_scope *s) {
  return mfg_sin(s, mfg_linspace(s, MFG_FLOAT64, 0.5, 7.5, CELLS, true));
}

static mfg_status elementwise(mfg_context *context, double *result) {
  mfg_scope *s = mfg_scope_open(context);
  static const double weights[] = {1.5, -2.0, 0.25};
  mfg_array *u = mfg_copy(s, waves(s));
  mfg_array *right = mfg_shift(s, u, 0, 1, MFG_BOUNDARY_WRAP, 0);
  mfg_array *left = mfg_shift(s, u, 0, -1, MFG_BOUNDARY_CONSTANT, 3.25);
  mfg_array *w = mfg_from_host(s, MFG_FLOAT64, 2, SHAPE(3, 1), weights);
  mfg_array *v = mfg_where(s, mfg_less(s, left, right), mfg_mul(s, u, w), mfg_exp(s, left));
  mfg_eval(s, v);
  mfg_assign(s, u, mfg_add(s, u, mfg_sum(s, v, MFG_AXIS(0))));
  *result = mfg_item(s, mfg_sum(s, u, MFG_ALL_AXES));
  return mfg_scope_close(s);
}

static mfg_status reductions(mfg_context *context, double *result) {
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *u = mfg_reshape(s, mfg_copy(s, waves(s)), 2, SHAPE(-1, COLUMNS));
  mfg_array *centred = mfg_sub(s, u, mfg_mean(s, u, MFG_AXIS(0), true));
  mfg_array *sums = mfg_cumulative_sum(s, mfg_mul(s, centred, centred), 0);
  mfg_array *place = mfg_argmax(s, mfg_abs(s, u), MFG_ALL_AXES);
  *result = mfg_item(s, mfg_max(s, sums, MFG_ALL_AXES)) + mfg_item(s, place);
  if (mfg_item(s, mfg_has_nan_or_inf(s, sums)) != 0.0) *result = -1.0;
  return mfg_scope_close(s);
}

static mfg_status line_solve(mfg_context *context, double *result) {
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *rows = mfg_reshape(s, mfg_copy(s, waves(s)), 2, SHAPE(COLUMNS, -1));
  mfg_array *open =
      mfg_line_solve(s, -1.0, mfg_add(s, mfg_abs(s, rows), 3.0), -1.0, rows, 1, false);
  mfg_array *ring = mfg_line_solve(s, -0.5, 4.0, -1.25, open, 1, true);
  mfg_array *kept = mfg_zeros_like(s, rows);
  mfg_array *size = mfg_zeros(s, MFG_FLOAT64, 0, NULL);
  mfg_array *targets[] = {kept, size};
  mfg_array *sources[] = {ring, mfg_max(s, mfg_abs(s, ring), MFG_ALL_AXES)};
  mfg_assign_many(s, 2, targets, sources);
  *result = mfg_item(s, mfg_sum(s, kept, MFG_ALL_AXES)) + mfg_item(s, size);
  return mfg_scope_close(s);
}

static mfg_status views(mfg_context *context, double *result) {
  mfg_scope *s = mfg_scope_open(context);
  static const int64_t order[] = {3, -1, 0, 2};
  mfg_array *u = mfg_reshape(s, mfg_copy(s, waves(s)), 2, SHAPE(-1, COLUMNS));
  mfg_array *pending = mfg_mul(s, u, 2.0);
  mfg_assign(s, mfg_slice(s, u, 0, 1, MFG_SLICE_END, 2), mfg_at(s, u, 0, 0));
  mfg_array *turned = mfg_permute(s, u, (const int[]){1, 0});
  mfg_array *flat = mfg_reshape(s, turned, 1, SHAPE(-1));
  mfg_array *index = mfg_from_host(s, MFG_INT64, 1, SHAPE(4), order);
  mfg_array *taken = mfg_take(s, mfg_flip(s, turned, 1), index, 0);
  mfg_array *parts[] = {flat, mfg_reshape(s, taken, 1, SHAPE(-1)),
                        mfg_reshape(s, pending, 1, SHAPE(-1))};
  mfg_array *joined = mfg_concat(s, 3, parts, 0);
  mfg_array *layers[] = {flat, parts[2]};
  mfg_array *stacked = mfg_stack(s, 2, layers, 0);
  double values[3 * CELLS] = {0};
  if (joined != NULL)
    mfg_scope_fail(s, mfg_to_host(joined, values, sizeof values), mfg_last_error());
  *result = mfg_item(s, mfg_sum(s, stacked, MFG_ALL_AXES));
  for (size_t i = 0; i < 3 * CELLS; i++)
    *result += values[i] * (double)(i + 1);
  return mfg_scope_close(s);
}

typedef struct halving {
  mfg_array *u;
  mfg_array *steps;
} halving;

static mfg_array *halve(mfg_scope *s, void *user) {
  const halving *these = user;
  mfg_array *targets[] = {these->u, these->steps};
  mfg_array *sources[] = {mfg_mul(s, these->u, 0.5), mfg_add(s, these->steps, 1.0)};
  if (mfg_assign_many(s, 2, targets, sources) != MFG_OK) return NULL;
  return mfg_less(s, mfg_max(s, mfg_abs(s, these->u), MFG_ALL_AXES), 1e-3);
}

static void record(mfg_scope *s, const halving *these, mfg_array *source) {
  mfg_array *old = mfg_add(s, these->u, 0.0);
  mfg_assign(s, these->u, mfg_add(s, source, mfg_sum(s, source, MFG_ALL_AXES)));
  mfg_repeat(s, 40, halve, (void *)(uintptr_t)these);
  mfg_assign(s, these->u, mfg_add(s, these->u, mfg_mul(s, old, 1e-3)));
}

static mfg_status recordings(mfg_context *context, double *result) {
  mfg_scope *s = mfg_scope_open(context);
  halving these = {mfg_copy(s, waves(s)), mfg_zeros(s, MFG_FLOAT64, 0, NULL)};
  mfg_array *source = mfg_copy(s, waves(s));
  mfg_status status = mfg_scope_status(s);
  mfg_recording *recording = NULL;
  if (status == MFG_OK) status = mfg_record_begin(context);
  if (status == MFG_OK) {
    record(s, &these, source);
    status = mfg_record_end(context, &recording);
  }
  for (int i = 0; i < 2 && status == MFG_OK; i++)
    status = mfg_replay(recording);
  mfg_recording_release(recording);
  if (status != MFG_OK) mfg_scope_fail(s, status, mfg_last_error());
  *result = mfg_item(s, mfg_sum(s, these.u, MFG_ALL_AXES)) + mfg_item(s, these.steps);
  return mfg_scope_close(s);
}

/* What looks through integer arrays and masks, and orders. */
static mfg_status orders(mfg_context *context, double *result) {
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *u = mfg_copy(s, waves(s));
  mfg_array *order = mfg_argsort(s, u, 0, true);
  mfg_array *sorted = mfg_sort(s, u, 0, false);
  mfg_array *places = mfg_searchsorted(s, sorted, mfg_mul(s, u, 0.5), false, NULL);
  mfg_array *high = mfg_at_mask(s, u, mfg_greater(s, u, 0.25));
  mfg_array *values = NULL;
  mfg_array *counts = NULL;
  mfg_unique(s, mfg_floor(s, mfg_mul(s, u, 4.0)), &values, NULL, NULL, &counts);
  mfg_assign_at_indices(s, u, 1, &order, mfg_mul(s, sorted, 2.0));
  mfg_assign_at_mask(s, u, mfg_less(s, u, -1.0), high == NULL ? -1.0 : 1.0);
  mfg_array *part =
      mfg_view(s, mfg_reshape(s, u, 2, SHAPE(-1, COLUMNS)), MFG_EVERY_BY(-2), MFG_AT(1));
  *result = mfg_item(s, mfg_sum(s, part, MFG_ALL_AXES)) +
            mfg_item(s, mfg_sum(s, mfg_mul(s, places, places), MFG_ALL_AXES)) +
            mfg_item(s, mfg_sum(s, high, MFG_ALL_AXES)) +
            mfg_item(s, mfg_sum(s, mfg_mul(s, counts, counts), MFG_ALL_AXES));
  return mfg_scope_close(s);
}

static mfg_status products(mfg_context *context, double *result) {
  enum { ROWS = 8, TERMS = 9 };
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *tiled = mfg_tile(s, waves(s), 1, SHAPE(3));
  mfg_array *a = mfg_reshape(s, tiled, 2, SHAPE(ROWS, TERMS));
  mfg_array *square = mfg_matmul(s, a, mfg_matrix_transpose(s, a));
  mfg_array *lower = mfg_tril(s, square, 0);
  mfg_array *spread = mfg_std(s, lower, MFG_AXIS(1), 1.0, false);
  mfg_array *running = mfg_cumulative(s, MFG_REDUCE_SUM, spread, 0, 0, true);
  mfg_array *turned = mfg_roll(s, mfg_repeat_elements(s, running, 2, 0), 3, MFG_NO_AXIS);
  mfg_array *square_end = mfg_at(s, mfg_slice(s, square, 0, 0, 1, 1), 1, 0);
  mfg_array *grids[2] = {NULL, NULL};
  mfg_meshgrid(s, 2, (mfg_array *[]){turned, running}, true, grids);
  *result = mfg_item(s, mfg_sum(s, mfg_mul(s, grids[0], grids[1]), MFG_ALL_AXES)) +
            mfg_item(s, mfg_vecdot(s, running, mfg_diff(s, running, 0, 1, NULL, square_end), -1));
  return mfg_scope_close(s);
}

const named_program array_programs[] = {{"elementwise", elementwise}, {"reductions", reductions},
                                        {"line solve", line_solve},   {"views", views},
                                        {"recordings", recordings},   {"orders", orders},
                                        {"products", products}};
const size_t array_program_count = sizeof array_programs / sizeof *array_programs;

static mfg_status make_problem(mfg_problem **problem) {
  static const struct {
    int field;
    const char *text;
  } fields[] = {{MFG_PROBLEM_HORIZON, "0.5"},
                {MFG_PROBLEM_STEPS, "3"},
                {MFG_PROBLEM_VISCOSITY, "nu"},
                {MFG_PROBLEM_HAMILTONIAN, "0.5*|p|^2"},
                {MFG_PROBLEM_COUPLING, "0.5*m - sin(2*pi*x) + 0.1*mean(x)"},
                {MFG_PROBLEM_INITIAL_DENSITY, "1 + 0.5*cos(2*pi*x)"}};
  mfg_problem_axis axis = {.struct_size = sizeof axis, .lower = "0", .upper = "1", .cells = "12"};
  mfg_status status = mfg_problem_create(problem);
  if (status == MFG_OK) status = mfg_problem_set_parameter(*problem, "nu", "1/10");
  if (status == MFG_OK) status = mfg_problem_add_axis(*problem, &axis);
  for (size_t i = 0; i < sizeof fields / sizeof *fields && status == MFG_OK; i++)
    status = mfg_problem_set(*problem, fields[i].field, fields[i].text);
  return status;
}

mfg_status small_solve(mfg_context *context, double *number) {
  mfg_problem *problem = NULL;
  mfg_result *result = NULL;
  mfg_state *state = NULL;
  mfg_solver_options options = {.struct_size = sizeof options, .tolerance = 1e-3};
  double values[4 * 12] = {0};
  mfg_status status = make_problem(&problem);
  if (status == MFG_OK) status = mfg_problem_check(problem);
  if (status == MFG_OK) status = mfg_solve(context, problem, &options, &result);
  if (status == MFG_OK) status = mfg_result_state(result, &state);
  if (status == MFG_OK) status = mfg_result_read(result, MFG_RESULT_DENSITY, 0, 4, values);
  mfg_state_release(state);
  mfg_result_release(result);
  mfg_problem_release(problem);
  for (size_t i = 0; i < 4 * 12; i++)
    *number += values[i] * (double)(i + 1);
  return status;
}
