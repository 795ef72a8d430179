/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random programs against the model: results are as if every call had run at once, in order. */
#include <stdlib.h>

#include "twin.h"

enum { PROGRAMS = 1500, STEPS = 40 };

/* MFG_TEST_PROGRAMS asks for more or fewer. */
static int programs(void) {
  const char *wanted = getenv("MFG_TEST_PROGRAMS");
  return wanted != NULL ? atoi(wanted) : PROGRAMS;
}

static machine new_machine(mfg_context *context, uint64_t seed) {
  machine m = {.random = seed, .modelled = true, .repeats = true};
  m.scope = mfg_scope_open(context);
  ck_assert_ptr_nonnull(m.scope);
  machine_add(&m, 2, SHAPE(4, 3), 0);
  machine_add(&m, 2, SHAPE(4, 3), -7);
  machine_add(&m, 1, SHAPE(3), 5);
  machine_add(&m, 2, SHAPE(4, 1), 2);
  machine_add(&m, 0, NULL, 3);
  return m;
}

static void run_programs(mfg_context *context) {
  for (int program = 0; program < programs(); program++) {
    char where[32];
    snprintf(where, sizeof where, "program %d", program);
    machine m = new_machine(context, (uint64_t)program);
    machine_run(&m, STEPS / 2);
    if (program % 2 == 0) machine_change_scope(&m);
    machine_run(&m, STEPS / 2);
    machine_compare_all(&m, where);
    CHECK_OK(mfg_scope_close(m.scope));
    machine_free_models();
  }
  mfg_context_close(context);
}

START_TEST(lazy_programs) {
  run_programs(open_context());
}
END_TEST

START_TEST(eager_programs) {
  run_programs(open_eager_context());
}
END_TEST

/* ---- recordings ------------------------------------------------------------------------------ */

/* A recorded program and the state that it works on: the arrays that existed before, among them
 * what it has kept from inside. */
typedef struct recorded {
  machine before;   /* as it is now: eager code goes on with it */
  machine recorded; /* as it was when the recording began */
  uint64_t random;
  mfg_recording *recording;
  twin kept; /* an array made inside that outlives the scope there */
} recorded;

static void run_once(recorded *program, machine *m, mfg_context *context) {
  *m = program->recorded;
  m->random = program->random;
  if (context != NULL) {
    m->scope = mfg_scope_open(context);
    m->modelled = false;
    m->recording = true;
  } else {
    m->scope = NULL;
  }
  machine_run(m, STEPS / 2);
}

static void record(recorded *program, mfg_context *context) {
  machine m;
  CHECK_OK(mfg_record_begin(context));
  run_once(program, &m, context);
  program->kept = m.slots[m.count - 1];
  if (m.count > program->recorded.count) {
    CHECK_OK(mfg_eval(m.scope, program->kept.array));
    mfg_keep(program->kept.array);
  } else {
    program->kept.array = NULL;
  }
  CHECK_OK(mfg_scope_close(m.scope));
  CHECK_OK(mfg_record_end(context, &program->recording));
}

/* What a recording does to memory, against the same program modelled as often as it is replayed. */
static void run_recorded(mfg_context *context, int seed) {
  char where[64];
  recorded program = {.random = (uint64_t)seed * 7919};
  machine *before = &program.before;
  *before = new_machine(context, (uint64_t)seed);
  machine_run(before, 5);
  program.recorded = *before;
  record(&program, context);
  machine_compare_all(before, "recorded, not replayed");
  for (int turn = 0; turn < 3; turn++) {
    snprintf(where, sizeof where, "seed %d, replay %d", seed, turn);
    CHECK_OK(mfg_replay(program.recording));
    machine m;
    run_once(&program, &m, NULL);
    twin model = m.slots[m.count - 1];
    model.array = program.kept.array;
    machine_compare(before, &model, "kept inside");
    machine_compare_all(before, where);
    /* What eager code does in between, some of it not computed when the next replay runs. */
    machine_run(before, 4);
  }
  machine_compare_all(before, where);
  mfg_release(program.kept.array);
  mfg_recording_release(program.recording);
  CHECK_OK(mfg_scope_close(before->scope));
  machine_free_models();
}

static void run_recordings(mfg_context *context) {
  for (int seed = 0; seed < programs(); seed++)
    run_recorded(context, seed);
  mfg_context_close(context);
}

START_TEST(lazy_recordings) {
  run_recordings(open_context());
}
END_TEST

START_TEST(eager_recordings) {
  run_recordings(open_eager_context());
}
END_TEST

int main(void) {
  Suite *suite = suite_create("random programs of arrays");
  TCase *cases = tcase_create("programs");
  tcase_set_timeout(cases, 240);
  tcase_add_test(cases, lazy_programs);
  tcase_add_test(cases, eager_programs);
  tcase_add_test(cases, lazy_recordings);
  tcase_add_test(cases, eager_recordings);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
