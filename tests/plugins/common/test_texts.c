/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The texts that are emitted are those of texts/, to the letter: a change of the emitter shows as a
 * difference that can be read. Left out is what each text has in common, the files of dialect/.
 *
 *     test_texts DIRECTORY          compares
 *     test_texts DIRECTORY write    writes them anew, to be looked at before they are kept */
#include "emitter.h"
#include "kernel_samples.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *directory;

static const kernel_space line = {1, 0, {40}}, plane = {2, 1, {40, 30}}, sum = {2, 2, {40, 30}};

static kernel_builder *map_of_floats(void) {
  return sample_floats(MFG_FLOAT32, &line);
}
static kernel_builder *gather(void) {
  return sample_gathers(1);
}
static kernel_builder *reduction(void) {
  return sample_map_with_reductions(&(kernel_space){1, 1, {40}});
}
static kernel_builder *rows(void) {
  return sample_reductions(&sum);
}
static kernel_builder *scan(void) {
  return sample_scans(&plane, 0);
}
static kernel_builder *closed_solve(void) {
  return sample_solves(&line, true);
}
static kernel_builder *plane_solve(void) {
  return sample_solves(&plane, false);
}

static const struct text {
  const char *file;
  kernel_builder *(*make)(void);
  const mfg_emitter_dialect *dialect;
  uint32_t layout;
} texts[] = {
    {"map_blocked.cl", map_of_floats, &mfg_emitter_opencl, MFG_LAYOUT_BLOCKED},
    {"gather_interleaved.cu", gather, &mfg_emitter_cuda, MFG_LAYOUT_INTERLEAVED},
    {"reduce_interleaved.cl", reduction, &mfg_emitter_opencl, MFG_LAYOUT_INTERLEAVED},
    {"reduce_blocked.cl", rows, &mfg_emitter_opencl, MFG_LAYOUT_BLOCKED},
    {"scan_interleaved.cu", scan, &mfg_emitter_cuda, MFG_LAYOUT_INTERLEAVED},
    {"solve_interleaved.cl", closed_solve, &mfg_emitter_opencl, MFG_LAYOUT_INTERLEAVED},
    {"solve_blocked.cl", plane_solve, &mfg_emitter_opencl, MFG_LAYOUT_BLOCKED},
};
enum { TEXTS = sizeof texts / sizeof *texts };

static FILE *open_file(const struct text *text, const char *mode) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", directory, text->file);
  FILE *file = fopen(path, mode);
  if (!file) fprintf(stderr, "%s cannot be opened\n", path);
  return file;
}

static const char head[] = "/* SPDX-License-Identifier: LGPL-2.1-or-later */\n";

/* A licence line, the struct of numbers, and the entries, as memory of the caller. */
static char *own_text(const struct text *text) {
  kernel_builder *b = text->make();
  mfg_emitter_options options = {.dialect = text->dialect, .layout = text->layout};
  mfg_emitter *emitter;
  if (mfg_emitter_create(&b->description, &options, &emitter, NULL) != MFG_OK) abort();
  const char *source = mfg_emitter_source(emitter, 0);
  const char *start = strstr(source, " mfg_index;\n"), *end = strstr(source, "} mfg_launch;\n");
  const char *entries = strstr(source, "\nMFG_KERNEL void");
  if (!start || !end || !entries) abort();
  start += strlen(" mfg_index;\n\n");
  end += strlen("} mfg_launch;\n");
  size_t size = sizeof head + (size_t)(end - start) + strlen(entries);
  char *own = malloc(size);
  if (!own) abort();
  snprintf(own, size, "%s%.*s%s", head, (int)(end - start), start, entries);
  mfg_emitter_free(emitter);
  builder_clear(b);
  return own;
}

START_TEST(texts_are_as_they_were) {
  const struct text *text = &texts[_i];
  static char expected[1 << 17];
  FILE *file = open_file(text, "r");
  ck_assert(file != NULL);
  expected[fread(expected, 1, sizeof expected - 1, file)] = '\0';
  fclose(file);
  char *got = own_text(text);
  size_t same = 0, number = 1;
  for (; got[same] && got[same] == expected[same]; same++)
    number += got[same] == '\n';
  ck_assert_msg(got[same] == expected[same],
                "%s differs in line %zu:\n  expected %.120s\n  got      %.120s", text->file, number,
                expected + same, got + same);
  free(got);
}
END_TEST

static int write_texts(void) {
  for (int i = 0; i < TEXTS; i++) {
    FILE *file = open_file(&texts[i], "w");
    if (!file) return EXIT_FAILURE;
    char *own = own_text(&texts[i]);
    fputs(own, file);
    free(own);
    if (fclose(file) != 0) return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}

int main(int count, char **arguments) {
  if (count < 2) return EXIT_FAILURE;
  directory = arguments[1];
  if (count > 2 && strcmp(arguments[2], "write") == 0) return write_texts();
  Suite *suite = suite_create("emitted texts");
  TCase *c = tcase_create("texts");
  tcase_add_loop_test(c, texts_are_as_they_were, 0, TEXTS);
  suite_add_tcase(suite, c);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
