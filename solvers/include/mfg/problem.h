/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A mean-field game as it is written down: axes, time, viscosity, Hamiltonian, coupling, costs and
 * the initial density, each as text or as numbers. With the conventions of the library,
 *
 *     -u_t - nu*Laplace(u) + H(x, t, Du, m) = f(x, t, m),   u(T) = g(x, m(T)),
 *      m_t - nu*Laplace(m) - div(m*H_p(x, t, Du, m)) = 0,   m(0) = m0.
 *
 * Life: create, add parameters and axes and set the fields in any order, check, solve as often as
 * wanted (mfg/solver.h), release. A setter copies what it is given and only stores it; the texts
 * are parsed by mfg_problem_check and by mfg_solve, when all names are known, so a later setter
 * replaces what an earlier one said. The language of the texts: + - * / ^, comparison, && || !,
 * c ? a : b, |a|, abs sqrt exp log sin cos tan sinh cosh tanh atan2 min max pow floor ceil erf, pi,
 * e, parameters, and per field the names that enum mfg_problem_field gives.
 *
 * Threads: a problem may be read (checked, solved) by several threads at once, and is changed by
 * one while nobody reads it.
 *
 * Points: a periodic axis has the points lower + i*h, h = (upper - lower)/cells; any other axis has
 * the cell centres lower + (i + 1/2)*h. The density is per unit of length (area, volume): the mass
 * is sum(m) times the volume of a cell, and is 1 after normalisation. */
#ifndef MFG_PROBLEM_H
#define MFG_PROBLEM_H

#include <mfg/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Most axes of a problem, most parameters, longest text in bytes. */
#define MFG_PROBLEM_MAXIMUM_AXES 3
#define MFG_PROBLEM_MAXIMUM_PARAMETERS 256

typedef struct mfg_problem mfg_problem;

/* What a problem is made of; beside each, the names that its text may use beyond parameters. */
enum mfg_problem_field {
  MFG_PROBLEM_HORIZON = 0,         /* T > 0; none */
  MFG_PROBLEM_STEPS = 1,           /* number of time steps, whole and >= 1; none */
  MFG_PROBLEM_VISCOSITY = 2,       /* nu >= 0; none */
  MFG_PROBLEM_HAMILTONIAN = 3,     /* H; |p|, px, py, pz (p on one axis), coordinates, t, m */
  MFG_PROBLEM_COUPLING = 4,        /* f; coordinates, t, m, mean(a), integral(a). Unset: 0 */
  MFG_PROBLEM_TERMINAL_COST = 5,   /* g; coordinates, m, mean(a), integral(a); t is T. Unset: 0 */
  MFG_PROBLEM_EXIT_COST = 6,       /* u on exit sides; coordinates, t. Unset: 0 */
  MFG_PROBLEM_OBSTACLE = 7,        /* a condition: cells where it holds are walls; coordinates */
  MFG_PROBLEM_INITIAL_DENSITY = 8, /* m0 >= 0; coordinates */
  MFG_PROBLEM_FIELD_COUNT = 9
};

/* What happens at an end of an axis. Both ends are periodic, or none. */
enum mfg_axis_boundary {
  MFG_AXIS_PERIODIC = 0,
  MFG_AXIS_NO_FLUX = 1,
  MFG_AXIS_EXIT = 2 /* u is the exit cost, m is 0: mass leaves */
};

/* One axis. Set struct_size to sizeof(mfg_problem_axis). The texts are numbers, or expressions of
 * parameters; NULL is an error, except name: NULL is x, y or z by position. */
typedef struct mfg_problem_axis {
  size_t struct_size;
  const char *name;
  const char *lower;
  const char *upper;      /* > lower */
  const char *cells;      /* whole and >= 1 (periodic: >= 3) */
  int32_t boundary_lower; /* enum mfg_axis_boundary */
  int32_t boundary_upper;
} mfg_problem_axis;

/* What went wrong in the last call of this library that failed in this thread. `field` names the
 * place as a problem file does: "coupling", "domain[0].cells", "parameters.nu", "solver.tolerance";
 * it is empty where no field is to blame. `line` and `column` count from 1 in characters of the
 * field's text, and are 0 where no place in a text is to blame; then `excerpt` is empty too. */
typedef struct mfg_problem_error {
  mfg_status status;
  char field[128];
  size_t line, column;
  char text[1280];   /* what was found, what was expected; one line */
  char excerpt[512]; /* the line of the text and, under it, a caret */
} mfg_problem_error;

/* Never NULL; its status is MFG_OK before any failure. Valid until the next failure in this
 * thread. */
MFG_API const mfg_problem_error *mfg_problem_last_error(void);

/* A problem with nothing in it, owned by the caller. MFG_ERROR_OUT_OF_MEMORY. */
MFG_API mfg_status mfg_problem_create(mfg_problem **problem);
/* NULL is ignored. No other thread may be using it. */
MFG_API void mfg_problem_release(mfg_problem *problem);

/* Gives `name` the value of `text`, an expression of numbers and of the parameters set before it;
 * setting one again replaces its text and keeps its place. MFG_ERROR_INVALID_ARGUMENT where there
 * are too many; what the text holds is looked at by mfg_problem_check. */
MFG_API mfg_status mfg_problem_set_parameter(mfg_problem *problem, const char *name,
                                             const char *text);
/* Adds the next axis. MFG_ERROR_INVALID_ARGUMENT for a fourth one or a NULL text. */
MFG_API mfg_status mfg_problem_add_axis(mfg_problem *problem, const mfg_problem_axis *axis);
/* Sets a field (enum mfg_problem_field) to a text, or to a number. NULL unsets it. */
MFG_API mfg_status mfg_problem_set(mfg_problem *problem, int field, const char *text);
MFG_API mfg_status mfg_problem_set_number(mfg_problem *problem, int field, double value);
/* Sets a field to values on the grid, in C order. The initial density, the terminal cost and the
 * coupling take the shape (cells...); the coupling also (steps+1, cells...), where f at level n is
 * the cost that the step from level n-1 to level n charges, n = 1 .. steps (level 0 is not used). A
 * shape that does not fit the grid is found by mfg_problem_check. */
MFG_API mfg_status mfg_problem_set_values(mfg_problem *problem, int field, int rank,
                                          const int64_t *shape, const double *values);
/* true: the ergodic problem with unknown lambda; horizon, steps, terminal cost and initial density
 * are not used. False at first. */
MFG_API mfg_status mfg_problem_set_stationary(mfg_problem *problem, bool stationary);
/* Whether the initial density is divided by its mass. True at first. */
MFG_API mfg_status mfg_problem_set_normalise(mfg_problem *problem, bool normalise);

/* Parses everything and looks for every mistake that needs no device. MFG_ERROR_SYNTAX for a text
 * that does not parse, MFG_ERROR_INVALID_ARGUMENT for a value out of range, MFG_ERROR_SHAPE,
 * MFG_ERROR_UNSUPPORTED for what this version does not solve, MFG_ERROR_OUT_OF_MEMORY; the rest
 * stands in mfg_problem_last_error(). Changes nothing. */
MFG_API mfg_status mfg_problem_check(const mfg_problem *problem);

/* The value of a text in numbers and in the parameters of the problem, for numbers that stand
 * beside it (a tolerance, a probe's place). `field` names it in an error. Errors as above. */
MFG_API mfg_status mfg_problem_number(const mfg_problem *problem, const char *field,
                                      const char *text, double *value);

/* Name of a field as in a problem file: "horizon", "terminal_cost"; NULL for no field. Static. */
MFG_API const char *mfg_problem_field_name(int field);

#ifdef __cplusplus
}
#endif

#endif
