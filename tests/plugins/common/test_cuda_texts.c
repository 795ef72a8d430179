/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is emitted in CUDA C compiles for every architecture of interest, within the registers that
 * a group of 256 items may take. Needs the run-time compiler of the CUDA toolkit, libnvrtc, and no
 * device; where it is not found the test is skipped and says so. */
#include "emitter.h"
#include "kernel_samples.h"

#include <check.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Meson's status for a test that was skipped. */
enum { SKIPPED = 77 };

typedef struct nvrtc_program nvrtc_program;

static struct {
  int (*version)(int *major, int *minor);
  int (*create)(nvrtc_program **program, const char *source, const char *name, int headers,
                const char *const *header_texts, const char *const *header_names);
  int (*compile)(nvrtc_program *program, int options, const char *const *texts);
  int (*log_size)(nvrtc_program *program, size_t *size);
  int (*log)(nvrtc_program *program, char *text);
  int (*destroy)(nvrtc_program **program);
} nvrtc;

static void *open_compiler(void) {
  static const char *const names[] = {"libnvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12",
                                      "libnvrtc.so.11.2", "/usr/local/cuda/lib64/libnvrtc.so"};
  void *object = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && !object; i++)
    object = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  return object;
}

static bool load_compiler(void) {
  void *object = open_compiler();
  if (!object) return false;
  *(void **)&nvrtc.version = dlsym(object, "nvrtcVersion");
  *(void **)&nvrtc.create = dlsym(object, "nvrtcCreateProgram");
  *(void **)&nvrtc.compile = dlsym(object, "nvrtcCompileProgram");
  *(void **)&nvrtc.log_size = dlsym(object, "nvrtcGetProgramLogSize");
  *(void **)&nvrtc.log = dlsym(object, "nvrtcGetProgramLog");
  *(void **)&nvrtc.destroy = dlsym(object, "nvrtcDestroyProgram");
  return nvrtc.version && nvrtc.create && nvrtc.compile && nvrtc.log_size && nvrtc.log &&
         nvrtc.destroy;
}

/* ---- compiling ------------------------------------------------------------------------------ */

static const char *const architectures[] = {"sm_75", "sm_80", "sm_90"};

/* Worst over the entries of all samples, by architecture. */
static struct { int entries, registers, spilled_bytes, stack_bytes; } worst[3];

static void note_most(int *most, int number) {
  if (number > *most) *most = number;
}

/* The greatest number that stands before `words`. */
static void note_before(const char *log, const char *words, int *most) {
  for (const char *at = log; (at = strstr(at, words)) != NULL; at++) {
    const char *number = at;
    while (number > log && number[-1] >= '0' && number[-1] <= '9')
      number--;
    note_most(most, atoi(number));
  }
}

/* Reads the assembler's lines: "8 bytes stack frame, 8 bytes spill stores", "Used 24 registers". */
static void note_resources(const char *log, int architecture) {
  for (const char *at = log; (at = strstr(at, "Used ")) != NULL; at++) {
    worst[architecture].entries++;
    note_most(&worst[architecture].registers, atoi(at + strlen("Used ")));
  }
  note_before(log, " bytes spill stores", &worst[architecture].spilled_bytes);
  note_before(log, " bytes stack frame", &worst[architecture].stack_bytes);
}

static void compile(const char *name, const char *source, int architecture) {
  char target[64];
  snprintf(target, sizeof target, "--gpu-architecture=%s", architectures[architecture]);
  const char *const options[] = {target, "--fmad=false", "--ptxas-options=--verbose"};
  nvrtc_program *program = NULL;
  size_t size = 0;
  ck_assert_int_eq(nvrtc.create(&program, source, name, 0, NULL, NULL), 0);
  int code = nvrtc.compile(program, 3, options);
  ck_assert_int_eq(nvrtc.log_size(program, &size), 0);
  char *log = calloc(1, size + 1);
  ck_assert(log != NULL);
  ck_assert_int_eq(nvrtc.log(program, log), 0);
  ck_assert_msg(code == 0, "%s for %s:\n%s\n%s", name, architectures[architecture], log, source);
  note_resources(log, architecture);
  free(log);
  nvrtc.destroy(&program);
}

/* Every module, for every architecture. */
static void expect_compiles(const char *name, kernel_builder *b) {
  mfg_emitter_options options = {.dialect = &mfg_emitter_cuda, .layout = MFG_LAYOUT_INTERLEAVED};
  mfg_emitter *emitter;
  ck_assert_int_eq(mfg_kernel_validate(&b->description, NULL), MFG_OK);
  ck_assert_int_eq(mfg_emitter_create(&b->description, &options, &emitter, NULL), MFG_OK);
  for (uint32_t m = 0; m < mfg_emitter_modules(emitter); m++)
    for (int architecture = 0; architecture < 3; architecture++)
      compile(name, mfg_emitter_source(emitter, m), architecture);
  mfg_emitter_free(emitter);
  builder_clear(b);
}

/* ---- the samples ---------------------------------------------------------------------------- */

static const mfg_dtype all_types[] = {MFG_BOOL,   MFG_INT8,    MFG_INT16,  MFG_INT32,
                                      MFG_INT64,  MFG_UINT8,   MFG_UINT16, MFG_UINT32,
                                      MFG_UINT64, MFG_FLOAT32, MFG_FLOAT64};
enum { TYPES = sizeof all_types / sizeof *all_types };

START_TEST(operations_compile) {
  uint32_t first = 0;
  while (first < MFG_OPERATION_END) {
    kernel_builder *b = sample_operations(all_types[_i], &first);
    if (b->description.outputs.count > 0)
      expect_compiles(mfg_dtype_name(all_types[_i]), b);
    else
      builder_clear(b);
  }
}
END_TEST

START_TEST(conversions_compile) {
  expect_compiles("conversions", sample_conversions(all_types[_i], false));
  expect_compiles("conversions", sample_conversions(all_types[_i], true));
}
END_TEST

START_TEST(sites_and_gathers_compile) {
  const kernel_space plane = {2, 0, {7, 9}};
  expect_compiles("floats", sample_floats(MFG_FLOAT32, &plane));
  expect_compiles("sites", sample_sites(-1));
  expect_compiles("gathers", sample_gathers(0));
}
END_TEST

static const kernel_space spaces[] = {{0, 0, {0}}, {1, 1, {9}}, {2, 1, {5, 7}}, {3, 2, {3, 4, 2}}};

START_TEST(reductions_compile) {
  expect_compiles("reductions", sample_reductions(&spaces[_i]));
  expect_compiles("map with reductions", sample_map_with_reductions(&spaces[_i]));
}
END_TEST

static const kernel_space lines[] = {{1, 0, {9}}, {2, 0, {5, 7}}, {3, 1, {3, 4, 2}}};

START_TEST(scans_compile) {
  expect_compiles("scans", sample_scans(&lines[_i / 2], _i % 2 ? 3 : 0));
}
END_TEST

START_TEST(line_solves_compile) {
  expect_compiles("line solves", sample_solves(&lines[_i / 2], _i % 2));
}
END_TEST

static void forget(void) {
  memset(worst, 0, sizeof worst);
}

/* A group of 256 items has 255 registers an item at most, and what does not fit is spilled. */
static void tell(void) {
  for (int i = 0; i < 3; i++) {
    printf("%s: %d entries, at most %d registers, %d bytes spilled, %d on a stack\n",
           architectures[i], worst[i].entries, worst[i].registers, worst[i].spilled_bytes,
           worst[i].stack_bytes);
    ck_assert_int_gt(worst[i].entries, 0);
    ck_assert_int_gt(worst[i].registers, 0);
    ck_assert_int_eq(worst[i].spilled_bytes, 0);
  }
}

/* An array that does not stay in registers lies on a stack; so do the tables of the compiler's sine
 * and cosine, so that only solves are asked. */
static void tell_of_solves(void) {
  tell();
  for (int i = 0; i < 3; i++)
    ck_assert_int_eq(worst[i].stack_bytes, 0);
}

static void add_case(Suite *suite, const char *name, const TTest *test, int count, SFun end) {
  TCase *c = tcase_create(name);
  tcase_set_timeout(c, 600);
  tcase_add_unchecked_fixture(c, forget, end);
  tcase_add_loop_test(c, test, 0, count);
  suite_add_tcase(suite, c);
}

int main(void) {
  int major = 0, minor = 0;
  if (!load_compiler()) {
    printf("SKIP: libnvrtc of the CUDA toolkit was not found\n");
    return SKIPPED;
  }
  nvrtc.version(&major, &minor);
  printf("libnvrtc %d.%d\n", major, minor);
  Suite *suite = suite_create("cuda texts");
  add_case(suite, "operations", operations_compile, TYPES, tell);
  add_case(suite, "conversions", conversions_compile, TYPES, tell);
  add_case(suite, "sites", sites_and_gathers_compile, 1, tell);
  add_case(suite, "reductions", reductions_compile, 4, tell);
  add_case(suite, "scans", scans_compile, 6, tell);
  add_case(suite, "line solves", line_solves_compile, 6, tell_of_solves);
  SRunner *runner = srunner_create(suite);
  srunner_set_fork_status(runner, CK_NOFORK);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
