/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The upwind Hamiltonian along one axis, and the coefficients of its linearisation.
 *
 * For H = a p^2 + b p the monotone numerical Hamiltonian of Engquist and Osher, as used by Achdou
 * and Capuzzo-Dolcetta (2010), is, with the one-sided differences p = D+u and q = D-u,
 *
 *     g(p, q) = a (min(p,0)^2 + max(q,0)^2) + min(b,0) p + max(b,0) q :
 *
 * it falls with p and rises with q, equals H where p = q, and is convex. Everything is multiplied
 * by the time step, so that with the plain differences
 *
 *     d+ = w+ (u[i+1] - u[i]),  d- = w- (u[i] - u[i-1]),  q+ = min(d+,0),  q- = max(d-,0)
 *
 * the spatial part of the Hamilton-Jacobi-Bellman equation, diffusion included, reads
 *
 *     dt (g - nu Laplace u) = -r+ d+ + r- d- + c/2 (q+^2 + q-^2),
 *     r+ = dt (nu/h^2 - min(b,0)/h),   r- = dt (nu/h^2 + max(b,0)/h),   c = 2 a dt/h^2,
 *
 * and its derivative has the row  (lower, -lower-upper, upper)  with
 *
 *     upper = w+ (c q+ - r+),   lower = -w- (c q- + r-),   both <= 0: an M-matrix with dt in front.
 *
 * The weight of a face is 1 between two cells. At a wall it is 0: row and column alike know nothing
 * of what lies beyond. At an exit it is 2, since u is given on the face itself, half a cell away:
 * there u[i+1] (or u[i-1]) stands for the exit cost, and the column that lies beyond the line is
 * where mass leaves. */
#ifndef MFG_SOLVERS_HJB_UPWIND_H
#define MFG_SOLVERS_HJB_UPWIND_H

#include <mfg/array.h>

/* Each array has the rank of the field that it is used with, extents that broadcast against it, or
 * rank 0. */
typedef struct mfg_upwind {
  mfg_array *curvature;                  /* c */
  mfg_array *right;                      /* r+ */
  mfg_array *left;                       /* r- */
  mfg_array *weight_right, *weight_left; /* w+, w-; NULL where all are 1 */
  mfg_array *exit_upper, *exit_lower;    /* u beyond the ends; NULL where there is no exit */
  int axis;                              /* of the field */
  bool periodic;
} mfg_upwind;

/* array[i + offset] along the axis; beyond an end the outermost element. */
mfg_array *mfg_upwind_neighbour(mfg_scope *scope, const mfg_upwind *upwind, const mfg_array *array,
                                int offset);
/* The same with 0 beyond an end. */
mfg_array *mfg_upwind_neighbour_or_zero(mfg_scope *scope, const mfg_upwind *upwind,
                                        const mfg_array *array, int offset);

/* What the one-sided differences of u give, owned by the scope. */
typedef struct mfg_upwind_differences {
  mfg_array *right, *left;  /* d+, d- */
  mfg_array *falls, *rises; /* q+ = min(d+,0), q- = max(d-,0) */
} mfg_upwind_differences;
mfg_upwind_differences mfg_upwind_differences_of(mfg_scope *scope, const mfg_upwind *upwind,
                                                 const mfg_array *u);
/* Those of a change of u, which is 0 beyond an exit. */
mfg_upwind_differences mfg_upwind_differences_of_change(mfg_scope *scope, const mfg_upwind *upwind,
                                                        const mfg_array *du);

/* dt (g(Du) - nu Laplace u). */
mfg_array *mfg_upwind_hamiltonian(mfg_scope *scope, const mfg_upwind *upwind,
                                  const mfg_upwind_differences *d);

/* The tridiagonal matrix I + dt A(u), A the derivative at u. The first lower and the last upper
 * entry of a line that is not periodic act on nothing; at an exit they are part of the diagonal all
 * the same. */
typedef struct mfg_upwind_matrix {
  mfg_array *lower, *diagonal, *upper;
} mfg_upwind_matrix;
mfg_upwind_matrix mfg_upwind_linearised(mfg_scope *scope, const mfg_upwind *upwind,
                                        const mfg_upwind_differences *d);
/* Its transpose, entry for entry: lower'[i] = upper[i-1], upper'[i] = lower[i+1]. Both are formed
 * with the same operations, so that the columns of one are the rows of the other to the last bit.
 */
mfg_upwind_matrix mfg_upwind_transposed(mfg_scope *scope, const mfg_upwind *upwind,
                                        const mfg_upwind_differences *d);
/* The matrix times v. */
mfg_array *mfg_upwind_multiply(mfg_scope *scope, const mfg_upwind *upwind,
                               const mfg_upwind_matrix *matrix, const mfg_array *v);
/* (dt A'(u) du)' m, what a change of u does to the transposed matrix times m: the entries of row i
 * that the difference to the right takes part in are w+ c[i] m[i] where u falls to the right, and
 * w+ c[i+1] m[i+1] where it rises, which is 0 at an exit; to the left alike. `change` holds the
 * differences of du. */
mfg_array *mfg_upwind_bending(mfg_scope *scope, const mfg_upwind *upwind,
                              const mfg_upwind_differences *d, const mfg_upwind_differences *change,
                              const mfg_array *m);
/* What the rows of the linearised matrix have beyond the exits: times the exit costs, or times 1.
 * NULL where there is no exit. */
mfg_array *mfg_upwind_exit_costs(mfg_scope *scope, const mfg_upwind *upwind,
                                 const mfg_upwind_matrix *linearised);
mfg_array *mfg_upwind_exit_entries(mfg_scope *scope, const mfg_upwind *upwind,
                                   const mfg_upwind_matrix *linearised);

#endif
