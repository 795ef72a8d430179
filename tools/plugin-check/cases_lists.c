/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Command lists: what was recorded is what runs, as often as it is replayed. */
#include "check_launch.h"

#include <string.h>

/* A stage of int32 counters, bools and a status word on the device, two kernels that work on them,
 * and a list under construction.
 *
 *   advance: counter[w] += step[w]; reached[w] = counter[w] >= limit[w]
 *
 * `step` and `limit` are parameters: they may change between replays. */
struct stage {
  check_run *run;
  const mfg_plugin_command_list_table *table;
  mfg_plugin_kernel *advance;
  mfg_plugin_buffer *counters, *steps, *limits, *reached, *word;
  mfg_plugin_command_list *list;
};

static void build_advance(kernel_builder *builder) {
  kernel_begin(builder, 0);
  uint32_t counter = kernel_operand(builder, MFG_INT32, MFG_OPERAND_READ);
  uint32_t step = kernel_operand(builder, MFG_INT32, MFG_OPERAND_READ);
  uint32_t limit = kernel_operand(builder, MFG_INT32, MFG_OPERAND_READ);
  int32_t before = kernel_load(builder, counter, MFG_SITE_HERE);
  int32_t by = kernel_load(builder, step, MFG_SITE_HERE);
  int32_t next = kernel_binary(builder, MFG_OP_ADD, before, by);
  int32_t bound = kernel_load(builder, limit, MFG_SITE_HERE);
  kernel_output(builder, next);
  kernel_output(builder, kernel_binary(builder, MFG_OP_GREATER_EQUAL, next, bound));
}

static mfg_plugin_buffer *make_buffer(struct stage *stage, const void *content, uint64_t size) {
  check_run *run = stage->run;
  mfg_plugin_buffer *buffer = NULL;
  if (check_ok(run, run->plugin->buffer->allocate(run->device, size, &buffer, check_error(run)),
               "allocate"))
    check_ok(run,
             run->plugin->buffer->upload(run->queue, buffer, 0, content, size, check_error(run)),
             "upload");
  return buffer;
}

/* Sets four numbers of a buffer. */
static void set(struct stage *stage, mfg_plugin_buffer *buffer, const int32_t numbers[4]) {
  check_run *run = stage->run;
  check_ok(run, run->plugin->buffer->upload(run->queue, buffer, 0, numbers, 16, check_error(run)),
           "upload");
}

static bool open_stage(struct stage *stage, check_run *run) {
  static const int32_t zeros[4], ones[4] = {1, 1, 1, 1}, limits[4] = {3, 2, 5, 4};
  kernel_builder builder;
  *stage = (struct stage){.run = run, .table = run->plugin->command_list};
  if (stage->table == NULL) {
    check_skip(run, "the plugin has no command lists: the host replays");
    return false;
  }
  build_advance(&builder);
  stage->advance = check_prepare(run, kernel_build(&builder));
  if (stage->advance == NULL) return false;
  stage->counters = make_buffer(stage, zeros, 16);
  stage->steps = make_buffer(stage, ones, 16);
  stage->limits = make_buffer(stage, limits, 16);
  stage->reached = make_buffer(stage, zeros, 16);
  stage->word = make_buffer(stage, (int32_t[4]){-5, -6, -7, -8}, 16);
  return run->outcome != CHECK_FAIL &&
         check_ok(run, stage->table->create(run->device, &stage->list, check_error(run)), "create");
}

static void close_stage(struct stage *stage) {
  check_run *run = stage->run;
  mfg_plugin_buffer *buffers[] = {stage->counters, stage->steps, stage->limits, stage->reached,
                                  stage->word};
  run->plugin->queue->synchronise(run->queue, NULL);
  if (stage->list != NULL) stage->table->release(stage->list);
  if (stage->advance != NULL) run->plugin->kernel->release(stage->advance);
  for (int i = 0; i < 5; i++)
    if (buffers[i] != NULL) run->plugin->buffer->free(run->device, buffers[i]);
  check_end(run);
}

/* The launch that advances counter `which`. */
static mfg_kernel_launch advance_launch(const struct stage *stage, int which,
                                        mfg_kernel_binding bindings[5]) {
  mfg_plugin_buffer *const buffers[5] = {stage->counters, stage->steps, stage->limits,
                                         stage->counters, stage->reached};
  for (int i = 0; i < 5; i++)
    bindings[i] = (mfg_kernel_binding){.buffer = buffers[i], .offset = i == 4 ? which : 4 * which};
  return (mfg_kernel_launch){.struct_size = sizeof(mfg_kernel_launch),
                             .bindings = {bindings, 5, sizeof bindings[0]}};
}

static void record_advance(struct stage *stage, int which) {
  mfg_kernel_binding bindings[5];
  mfg_kernel_launch launch = advance_launch(stage, which, bindings);
  check_ok(stage->run,
           stage->table->launch(stage->list, stage->advance, &launch, check_error(stage->run)),
           "record a launch");
  memset(bindings, 0xEE, sizeof bindings); /* the launch is the caller's again */
}

static void repeat_begin(struct stage *stage, uint32_t maximum, int which) {
  check_ok(stage->run,
           stage->table->repeat_begin(stage->list, maximum, stage->reached, (uint64_t)which,
                                      check_error(stage->run)),
           "repeat_begin");
}

static void repeat_end(struct stage *stage) {
  check_ok(stage->run, stage->table->repeat_end(stage->list, check_error(stage->run)),
           "repeat_end");
}

static void finish(struct stage *stage) {
  check_ok(stage->run, stage->table->finish(stage->list, stage->word, 4, check_error(stage->run)),
           "finish");
}

static void replay(struct stage *stage) {
  check_ok(stage->run,
           stage->table->replay(stage->run->queue, stage->list, check_error(stage->run)), "replay");
}

static void expect_numbers(struct stage *stage, const char *what, mfg_plugin_buffer *buffer,
                           const int32_t expected[4]) {
  check_run *run = stage->run;
  int32_t found[4] = {0};
  if (!check_ok(run,
                run->plugin->buffer->download(run->queue, buffer, 0, found, 16, check_error(run)),
                "download"))
    return;
  for (int i = 0; i < 4; i++)
    CHECK_THAT(run, found[i] == expected[i], "%s %d is %d, expected %d", what, i, (int)found[i],
               (int)expected[i]);
}

/* The counters, and the status word between its untouched neighbours. */
static void expect_state(struct stage *stage, int32_t a, int32_t b, int32_t c, int32_t d,
                         int32_t word) {
  expect_numbers(stage, "counter", stage->counters, (int32_t[4]){a, b, c, d});
  expect_numbers(stage, "status word", stage->word, (int32_t[4]){-5, word, -7, -8});
}

/* ---- cases ---------------------------------------------------------------------------------- */

static void plain_replay(check_run *run) {
  struct stage stage;
  if (!check_begin(run, "command-lists: launches run at every replay, with new parameters")) return;
  if (open_stage(&stage, run)) {
    record_advance(&stage, 0);
    record_advance(&stage, 1);
    record_advance(&stage, 1);
    expect_state(&stage, 0, 0, 0, 0, -6);
    finish(&stage);
    replay(&stage);
    expect_state(&stage, 1, 2, 0, 0, 0);
    set(&stage, stage.steps, (int32_t[4]){10, 100, 0, 0});
    replay(&stage);
    replay(&stage);
    expect_state(&stage, 21, 402, 0, 0, 0);
  }
  close_stage(&stage);
}

static void copies_and_fills(check_run *run) {
  struct stage stage;
  if (!check_begin(run, "command-lists: copies and fills between launches")) return;
  if (open_stage(&stage, run)) {
    unsigned char pattern[4] = {7, 0, 0, 0};
    check_ok(run, stage.table->fill(stage.list, stage.counters, 4, pattern, 4, 2, check_error(run)),
             "record a fill");
    memset(pattern, 0xEE, sizeof pattern);
    record_advance(&stage, 1);
    check_ok(
        run,
        stage.table->copy(stage.list, stage.counters, 12, stage.counters, 4, 4, check_error(run)),
        "record a copy");
    finish(&stage);
    replay(&stage);
    expect_state(&stage, 0, 8, 7, 8, 0);
    set(&stage, stage.counters, (int32_t[4]){1, 2, 3, 4});
    replay(&stage);
    expect_state(&stage, 1, 8, 7, 8, 0);
  }
  close_stage(&stage);
}

static void repeats_to_flag(check_run *run) {
  struct stage stage;
  if (!check_begin(run, "command-lists: a repeat ends at its flag, at least one run")) return;
  if (open_stage(&stage, run)) {
    repeat_begin(&stage, 10, 0);
    record_advance(&stage, 0);
    repeat_end(&stage);
    finish(&stage);
    replay(&stage);
    expect_state(&stage, 3, 0, 0, 0, 0);
    replay(&stage);
    expect_state(&stage, 4, 0, 0, 0, 0);
  }
  close_stage(&stage);
}

static void repeats_to_maximum(check_run *run) {
  struct stage stage;
  if (!check_begin(run, "command-lists: a repeat that runs out sets the status word, once")) return;
  if (open_stage(&stage, run)) {
    repeat_begin(&stage, 10, 0);
    record_advance(&stage, 0);
    repeat_end(&stage);
    repeat_begin(&stage, 4, 2);
    record_advance(&stage, 2);
    repeat_end(&stage);
    repeat_begin(&stage, 1, 3);
    record_advance(&stage, 3);
    repeat_end(&stage);
    finish(&stage);
    replay(&stage);
    expect_state(&stage, 3, 0, 4, 1, 2);
    set(&stage, stage.limits, (int32_t[4]){0, 0, 0, 0});
    replay(&stage);
    expect_state(&stage, 4, 0, 5, 2, 0);
  }
  close_stage(&stage);
}

/* The outer body clears the inner counter, so the inner loop runs anew each time. */
static void nested_repeats(check_run *run) {
  struct stage stage;
  if (!check_begin(run, "command-lists: a repeat inside a repeat")) return;
  if (open_stage(&stage, run)) {
    static const int32_t zero = 0;
    repeat_begin(&stage, 10, 0);
    check_ok(run, stage.table->fill(stage.list, stage.counters, 4, &zero, 4, 1, check_error(run)),
             "record a fill");
    repeat_begin(&stage, 10, 1);
    record_advance(&stage, 1);
    record_advance(&stage, 2);
    repeat_end(&stage);
    record_advance(&stage, 0);
    repeat_end(&stage);
    record_advance(&stage, 3);
    finish(&stage);
    replay(&stage);
    expect_state(&stage, 3, 2, 6, 1, 0);
    set(&stage, stage.counters, (int32_t[4]){0, 0, 0, 0});
    set(&stage, stage.limits, (int32_t[4]){2, 100, 100, 100});
    replay(&stage);
    expect_state(&stage, 2, 10, 20, 1, 2);
  }
  close_stage(&stage);
}

static void many_runs(check_run *run) {
  struct stage stage;
  if (!check_begin(run, "command-lists: a repeat of 1000 runs")) return;
  if (open_stage(&stage, run)) {
    set(&stage, stage.limits, (int32_t[4]){700, 1000, 0, 0});
    repeat_begin(&stage, 1000, 0);
    record_advance(&stage, 0);
    repeat_end(&stage);
    repeat_begin(&stage, 1000, 1);
    record_advance(&stage, 1);
    repeat_end(&stage);
    finish(&stage);
    replay(&stage);
    expect_state(&stage, 700, 1000, 0, 0, 0);
  }
  close_stage(&stage);
}

static void no_status_word(check_run *run) {
  struct stage stage;
  if (!check_begin(run, "command-lists: a list without repeats needs no status word")) return;
  if (open_stage(&stage, run)) {
    record_advance(&stage, 0);
    check_ok(run, stage.table->finish(stage.list, NULL, 0, check_error(run)), "finish");
    replay(&stage);
    expect_state(&stage, 1, 0, 0, 0, -6);
  }
  close_stage(&stage);
}

static void empty_list(check_run *run) {
  struct stage stage;
  if (!check_begin(run, "command-lists: an empty list, and one that is never finished")) return;
  if (open_stage(&stage, run)) {
    mfg_plugin_command_list *open = NULL;
    if (check_ok(run, stage.table->create(run->device, &open, check_error(run)), "create"))
      stage.table->release(open);
    finish(&stage);
    replay(&stage);
    expect_state(&stage, 0, 0, 0, 0, 0);
  }
  close_stage(&stage);
}

/* ---- the bits of eager running -------------------------------------------------------------- */

/* An implicit step whose stiffness is a launch scalar and whose source is a parameter: replayed
 * with several parameters it must give the bits that launching it gives. */
static void build_step(kernel_builder *builder) {
  kernel_begin(builder, 2);
  uint32_t u = kernel_operand(builder, MFG_FLOAT64, MFG_OPERAND_READ);
  uint32_t source = kernel_operand(builder, MFG_FLOAT64, MFG_OPERAND_READ);
  kernel_stride_class(builder, source, 0, MFG_STRIDE_ZERO);
  kernel_stride_class(builder, source, 1, MFG_STRIDE_ZERO);
  uint32_t slot = kernel_scalar(builder, MFG_FLOAT64);
  int32_t stiffness =
      kernel_instruction(builder, (mfg_kernel_instruction){.operation = MFG_OP_SCALAR,
                                                           .type = MFG_FLOAT64,
                                                           .arguments = {-1, -1, -1},
                                                           .slot = slot});
  int32_t here = kernel_load(builder, u, MFG_SITE_HERE);
  int32_t next = kernel_load(builder, u, kernel_shift(builder, 1, 1, MFG_BOUNDARY_WRAP));
  int32_t extra = kernel_load(builder, source, MFG_SITE_HERE);
  int32_t scaled = kernel_binary(builder, MFG_OP_MULTIPLY, next, extra);
  int32_t right =
      kernel_binary(builder, MFG_OP_ADD, here, kernel_unary(builder, MFG_OP_SIN, scaled));
  int32_t sides = kernel_unary(builder, MFG_OP_NEGATIVE, stiffness);
  int32_t twice = kernel_binary(builder, MFG_OP_ADD, stiffness, stiffness);
  int32_t one = kernel_constant(builder, MFG_FLOAT64, 1);
  int32_t diagonal = kernel_binary(builder, MFG_OP_ADD, twice, one);
  kernel_line_solve(builder, 1, MFG_PATTERN_CYCLIC, (int32_t[]){sides, diagonal, sides, right});
  int32_t solution = kernel_result(builder, 0);
  kernel_output(builder, solution);
  kernel_final_reduction(builder, solution, 3, MFG_REDUCE_SUM);
}

/* Either launches the step four times, or replays a list of two launches twice; the source changes
 * half-way. Fills `images`. */
static bool run_steps(check_run *run, const check_launch *launch, mfg_plugin_kernel *kernel,
                      bool recorded, void **images) {
  static const double sources[2] = {0.75, -1.5};
  const mfg_plugin_command_list_table *table = run->plugin->command_list;
  mfg_plugin_buffer *buffers[CHECK_MAX_OPERANDS];
  mfg_kernel_binding bindings[CHECK_MAX_OPERANDS];
  mfg_plugin_command_list *list = NULL;
  memset(images, 0, CHECK_MAX_OPERANDS * sizeof images[0]);
  bool good = check_upload(run, launch, buffers);
  mfg_kernel_launch bound = check_bind(launch, buffers, bindings);
  if (good && recorded) {
    good = check_ok(run, table->create(run->device, &list, check_error(run)), "create");
    for (int i = 0; i < 2 && good; i++)
      good = check_ok(run, table->launch(list, kernel, &bound, check_error(run)), "record");
    good = good && check_ok(run, table->finish(list, NULL, 0, check_error(run)), "finish");
  }
  for (int half = 0; half < 2 && good; half++) {
    good = check_ok(run,
                    run->plugin->buffer->upload(run->queue, buffers[1], 0, &sources[half],
                                                sizeof(double), check_error(run)),
                    "upload");
    for (int i = 0; i < 2 && good && !recorded; i++)
      good = check_ok(
          run, run->plugin->kernel->launch(run->queue, kernel, &bound, check_error(run)), "launch");
    if (good && recorded)
      good = check_ok(run, table->replay(run->queue, list, check_error(run)), "replay");
  }
  good = good && check_download(run, launch, buffers, images);
  run->plugin->queue->synchronise(run->queue, NULL);
  if (list != NULL) table->release(list);
  check_buffers_free(run, launch, buffers);
  return good;
}

static void same_bits(check_run *run) {
  if (!check_begin(run, "command-lists: replays with new parameters give the bits of launches"))
    return;
  kernel_builder builder;
  build_step(&builder);
  check_launch launch;
  check_launch_open(&launch, kernel_build(&builder), (int64_t[]){7, 50}, 77);
  check_launch_share(&launch, 2, 0);
  launch.scalars[0].float64 = 12.5;
  void *eager[CHECK_MAX_OPERANDS], *replayed[CHECK_MAX_OPERANDS];
  mfg_plugin_kernel *kernel = NULL;
  if (run->plugin->command_list == NULL)
    check_skip(run, "the plugin has no command lists: the host replays");
  else
    kernel = check_prepare(run, launch.kernel);
  if (kernel != NULL) {
    bool both = run_steps(run, &launch, kernel, false, eager);
    both = run_steps(run, &launch, kernel, true, replayed) && both;
    if (both) check_images_compare(run, &launch, replayed, eager);
    check_images_free(eager);
    check_images_free(replayed);
    run->plugin->kernel->release(kernel);
  }
  check_launch_close(&launch);
  check_end(run);
}

void check_list_cases(check_run *run) {
  plain_replay(run);
  copies_and_fills(run);
  repeats_to_flag(run);
  repeats_to_maximum(run);
  nested_repeats(run);
  many_runs(run);
  no_status_word(run);
  empty_list(run);
  same_bits(run);
}
