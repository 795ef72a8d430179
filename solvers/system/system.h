/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The discrete system on the device: its data, its unknowns, and the sweeps through time.
 *
 * On one axis, with levels n = 0 .. steps, the data of the step between n and n+1 taken at level
 * n+1,
 *
 *     u[n] + dt (g(Du[n]) - nu Laplace u[n]) = u[n+1] + dt (f - c)(t[n+1], m[n+1]),
 *     u[steps] = terminal cost at m[steps],
 *     (I + dt A(u[n]))' m[n+1] = m[n],   m[0] given
 *
 * (Achdou and Capuzzo-Dolcetta 2010; Achdou, Camilli and Capuzzo-Dolcetta 2012). On D axes a step
 * is split into D stages, each implicit along one axis (Marchuk 1990, locally one-dimensional): the
 * value function goes back through the first axis, which takes in the cost, to the last, and the
 * density forth through the transposes in the reverse order. So with stages k = 0 .. D*steps, of
 * which every D-th is a level, d(k) = D-1 - k mod D the axis between k and k+1, and the cost only
 * where k+1 is a level,
 *
 *     u[k] + dt (g_d(D_d u[k]) - nu D_d^2 u[k]) = u[k+1] + dt (f - c),
 *     (I + dt A_d(u[k]))' m[k+1] = m[k] :
 *
 * one axis' scheme on more levels. Whatever one axis promises, mass to rounding and no negative
 * density, holds for each stage, and u and m stay adjoint to each other. The stages in between are
 * unknowns like the others: the residual has their equations in it.
 *
 * The viscosity and the time step are rank-0 arrays: a recorded sweep is replayed with others. A
 * trajectory has the shape (levels, cells...) or (stages, cells...).
 *
 * A system belongs to its context and follows its thread rule. */
#ifndef MFG_SOLVERS_SYSTEM_SYSTEM_H
#define MFG_SOLVERS_SYSTEM_SYSTEM_H

#include <mfg/array.h>

#include "expression/lower.h"
#include "hjb/step.h"
#include "problem/model.h"

typedef struct mfg_system {
  mfg_context *context;
  const mfg_model *model; /* borrowed */
  mfg_dtype type;
  int rank;                                                      /* of a trajectory */
  int64_t levels_shape[MFG_MAX_RANK], steps_shape[MFG_MAX_RANK]; /* steps+1, steps levels */
  int64_t stages_shape[MFG_MAX_RANK];                            /* axes*steps + 1 stages */

  /* The unknowns: m_in, on levels, is the density that the costs are taken at; u, on stages,
   * answers to it, and m_out, on stages, is the density that moves by u. */
  mfg_array *u, *m_in, *m_out;
  mfg_array *initial_density; /* (1, cells...) */
  double initial_mass;

  /* Data. */
  mfg_array *viscosity, *time_step; /* rank 0 */
  double step;                      /* the time step, on the host */
  mfg_array *coordinate[3], *times; /* times: of levels 1 .. steps */
  mfg_array *final_time;            /* the last of them, a view */
  mfg_array *times_below;           /* of levels 0 .. steps-1 */
  mfg_array *inside;                /* (1, cells...), bool: false in obstacles; NULL without any */
  mfg_array *end[3][2];             /* where an axis ends, as coordinates: lower, upper */
  mfg_lowered *quadratic[3], *linear[3], *constant, *coupling, *terminal;
  mfg_lowered *exit_cost[3][2];                 /* NULL but at exits */
  mfg_array *coupling_values, *terminal_values; /* instead of the expressions; else NULL */

  /* Made of the data by each sweep; over the steps of the trajectory, extent 1 where constant. */
  mfg_upwind upwind[3];
  mfg_array *source; /* dt (f - c) of each step */
  mfg_hjb_test test;
  /* Sums of squares that the residual leaves: equations of u, those of m, each axis by axis;
   * terminal condition. */
  mfg_array *squares;

  mfg_recording *sweep, *follow;
} mfg_system;

/* What the residual of the discrete system is: L2 norms weighted by cell volume and time step; the
 * terminal condition, weighted by cell volume, is part of the first. */
typedef struct mfg_residual {
  double value_function, density;
  double larger; /* NaN where either is */
} mfg_residual;

/* Puts the model on the device; it outlives the system. m_in is the initial density on all levels,
 * u is 0. On failure *system is to be released all the same, and the error has been set. */
mfg_status mfg_system_create(mfg_context *context, const mfg_model *model, mfg_dtype type,
                             mfg_system *system);
void mfg_system_release(mfg_system *system);

/* Records the sweep, so that mfg_system_sweep replays it; `follow`: also mfg_system_follow. */
mfg_status mfg_system_record(mfg_system *system, bool follow);
/* u from m_in, m_out from u, and the residual of (u, m_out). The status of the arrays. */
mfg_status mfg_system_sweep(mfg_system *system, mfg_residual *residual);
/* The same with the u that is there: m_out from u, and the residual. (From m_in too, where
 * coefficients of the Hamiltonian depend on m.) */
mfg_status mfg_system_follow(mfg_system *system, mfg_residual *residual);
/* Whether the coefficients of p and |p|^2 depend on m. */
bool mfg_system_is_congested(const mfg_system *system);
/* m_in cut off below 0, every level given its mass back unless mass leaves. */
mfg_status mfg_system_project(mfg_system *system);
/* Writes the coefficients of all steps at m_in. */
mfg_status mfg_system_write_coefficients(mfg_system *system);
/* Other numbers for the sweeps to come. */
mfg_status mfg_system_set_parameters(mfg_system *system, double viscosity, double time_step);

/* Of m_out, over its levels. */
typedef struct mfg_measures {
  double mass_error; /* greatest |mass + mass that has left - initial mass|/initial mass */
  double mass_left;  /* at exits by the end, as a part of the initial mass */
  double least;      /* value */
} mfg_measures;
mfg_status mfg_system_measure(mfg_system *system, mfg_measures *measures);

/* ---- for the files of this folder ------------------------------------------------------------ */

/* boundary.c: obstacles, the weights of faces, what exits cost. */
void mfg_system_upload_boundary(mfg_scope *scope, mfg_system *system);
void mfg_system_prepare_boundary(mfg_scope *scope, mfg_system *system);
/* The value with 0 in obstacles, whatever it is there; itself where it is the same on all cells. */
mfg_array *mfg_system_outside_obstacles(mfg_scope *scope, const mfg_system *system,
                                        mfg_array *value);
/* Mass that leaves in each step, (steps), of a unit of m per cell; NULL without exits. */
mfg_array *mfg_system_outflow(mfg_scope *scope, const mfg_system *system);

/* data.c: coordinates, formulas, the initial density. */
mfg_status mfg_system_upload(mfg_system *system);
mfg_status mfg_system_prepare(mfg_system *system);
/* The coefficients and the source of all steps at a density, lazily; `density` holds levels 1 ..
 * steps. */
mfg_upwind mfg_system_upwind(mfg_scope *scope, const mfg_system *system, int axis,
                             const mfg_array *density);
mfg_array *mfg_system_source(mfg_scope *scope, const mfg_system *system, const mfg_array *density);
/* What formulas are lowered on: levels 1 .. steps, or the last one alone. */
mfg_lower_space mfg_system_space(const mfg_system *system, bool last_level);
/* The coefficients that the last sweep wrote, of the stage `stage`, over one level. */
mfg_upwind mfg_system_upwind_at(mfg_scope *scope, const mfg_system *system, int64_t stage);
/* (1, cells...); `density` is the last level, (1, cells...). */
mfg_array *mfg_system_terminal(mfg_scope *scope, const mfg_system *system,
                               const mfg_array *density);
/* Levels first .. last-1 of a trajectory on levels. */
mfg_array *mfg_system_levels(mfg_scope *scope, const mfg_array *trajectory, int64_t first,
                             int64_t last);

/* stages.c: of a trajectory on stages, as views. Its levels; and, over all steps, what stands below
 * and above the stage along an axis. */
mfg_array *mfg_system_whole(mfg_scope *scope, const mfg_system *system,
                            const mfg_array *trajectory);
mfg_array *mfg_system_below(mfg_scope *scope, const mfg_system *system, const mfg_array *trajectory,
                            int axis);
mfg_array *mfg_system_above(mfg_scope *scope, const mfg_system *system, const mfg_array *trajectory,
                            int axis);
/* How many stages there are, the axis between stage k and k+1, and the step that it is part of. */
int64_t mfg_system_stage_count(const mfg_system *system);
int mfg_system_stage_axis(const mfg_system *system, int64_t stage);
int64_t mfg_system_stage_step(const mfg_system *system, int64_t stage);
/* sweep.c: the work of mfg_system_sweep, run or recorded; its beginning, which writes the data of
 * all steps and the terminal level of u, taken at a density over all levels. */
mfg_status mfg_system_run(mfg_system *system);
mfg_status mfg_system_write_data(mfg_system *system, const mfg_array *trajectory);

/* What (u, m_out) leaves in the equations of u of the stages along an axis, (steps, cells...), and
 * in the terminal condition, (1, cells...); lazily. */
mfg_array *mfg_system_value_defect(mfg_scope *scope, const mfg_system *system, int axis);
mfg_array *mfg_system_terminal_defect(mfg_scope *scope, const mfg_system *system);
/* And in the equations of m. */
mfg_array *mfg_system_density_defect(mfg_scope *scope, const mfg_system *system, int axis);

/* failure.c: finds where the first NaN or infinity stands and sets the error; `iteration` for the
 * text. */
mfg_status mfg_system_explain_not_finite(mfg_system *system, int64_t iteration);
/* Whether the Hamiltonian is convex at m_in: a >= 0 wherever it is used. Sets the error. */
mfg_status mfg_system_check_convex(mfg_system *system);

#endif
