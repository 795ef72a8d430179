/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_PROBLEM_DOCUMENT_H
#define MFG_TOOLS_SOLVE_PROBLEM_DOCUMENT_H

#include "failure.h"

#include <stddef.h>
#include <yaml.h>

/* A YAML file in memory, with what its readers need to answer a mistake in it by place: which file,
 * which line, what was found, what was expected.
 *
 * Life: zero-initialise, load, read, unload (also after a failed load). The nodes live as long as
 * the document. One thread at a time. */
typedef struct problem_document {
  const char *path; /* as the user wrote it; borrowed */
  char *text;       /* UTF-8 without NUL bytes, NUL-terminated; owned */
  size_t length;
  yaml_document_t yaml;
  bool has_yaml;
} problem_document;

/* Largest file accepted, in bytes. */
#define PROBLEM_DOCUMENT_MAXIMUM ((size_t)8 << 20)

/* Reads `path`: one YAML document, a mapping, in UTF-8. Nothing beyond the largest size is read. */
bool problem_document_load(problem_document *document, const char *path, solve_failure *failure);
void problem_document_unload(problem_document *document);

yaml_node_t *problem_document_root(problem_document *document);

/* One key that a mapping may have. */
typedef struct mapping_entry {
  const char *key;
  bool required;
  yaml_node_t *value; /* filled; NULL where the key is absent */
} mapping_entry;

/* Fills the entries from `node`, called `what` in messages. Fails where it is no mapping, a key is
 * unknown or there twice, or a required one is absent. */
bool mapping_read(problem_document *document, const yaml_node_t *node, const char *what,
                  mapping_entry *entries, size_t count, solve_failure *failure);

/* The text of a scalar, borrowed; NULL with `failure` filled where the node is no scalar, is empty,
 * or carries a tag that is none of YAML's own. `expected` says what should be there. */
const char *scalar_text(const problem_document *document, const yaml_node_t *node,
                        const char *expected, solve_failure *failure);

/* "a mapping", "a list", "'0.5*m'" (cut where long), "nothing": what stands at a node. */
void node_describe(const yaml_node_t *node, char *description, size_t size);

/* Fails with "FILE:LINE:COLUMN: " and the text. */
bool node_fail(const problem_document *document, const yaml_node_t *node, solve_failure *failure,
               const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Fails with "FILE:LINE:COLUMN: found WHAT STANDS THERE; expected " and `expected`. */
bool node_fail_expected(const problem_document *document, const yaml_node_t *node,
                        const char *expected, solve_failure *failure);

#endif
