/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a call on arrays costs beside the work itself. Run by hand:
 *   MFG_BACKEND_PATH=DIRECTORY array_calls [--json]
 * Times, on the cpu backend, one addition with all that belongs to it: a scope is opened, the sum
 * is described, evaluated, and dies with the scope. Nothing is asserted. */
#include <mfg/mfg.h>

#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct addition {
  mfg_context *context;
  mfg_array *a, *b, *target;
} addition;

static void need(mfg_status status) {
  if (status == MFG_OK) return;
  fprintf(stderr, "array_calls: %s\n", mfg_last_error());
  exit(EXIT_FAILURE);
}

static void evaluate(void *context) {
  const addition *add = context;
  mfg_scope *s = mfg_scope_open(add->context);
  mfg_eval(s, mfg_add(s, add->a, add->b));
  need(mfg_scope_close(s));
}

static void assign(void *context) {
  const addition *add = context;
  mfg_scope *s = mfg_scope_open(add->context);
  mfg_assign(s, add->target, mfg_add(s, add->a, add->b));
  need(mfg_scope_close(s));
}

static void time_addition(mfg_context *context, int64_t n, bool json) {
  mfg_scope *s = mfg_scope_open(context);
  addition add = {.context = context,
                  .a = mfg_ones(s, MFG_FLOAT64, 1, &n),
                  .b = mfg_ones(s, MFG_FLOAT64, 1, &n),
                  .target = mfg_zeros(s, MFG_FLOAT64, 1, &n)};
  need(mfg_eval(s, add.a));
  need(mfg_eval(s, add.b));
  static contestant list[2];
  list[0] = (contestant){.name = "add, evaluated", .run = evaluate, .context = &add};
  list[1] = (contestant){.name = "add, assigned", .run = assign, .context = &add};
  char name[64];
  snprintf(name, sizeof name, "one add of arrays, %lld", (long long)n);
  measure(list, 2, false);
  if (json)
    measure_print_json(name, list, 2);
  else
    printf("%s: evaluated %.3f us, assigned %.3f us\n", name, list[0].median * 1e6,
           list[1].median * 1e6);
  need(mfg_scope_close(s));
}

int main(int count, char **arguments) {
  bool json = count > 1 && strcmp(arguments[1], "--json") == 0;
  mfg_context *context;
  need(mfg_context_open("cpu", NULL, &context));
  time_addition(context, 1, json);
  time_addition(context, 1000, json);
  mfg_context_close(context);
  return 0;
}
