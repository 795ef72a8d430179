/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_PROBLEM_SECTIONS_H
#define MFG_TOOLS_SOLVE_PROBLEM_SECTIONS_H

#include "problem_file.h"

/* The sections of a problem file, each read from its node into `file`. Inside problem_file_read
 * only. */

bool read_parameters(problem_file *file, const yaml_node_t *node, char *const *settings,
                     size_t setting_count, solve_failure *failure);
bool read_domain(problem_file *file, const yaml_node_t *node, solve_failure *failure);
bool read_time(problem_file *file, const yaml_node_t *node, solve_failure *failure);
bool read_model(problem_file *file, const yaml_node_t *node, solve_failure *failure);
/* These two want a problem that is whole and was checked. */
bool read_solver(problem_file *file, const yaml_node_t *node, solve_failure *failure);
bool read_probes(problem_file *file, const yaml_node_t *node, solve_failure *failure);

/* Remembers where the field `name` stands. `setting` may be NULL. */
bool note_place(problem_file *file, const char *name, const yaml_node_t *node, const char *setting,
                solve_failure *failure);
/* Adds "key=text" to the identity, on a line of its own. */
void note_identity(problem_file *file, const char *key, const char *text);

/* The text of a scalar that `name` gets, its place noted; NULL with `failure` filled. */
const char *field_text(problem_file *file, const char *name, const yaml_node_t *node,
                       const char *expected, solve_failure *failure);
/* The value of a number that may be an expression of parameters. */
bool field_number(problem_file *file, const char *name, const yaml_node_t *node,
                  const char *expected, double *value, solve_failure *failure);

#endif
