/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Several threads, each with a queue of its own, on one device and one prepared kernel. */
#include "check_launch.h"

#include <pthread.h>
#include <string.h>

enum { THREADS = 2, ROUNDS = 40 };

/* What one thread does; its run is a copy with a queue and an outcome of its own. */
struct worker {
  check_run run;
  check_launch launch;
  mfg_plugin_kernel *kernel;
  void *expected[CHECK_MAX_OPERANDS];
};

static void one_round(struct worker *worker) {
  check_run *run = &worker->run;
  mfg_plugin_buffer *buffers[CHECK_MAX_OPERANDS];
  mfg_kernel_binding bindings[CHECK_MAX_OPERANDS];
  void *found[CHECK_MAX_OPERANDS] = {NULL};
  if (check_upload(run, &worker->launch, buffers)) {
    mfg_kernel_launch bound = check_bind(&worker->launch, buffers, bindings);
    if (check_ok(run,
                 run->plugin->kernel->launch(run->queue, worker->kernel, &bound, check_error(run)),
                 "launch") &&
        check_download(run, &worker->launch, buffers, found))
      check_images_compare(run, &worker->launch, found, worker->expected);
    check_images_free(found);
  }
  run->plugin->queue->synchronise(run->queue, NULL);
  check_buffers_free(run, &worker->launch, buffers);
}

static void *work(void *context) {
  struct worker *worker = context;
  for (int round = 0; round < ROUNDS && worker->run.outcome == CHECK_PASS; round++)
    one_round(worker);
  return NULL;
}

/* A reduction with a final line of work in each thread: enough to collide on anything shared. */
static void build_shared(kernel_builder *builder) {
  kernel_begin(builder, 2);
  uint32_t x = kernel_operand(builder, MFG_INT64, MFG_OPERAND_READ);
  int32_t here = kernel_load(builder, x, MFG_SITE_HERE);
  int32_t left = kernel_load(builder, x, kernel_shift(builder, 1, -1, MFG_BOUNDARY_MIRROR));
  int32_t value = kernel_binary(builder, MFG_OP_MULTIPLY, here, left);
  kernel_output(builder, value);
  kernel_final_reduction(builder, value, 3, MFG_REDUCE_SUM);
  kernel_final_reduction(builder, value, 1, MFG_REDUCE_MAX);
}

static bool open_worker(struct worker *worker, check_run *run, const mfg_kernel_description *kernel,
                        uint64_t seed) {
  worker->run = *run;
  worker->run.queue = NULL;
  check_launch_open(&worker->launch, kernel, (int64_t[]){37, 211}, seed);
  return check_reference_images(run, &worker->launch, worker->expected) &&
         check_ok(run,
                  run->plugin->queue->create(run->device, &worker->run.queue, check_error(run)),
                  "create a queue");
}

static void close_worker(struct worker *worker, check_run *run) {
  if (worker->run.outcome == CHECK_FAIL) check_fail(run, "in a thread: %s", worker->run.detail);
  if (worker->run.queue != NULL) run->plugin->queue->destroy(worker->run.queue);
  check_images_free(worker->expected);
  check_launch_close(&worker->launch);
}

void check_thread_cases(check_run *run) {
  if (!check_begin(run, "threads: two queues launch one kernel at the same time")) return;
  static struct worker workers[THREADS];
  pthread_t threads[THREADS];
  kernel_builder builder;
  build_shared(&builder);
  mfg_plugin_kernel *kernel = check_prepare(run, kernel_build(&builder));
  if (kernel != NULL) {
    bool ready = true;
    for (uint64_t i = 0; i < THREADS; i++) {
      ready = open_worker(&workers[i], run, kernel_build(&builder), i) && ready;
      workers[i].kernel = kernel;
    }
    int started = 0;
    while (ready && started < THREADS &&
           pthread_create(&threads[started], NULL, work, &workers[started]) == 0)
      started++;
    CHECK_THAT(run, !ready || started == THREADS, "no thread could be started");
    for (int i = 0; i < started; i++)
      pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++)
      close_worker(&workers[i], run);
    run->plugin->kernel->release(kernel);
  }
  check_end(run);
}
