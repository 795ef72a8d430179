/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What mfg_solve found: the value function u and the density m on every time level, and how the
 * iteration went.
 *
 * u and m stay on the device until they are read: the functions marked "device" use the context and
 * follow its thread rule, and fail once it is closed. All else is host data that any number of
 * threads may read. Owned by the caller of mfg_solve, released with mfg_result_release, which may
 * come before or after the context is closed (in the context's thread). */
#ifndef MFG_RESULT_H
#define MFG_RESULT_H

#include <mfg/api.h>
#include <mfg/array.h>
#include <mfg/state.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mfg_result mfg_result;

enum mfg_result_field { MFG_RESULT_VALUE_FUNCTION = 0 /* u */, MFG_RESULT_DENSITY = 1 /* m */ };

/* Facts. The texts live as long as the result. Set struct_size before the call. */
typedef struct mfg_result_information {
  size_t struct_size;
  mfg_status status; /* what mfg_solve returned */
  bool converged;
  bool stationary;
  int32_t axes;     /* 1 .. 3 */
  int64_t cells[3]; /* along each axis; 1 beyond */
  int64_t steps;    /* levels 0 .. steps; stationary: 0 */
  double horizon;
  int64_t iterations; /* length of the residual history */
  double residual;    /* of what is returned */
  double mass_error;  /* max over the levels of |mass + what has left at exits - 1|; not
                         normalised: relative to the mass of the initial density */
  double min_density; /* over all levels */
  double lambda;      /* stationary only; else 0 */
  const char *backend, *device;
  const char *method;    /* as in a problem file; the one that was used */
  const char *precision; /* "float64" or "float32" */
  const char *fallbacks; /* names of the kernels that ran on the host, one a line; "" for none */
  double seconds_total, seconds_setup, seconds_solve;
  uint64_t kernels_launched, kernels_compiled; /* by this call */
  uint64_t peak_device_bytes;                  /* of the context so far */
  double mass_left; /* at exits by the horizon, as a part of the initial mass */
} mfg_result_information;

/* Fills as much of *information as its struct_size allows. */
MFG_API mfg_status mfg_result_inform(const mfg_result *result, mfg_result_information *information);

/* The residual after each iteration: `information.iterations` numbers, owned by the result. */
MFG_API const double *mfg_result_residuals(const mfg_result *result);
/* The points along an axis: `cells` numbers; the times of the levels: steps+1 numbers. Owned by the
 * result; NULL for an axis that is not there. */
MFG_API const double *mfg_result_coordinates(const mfg_result *result, int axis);
MFG_API const double *mfg_result_times(const mfg_result *result);
/* For each cell, in C order, 1 where it is part of an obstacle, else 0: u and m are 0 there. Owned
 * by the result; NULL where the problem has no obstacle. */
MFG_API const uint8_t *mfg_result_obstacle(const mfg_result *result);
/* Name of an axis. Owned by the result. */
MFG_API const char *mfg_result_axis_name(const mfg_result *result, int axis);

/* Device. Copies levels first .. first+count-1 of a field (enum mfg_result_field) to the host in C
 * order, as double: count * cells... numbers. MFG_ERROR_INVALID_ARGUMENT for levels that are not
 * there. */
MFG_API mfg_status mfg_result_read(const mfg_result *result, int field, int64_t first,
                                   int64_t count, double *values);
/* Device. The field itself, (steps+1, cells...), borrowed: mfg_keep it to have it outlive the
 * result. NULL for no field. */
MFG_API mfg_array *mfg_result_array(const mfg_result *result, int field);
/* Device. The field at a time and a place (`axes` numbers), linear in time and space between the
 * points: around the end of a periodic axis; constant between the outermost cell centres and the
 * ends of any other. MFG_ERROR_INVALID_ARGUMENT outside the domain or [0, horizon]. */
MFG_API mfg_status mfg_result_probe(const mfg_result *result, int field, double time,
                                    const double *place, double *value);

/* Device. u and m as a state to start another run from, owned by the caller. (To go on to the same
 * bits after an interruption, take mfg_progress_state in the callback that stops the run.) */
MFG_API mfg_status mfg_result_state(const mfg_result *result, mfg_state **state);

/* NULL is ignored. */
MFG_API void mfg_result_release(mfg_result *result);

#ifdef __cplusplus
}
#endif

#endif
