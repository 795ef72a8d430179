/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Solving a mean-field game on the device of a context.
 *
 * The discrete system is that of Achdou and Capuzzo-Dolcetta (2010): a monotone upwind Hamiltonian,
 * implicit Euler in time, and a Fokker-Planck step that is the exact transpose of the linearised
 * Hamilton-Jacobi-Bellman step. On several axes each step is split into one implicit stage for each
 * axis, and the Fokker-Planck step into their transposes in the reverse order. So mass is kept to
 * rounding and the density never turns negative, whatever the method that couples the two
 * equations.
 *
 * Threads: mfg_solve uses its context for the duration of the call; a context is used by one thread
 * at a time, several contexts run in parallel. */
#ifndef MFG_SOLVER_H
#define MFG_SOLVER_H

#include <mfg/api.h>
#include <mfg/context.h>
#include <mfg/problem.h>
#include <mfg/result.h>
#include <mfg/state.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How the two equations are coupled. */
enum mfg_method {
  MFG_METHOD_DEFAULT = 0,  /* Newton's */
  MFG_METHOD_NEWTON = 1,   /* Newton-Krylov, with viscosity continuation where it is needed */
  MFG_METHOD_ANDERSON = 2, /* Picard's map, accelerated (Walker and Ni 2011) */
  MFG_METHOD_PICARD = 3,   /* m <- m + damping*(F(m) - m) */
  MFG_METHOD_FICTITIOUS_PLAY = 4,
  MFG_METHOD_POLICY = 5
};

/* Name as in a problem file ("fictitious-play"), NULL for no method; and back, -1 for no name.
 * Static text. */
MFG_API const char *mfg_method_name(int method);
MFG_API int mfg_method_find(const char *name);

/* Where an iteration stands. Borrowed for the duration of the callback. */
typedef struct mfg_progress mfg_progress;
struct mfg_progress {
  size_t struct_size;
  int64_t iteration;       /* done so far */
  int64_t max_iterations;  /* the most that will be done */
  double residual;         /* of the discrete system, after this iteration */
  double residual_value;   /* its two parts: Hamilton-Jacobi-Bellman, */
  double residual_density; /* and Fokker-Planck */
  double tolerance;
  double seconds; /* since mfg_solve was called */
  void *internal; /* for mfg_progress_state */
};

/* Called after each iteration, in the thread of mfg_solve; it must not use the context. Returns
 * true to go on, false to stop: mfg_solve then returns MFG_ERROR_INTERRUPTED with the result so
 * far. */
typedef bool (*mfg_progress_function)(const mfg_progress *progress, void *user);

/* Inside the callback: the state of the iteration, owned by the caller. Costs a copy of u and m to
 * the host. */
MFG_API mfg_status mfg_progress_state(const mfg_progress *progress, mfg_state **state);

/* Zero means "not said here" in every field; set struct_size to sizeof(mfg_solver_options). */
typedef struct mfg_solver_options {
  size_t struct_size;
  int32_t method;         /* enum mfg_method */
  mfg_dtype precision;    /* MFG_FLOAT64 (default) or MFG_FLOAT32 */
  int32_t eager;          /* 1: sweeps are run call by call instead of recorded and replayed */
  double tolerance;       /* on the residual of the discrete system; default 1e-8 */
  int64_t max_iterations; /* default 100; iterations before `start` count, at least one is done */
  double damping;         /* in (0, 1]: part of the new density; Picard: default 0.5, Anderson: 1 */
  int64_t anderson_depth; /* iterates that Anderson's method remembers, 1 .. 20; default 6 */
  const mfg_state *start; /* where to start, see mfg/state.h; default: m(t) = m0 */
  mfg_progress_function progress;
  void *progress_user;
} mfg_solver_options;

/* Solves. `options` may be NULL. MFG_OK where the residual of the discrete system fell below the
 * tolerance: the larger of the L2 norms (weighted by cell volume and time step) of the residuals of
 * the two equations, evaluated at the (u, m) that is returned. That m comes from a forward sweep at
 * that u.
 *
 * Where there is an iterate, *result holds it, also on failure: MFG_ERROR_NOT_CONVERGED (the best
 * iterate), MFG_ERROR_INTERRUPTED (the last), MFG_ERROR_NOT_FINITE (the best before it; the text
 * says in which equation and at which level it appeared), MFG_ERROR_REPEAT_LIMIT (an implicit step
 * did not come down to rounding). Otherwise *result is NULL: the errors of mfg_problem_check, those
 * of the device, MFG_ERROR_INVALID_ARGUMENT for options out of range and MFG_ERROR_SHAPE for a
 * start that does not fit. The text stands in mfg_problem_last_error(). The caller releases the
 * result. */
MFG_API mfg_status mfg_solve(mfg_context *context, const mfg_problem *problem,
                             const mfg_solver_options *options, mfg_result **result);

#ifdef __cplusplus
}
#endif

#endif
