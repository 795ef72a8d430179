/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sweep, recorded and not. */
#include "coupling/gmres.h"
#include "system/linear.h"
#include "system_tests.h"

/* No number inside the obstacle that it is used with. */
#define WALL "(x > 0.8 && x < 1.2 && y > 0.5 ? 0 : 1)"

static const setup_texts cases[] = {
    {1, MFG_AXIS_PERIODIC, 33, 9, "0.5*|p|^2", "0.2*m - sin(pi*x)", "cos(pi*x)",
     "1 + 0.5*cos(pi*x)", NULL},
    {1, MFG_AXIS_NO_FLUX, 24, 7, "(1 + 0.1*x)*|p|^2 + sin(x - t)*p + t*x",
     "x^2 + (x - 0.8*mean(x))^2 + exp(-t)*m", "(x - mean(x))^2 + 0.1*m", "exp(-4*(x - 1)^2)", NULL},
    {1, MFG_AXIS_NO_FLUX, 24, 7, "|p|^2/(1 + m)", "t*m + integral(m^2*x)", "x > 1 ? 1 : 0", "x < 1",
     NULL},
    {2, MFG_AXIS_NO_FLUX, 12, 4, "0.5*|p|^2 + y*px - t*py", "0.2*m + x*mean(y)", "(x - y)^2",
     "1 + x*y", NULL},
    {3, MFG_AXIS_PERIODIC, 9, 3, "0.5*px^2 + 0.2*py^2 + 0.3*pz^2", "0.2*m", "cos(pi*x)*y",
     "1 + 0.5*cos(2*pi*z)", NULL},
    {1, MFG_AXIS_EXIT, 24, 7, "0.5*|p|^2 + sin(x)*p", "0.2*m + integral(x)", "x", "1 + x",
     "x > 1 && x < 1.5"},
    {2, MFG_AXIS_EXIT, 12, 4, "0.5*|p|^2/" WALL "+ y*px", "0.2*m + mean(y/" WALL ")", "y/" WALL,
     "(1 + x*y)/" WALL, "x > 0.8 && x < 1.2 && y > 0.5"},
};
enum { CASES = sizeof cases / sizeof *cases };

typedef struct bits {
  double *u, *m;
  mfg_residual residual;
  size_t bytes;
} bits;

static bits sweep(mfg_system *system) {
  bits b;
  mfg_status status = mfg_system_sweep(system, &b.residual);
  ck_assert_msg(status == MFG_OK, "%s", mfg_last_error());
  b.u = to_host(system->u);
  b.m = to_host(system->m_out);
  b.bytes = (size_t)mfg_array_size(system->u) * sizeof(double);
  return b;
}

static void release(bits *b) {
  free(b->u);
  free(b->m);
}

static void same(const bits *a, const bits *b) {
  ck_assert_mem_eq(a->u, b->u, a->bytes);
  ck_assert_mem_eq(a->m, b->m, a->bytes);
  ck_assert_mem_eq(&a->residual, &b->residual, sizeof a->residual);
}

/* One system records its sweep and replays it with other numbers; the other runs every call. */
START_TEST(replay_has_the_bits_of_eager_running) {
  setup recorded, eager;
  setup_create(&recorded, &cases[_i]);
  setup_create(&eager, &cases[_i]);
  ck_assert_int_eq(mfg_system_record(&recorded.system, false), MFG_OK);
  static const double numbers[][2] = {{0.07, 1.0 / 9}, {0.3, 0.05}, {0.001, 0.2}, {0, 0.1}};
  bits last = {0};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    ck_assert_int_eq(mfg_system_set_parameters(&recorded.system, numbers[i][0], numbers[i][1]),
                     MFG_OK);
    ck_assert_int_eq(mfg_system_set_parameters(&eager.system, numbers[i][0], numbers[i][1]),
                     MFG_OK);
    bits replayed = sweep(&recorded.system), run = sweep(&eager.system);
    same(&replayed, &run);
    if (last.u) /* and the numbers did matter */
      ck_assert_mem_ne(last.u, replayed.u, last.bytes);
    release(&last);
    last = replayed;
    release(&run);
  }
  release(&last);
  setup_release(&recorded);
  setup_release(&eager);
}
END_TEST

/* A sweep leaves nothing in its own equations, and in the others what m_in and m_out differ by. */
START_TEST(sweep_solves_its_equations) {
  setup made;
  setup_create(&made, &cases[_i]);
  mfg_system *system = &made.system;
  bits b = sweep(system);
  ck_assert_double_gt(b.residual.value_function, 1e-3);
  /* m_out answers to u exactly, but for a Hamiltonian that was taken at m_in */
  ck_assert((b.residual.density > 1e-3) == (_i == 2));
  release(&b);
  for (int i = 0; i < 200 && b.residual.larger > 1e-11; i++) { /* damped Picard */
    mfg_scope *s = mfg_scope_open(context);
    mfg_array *sum = mfg_add(s, system->m_in, mfg_system_whole(s, system, system->m_out));
    mfg_assign(s, system->m_in, mfg_mul(s, sum, 0.5));
    ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
    b = sweep(system);
    release(&b);
  }
  ck_assert_double_le(b.residual.larger, 1e-11);
  mfg_measures measures;
  ck_assert_int_eq(mfg_system_measure(system, &measures), MFG_OK);
  ck_assert_double_le(measures.mass_error, 1e-13);
  ck_assert_double_ge(measures.least, 0);
  setup_release(&made);
}
END_TEST

/* Whose derivative is taken: local and nonlocal costs, also nested, and a drift. */
static const setup_texts smooth[] = {
    {1, MFG_AXIS_PERIODIC, 24, 6, "0.5*|p|^2", "m^2 - sin(pi*x)", "m*cos(pi*x)",
     "1 + 0.5*cos(pi*x)", NULL},
    {1, MFG_AXIS_NO_FLUX, 24, 6, "(1 + 0.1*x)*|p|^2 + sin(x - t)*p + t*x*m",
     "x^2 + (x - 0.8*mean(x))^2 + exp(-t)*m", "(x - mean(x))^2 + 0.1*m", "exp(-4*(x - 1)^2)", NULL},
    {1, MFG_AXIS_NO_FLUX, 24, 6, "|p|^2 - p", "mean((x - mean(x))^2)*m + integral(m^2*x)*x",
     "mean((x - 2*mean(x))^2 + m*x)*x", "1 + x", NULL},
    {1, MFG_AXIS_PERIODIC, 24, 6, "|p|^2", "0", "cos(pi*x)", "1", NULL},
    {2, MFG_AXIS_NO_FLUX, 8, 3, "0.5*|p|^2 + y*px - t*py + t*x*m", "0.2*m^2 + x*mean(y)",
     "(x - y)^2 + 0.1*m", "1 + x*y", NULL},
    {3, MFG_AXIS_PERIODIC, 7, 2, "0.5*px^2 + 0.2*py^2 + 0.3*pz^2", "m^2",
     "cos(pi*x + 1)*y + 0.1*m*z", "1 + 0.5*cos(2*pi*z)", NULL},
    {1, MFG_AXIS_EXIT, 24, 6, "0.5*|p|^2 + sin(x)*p", "m^2 + mean(x)", "m*cos(pi*x) + x", "1 + x",
     "x > 1 && x < 1.5"},
    {2, MFG_AXIS_EXIT, 8, 3, "0.5*|p|^2 + y*px", "m^2 + log(m)*mean(y)", "(x - 0.7*y)^2 + 0.1*m",
     "1 + x*y", "x > 0.8 && x < 1.2 && y > 0.5"},
    {1, MFG_AXIS_NO_FLUX, 24, 6, "|p|^2/(1 + m) + sin(x - t)*p*(1 + m)", "0.2*m + x", "x^2",
     "1 + x", NULL},
    {2, MFG_AXIS_NO_FLUX, 8, 3, "0.5*|p|^2/(1 + m)^2 + (y + 0.1*m)*px", "0.2*m",
     "(x - y)^2 + 0.1*m", "1 + x*y", "x > 0.8 && x < 1.2 && y > 0.5"},
};
enum { SMOOTH = sizeof smooth / sizeof *smooth };

/* m_out where m_in is its starting value plus `size` times the direction. */
static double *image_of(setup *made, const double *direction, double size) {
  mfg_system *system = &made->system;
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *v = mfg_from_host(s, MFG_FLOAT64, system->rank, system->levels_shape, direction);
  mfg_assign(s, system->m_in, mfg_add(s, system->initial_density, mfg_mul(s, v, size)));
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  mfg_residual residual;
  ck_assert_int_eq(mfg_system_sweep(system, &residual), MFG_OK);
  s = mfg_scope_open(context);
  double *image = to_host(mfg_system_whole(s, system, system->m_out));
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  return image;
}

START_TEST(derivative_of_the_sweep) {
  setup made;
  setup_create(&made, &smooth[_i]);
  size_t count = (size_t)mfg_array_size(made.system.m_in);
  double *direction = calloc(count, sizeof *direction);
  ck_assert_ptr_nonnull(direction);
  size_t cells = (size_t)mfg_grid_cell_count(&made.model.grid);
  double *density = to_host(made.system.initial_density);
  for (size_t k = cells; k < count; k++)
    direction[k] = density[k % cells] > 0 ? random_number() : 0; /* obstacles stay empty */
  free(density);
  const double size = 1e-5;
  double *above = image_of(&made, direction, size), *below = image_of(&made, direction, -size);
  free(image_of(&made, direction, 0));
  mfg_linear linear;
  ck_assert_int_eq(mfg_linear_create(&made.system, &linear), MFG_OK);
  mfg_scope *s = mfg_scope_open(context);
  mfg_linear_take(s, &linear, made.system.m_in);
  mfg_assign(s, linear.direction,
             mfg_from_host(s, MFG_FLOAT64, made.system.rank, made.system.levels_shape, direction));
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  ck_assert_int_eq(mfg_linear_apply(&linear, false), MFG_OK);
  double *eager = to_host(linear.image);
  ck_assert_int_eq(mfg_linear_apply(&linear, true), MFG_OK);
  double *replayed = to_host(linear.image);
  ck_assert_mem_eq(eager, replayed, count * sizeof *eager);
  double most = 0;
  for (size_t k = 0; k < count; k++) {
    double quotient = direction[k] - (above[k] - below[k]) / (2 * size);
    most = fmax(most, fabs(quotient - direction[k]));
    ck_assert_double_eq_tol(eager[k], quotient, 2e-6);
  }
  ck_assert(_i == 3 ? most < 1e-9 : most > 1e-3);
  free(direction);
  free(above);
  free(below);
  free(eager);
  free(replayed);
  mfg_linear_release(&linear);
  setup_release(&made);
}
END_TEST

typedef struct operation {
  mfg_linear linear;
  int applications;
} operation;

static mfg_status apply(void *user) {
  operation *o = user;
  o->applications++;
  return mfg_linear_apply(&o->linear, false);
}

/* |operator(direction) - right|/|right| */
static double relative_residual(operation *o, const mfg_array *right) {
  ck_assert_int_eq(mfg_linear_apply(&o->linear, false), MFG_OK);
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *rest = mfg_sub(s, o->linear.image, right);
  double left = mfg_item(s, mfg_sum(s, mfg_mul(s, rest, rest), MFG_ALL_AXES));
  double all = mfg_item(s, mfg_sum(s, mfg_mul(s, right, right), MFG_ALL_AXES));
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  return sqrt(left / all);
}

/* However little memory there is for its basis. */
START_TEST(linear_system_is_solved) {
  setup made;
  setup_create(&made, &smooth[1]);
  mfg_residual residual;
  ck_assert_int_eq(mfg_system_sweep(&made.system, &residual), MFG_OK);
  operation o = {.applications = 0};
  ck_assert_int_eq(mfg_linear_create(&made.system, &o.linear), MFG_OK);
  mfg_scope *s = mfg_scope_open(context);
  mfg_linear_take(s, &o.linear, made.system.m_in);
  mfg_array *right = random_array(s, made.system.rank, made.system.levels_shape);
  mfg_gmres gmres = {.length = _i};
  ck_assert_int_eq(
      mfg_gmres_solve(context, &gmres, apply, &o, o.linear.direction, o.linear.image, right, 1e-9),
      MFG_OK);
  ck_assert_int_le(o.applications, _i ? 60 : 20);
  ck_assert_int_gt(o.applications, 8);
  ck_assert_double_le(relative_residual(&o, right), 1.1e-9);
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  mfg_gmres_release(&gmres);
  mfg_linear_release(&o.linear);
  setup_release(&made);
}
END_TEST

/* From a u that is off by `size` the step of Newton's method lands at one that is off by its
 * square. */
static double after_a_step(setup *made, const mfg_array *solution, const mfg_array *off,
                           double size) {
  mfg_system *system = &made->system;
  operation o = {.applications = 0};
  mfg_gmres gmres = {.length = 0};
  mfg_residual residual;
  mfg_scope *s = mfg_scope_open(context);
  mfg_assign(s, system->u, mfg_add(s, solution, mfg_mul(s, off, size)));
  ck_assert_int_eq(mfg_system_follow(system, &residual), MFG_OK);
  mfg_assign(s, system->m_in, mfg_system_whole(s, system, system->m_out));
  ck_assert_int_eq(mfg_system_write_coefficients(system), MFG_OK);
  ck_assert_int_eq(mfg_linear_create(system, &o.linear), MFG_OK);
  mfg_linear_take(s, &o.linear, mfg_system_whole(s, system, system->m_out));
  ck_assert_int_eq(mfg_linear_start(&o.linear, false), MFG_OK);
  mfg_array *change = mfg_copy(s, o.linear.image);
  ck_assert_int_eq(mfg_gmres_solve(context, &gmres, apply, &o, o.linear.direction, o.linear.image,
                                   change, 1e-12),
                   MFG_OK);
  ck_assert_int_eq(mfg_linear_finish(&o.linear, false), MFG_OK);
  mfg_assign(s, system->u, mfg_add(s, system->u, o.linear.du));
  mfg_assign(s, system->m_in, mfg_add(s, system->m_in, o.linear.direction));
  ck_assert_int_eq(mfg_system_follow(system, &residual), MFG_OK);
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  mfg_gmres_release(&gmres);
  mfg_linear_release(&o.linear);
  return residual.larger;
}

START_TEST(step_of_newton_is_quadratic) {
  setup made;
  setup_create(&made, &smooth[_i]);
  mfg_residual residual;
  mfg_scope *s = mfg_scope_open(context);
  ck_assert_int_eq(mfg_system_sweep(&made.system, &residual), MFG_OK);
  mfg_array *solution = mfg_copy(s, made.system.u);
  mfg_array *zero = mfg_zeros_like(s, solution);
  for (int i = 0; i < 4; i++) { /* from where the method has converged */
    ck_assert_double_ge(after_a_step(&made, solution, zero, 0), 0);
    mfg_assign(s, solution, made.system.u);
  }
  mfg_array *off = random_array(s, made.system.rank, made.system.stages_shape);
  double far = after_a_step(&made, solution, off, 1e-4);
  double near = after_a_step(&made, solution, off, 1e-5);
  ck_assert_double_le(near, far / 50);
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  setup_release(&made);
}
END_TEST

TCase *sweep_tests(void) {
  TCase *tests = tcase_create("sweeps");
  tcase_add_loop_test(tests, replay_has_the_bits_of_eager_running, 0, CASES);
  tcase_add_loop_test(tests, sweep_solves_its_equations, 0, CASES);
  tcase_add_loop_test(tests, derivative_of_the_sweep, 0, SMOOTH);
  for (int length = 0; length <= 8; length += 4)
    tcase_add_loop_test(tests, linear_system_is_solved, length, length + 1);
  tcase_add_loop_test(tests, step_of_newton_is_quadratic, 1, SMOOTH);
  return tests;
}
