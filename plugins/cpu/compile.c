/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "compile.h"

#include "cache.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MODULE "compiler/mfg-cpu-compiler.so"
#define MOST_LEVELS 4
/* LLVM ends the program where it finds no memory, so it is not asked where there is little. */
#define ROOM ((size_t)64 << 20)
#define STACK ((size_t)8 << 20)

enum job_state { WAITING, RUNNING, READY, FAILED };

struct cpu_compile_job {
  cpu_compile_job *next;
  cpu_compilation *owner; /* NULL: the kernel is gone */
  const cpu_level *level;
  cpu_code_section sections[CPU_CODE_SECTIONS]; /* copies */
  cpu_code_object *object;
  enum job_state state;
};

/* One instruction set level's engine, made when first needed. */
struct engine {
  cpu_code_target target;
  cpu_code_engine *engine;
};

static struct {
  pthread_mutex_t guard; /* of all below but what only the thread touches */
  pthread_cond_t wake;
  pthread_cond_t done;
  pthread_t thread;
  cpu_compile_job *first; /* waiting, or to be given up */
  cpu_compile_job *current;
  const mfg_plugin_host *host;
  char *cache; /* directory; NULL: none */
  cpu_compile_statistics statistics;
  int devices;
  bool started;
  bool leaving;
  bool unable; /* no module, or the parent was inside it when it forked */
  /* The thread's own. */
  const cpu_compiler *compiler;
  struct engine engines[MOST_LEVELS];
} state = {.guard = PTHREAD_MUTEX_INITIALIZER,
           .wake = PTHREAD_COND_INITIALIZER,
           .done = PTHREAD_COND_INITIALIZER};

/* Held in this order, then the guard: while devices come and go, and while the module is loaded. */
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

static void say(const char *what, const char *text) {
  char line[512];
  const mfg_plugin_host *host = state.host;
  if (host == NULL || host->log == NULL) return;
  if (host->log_enabled != NULL && !host->log_enabled(host->context, MFG_LOG_DEBUG)) return;
  snprintf(line, sizeof line, "%s: %s", what, text);
  host->log(host->context, MFG_LOG_DEBUG, line);
}

/* ---- what the module is given --------------------------------------------------------------- */

static const void *block_of(void *context, uint32_t operation, mfg_dtype type) {
  const cpu_level *level = context;
  return (const void *)(uintptr_t)cpu_level_block(level, operation, cpu_type_of(type), 0);
}

static const void *vector_of(void *context, uint32_t operation, mfg_dtype type) {
  const cpu_level *level = context;
  if (operation >= MFG_OPERATION_END) return NULL;
  return (const void *)(uintptr_t)level->vectors->functions[operation][cpu_type_of(type)];
}

static unsigned char *read_code(void *context, const char *key, size_t *size) {
  (void)context;
  unsigned char *code = state.cache != NULL ? mfg_cache_read(state.cache, key, size) : NULL;
  if (code == NULL) return NULL;
  pthread_mutex_lock(&state.guard);
  state.statistics.kept++;
  pthread_mutex_unlock(&state.guard);
  return code;
}

static void write_code(void *context, const char *key, const unsigned char *code, size_t size) {
  (void)context;
  if (state.cache != NULL) mfg_cache_write(state.cache, key, code, size);
}

/* ---- the module ----------------------------------------------------------------------------- */

/* It lies in a directory beside the plugin that is not searched for plugins. */
static void *open_module(void) {
  Dl_info self;
  if (dladdr((const void *)&state, &self) == 0 || self.dli_fname == NULL) return NULL;
  const char *slash = strrchr(self.dli_fname, '/');
  size_t directory = slash != NULL ? (size_t)(slash - self.dli_fname) + 1 : 0;
  char *path = malloc(directory + sizeof MODULE);
  if (path == NULL) return NULL;
  memcpy(path, self.dli_fname, directory);
  memcpy(path + directory, MODULE, sizeof MODULE);
  /* The dynamic linker of a child that was forked in the middle of this would never open again. */
  pthread_mutex_lock(&loading);
  void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  pthread_mutex_unlock(&loading);
  if (object == NULL) say("kernels stay interpreted", dlerror());
  free(path);
  return object;
}

static bool compiler_open(void) {
  if (state.compiler != NULL) return true;
  void *object = open_module();
  const cpu_compiler *(*entry)(void) = NULL;
  if (object != NULL) *(void **)&entry = dlsym(object, CPU_COMPILER_SYMBOL);
  const cpu_compiler *compiler = entry != NULL ? entry() : NULL;
  if (compiler == NULL || compiler->version != CPU_COMPILER_VERSION) return false;
  state.compiler = compiler;
  return true;
}

static cpu_code_engine *engine_for(const cpu_level *level) {
  struct engine *engine = state.engines;
  while (engine->engine != NULL && engine->target.context != level)
    engine++;
  if (engine->engine != NULL) return engine->engine;
  const char *message = "";
  engine->target = (cpu_code_target){.level = level->name,
                                     .vector_bytes = level->vectors->bytes,
                                     .context = (void *)(uintptr_t)level,
                                     .block = block_of,
                                     .vector = vector_of,
                                     .read = read_code,
                                     .write = write_code};
  engine->engine = state.compiler->open(&engine->target, &message);
  if (engine->engine == NULL) say("kernels stay interpreted", message);
  return engine->engine;
}

static void engines_close(void) {
  for (struct engine *engine = state.engines; engine->engine != NULL; engine++) {
    state.compiler->close(engine->engine);
    engine->engine = NULL;
  }
}

static bool has_room(void) {
  void *memory = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  munmap(memory, ROOM);
  return true;
}

/* ---- jobs ----------------------------------------------------------------------------------- */

static void job_free(cpu_compile_job *job) {
  for (int i = 0; i < CPU_CODE_SECTIONS; i++) {
    free((void *)(uintptr_t)job->sections[i].values);
    free((void *)(uintptr_t)job->sections[i].stores);
  }
  free(job);
}

static void *copy_of(const void *source, size_t count, size_t size) {
  void *copy = malloc(count * size + 1);
  if (copy != NULL && count > 0) memcpy(copy, source, count * size);
  return copy;
}

static cpu_compile_job *job_make(cpu_compilation *owner) {
  cpu_compile_job *job = calloc(1, sizeof *job);
  if (job == NULL) return NULL;
  job->owner = owner;
  job->level = owner->level;
  for (int i = 0; i < CPU_CODE_SECTIONS; i++) {
    const cpu_code_section *code = &owner->sections[i]->code;
    job->sections[i] = *code;
    job->sections[i].values = copy_of(code->values, code->value_count, sizeof *code->values);
    job->sections[i].stores = copy_of(code->stores, code->store_count, sizeof *code->stores);
  }
  for (int i = 0; i < CPU_CODE_SECTIONS; i++)
    if (job->sections[i].values == NULL || job->sections[i].stores == NULL) {
      job_free(job);
      return NULL;
    }
  return job;
}

/* On the thread, unlocked. */
static void job_compile(cpu_compile_job *job, cpu_code_function **functions) {
  char message[400] = "out of memory";
  bool able = compiler_open();
  cpu_code_engine *engine = able && has_room() ? engine_for(job->level) : NULL;
  if (engine != NULL)
    job->object =
        state.compiler->compile(engine, job->sections, functions, message, sizeof message);
  if (engine != NULL && job->object == NULL) say("a kernel stays interpreted", message);
  if (able) return;
  pthread_mutex_lock(&state.guard);
  state.unable = true;
  pthread_mutex_unlock(&state.guard);
}

static void job_publish(cpu_compile_job *job, cpu_code_function *const *functions) {
  job->state = job->object != NULL ? READY : FAILED;
  if (job->object == NULL) {
    state.statistics.failed += !state.unable;
    return;
  }
  state.statistics.compiled++;
  for (int i = 0; i < CPU_CODE_SECTIONS; i++)
    atomic_store_explicit(&job->owner->entries[i], functions[i], memory_order_release);
}

/* Runs a job, locked before and after. */
static void job_run(cpu_compile_job *job) {
  cpu_code_function *functions[CPU_CODE_SECTIONS] = {NULL};
  bool wanted = job->owner != NULL;
  state.current = job;
  job->state = RUNNING;
  pthread_mutex_unlock(&state.guard);
  if (wanted) job_compile(job, functions);
  pthread_mutex_lock(&state.guard);
  if (wanted && job->owner != NULL) {
    job_publish(job, functions);
  } else {
    pthread_mutex_unlock(&state.guard);
    if (job->object != NULL) state.compiler->release(job->object);
    job_free(job);
    pthread_mutex_lock(&state.guard);
  }
  state.current = NULL;
}

static void *work(void *unused) {
  (void)unused;
  pthread_mutex_lock(&state.guard);
  for (;;) {
    while (state.first == NULL && !state.leaving)
      pthread_cond_wait(&state.wake, &state.guard);
    cpu_compile_job *job = state.first;
    if (job == NULL) break;
    state.first = job->next;
    job_run(job);
    pthread_cond_broadcast(&state.done);
  }
  pthread_mutex_unlock(&state.guard);
  engines_close();
  return NULL;
}

/* Locked. Signals stay with the program's own threads. */
static bool thread_start(void) {
  sigset_t all, before;
  pthread_attr_t attributes;
  if (state.started) return true;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setstacksize(&attributes, STACK);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  state.started = pthread_create(&state.thread, &attributes, work, NULL) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return state.started;
}

/* Locked. */
static void job_queue(cpu_compile_job *job) {
  cpu_compile_job **end = &state.first;
  while (*end != NULL)
    end = &(*end)->next;
  job->next = NULL;
  *end = job;
  pthread_cond_signal(&state.wake);
}

/* ---- a kernel's part ------------------------------------------------------------------------ */

void cpu_compilation_request(cpu_compilation *compilation) {
  if (atomic_exchange(&compilation->requested, true)) return;
  cpu_compile_job *job = job_make(compilation);
  if (job == NULL) return;
  pthread_mutex_lock(&state.guard);
  bool able = !state.unable && thread_start();
  if (able) {
    state.statistics.requested++;
    compilation->job = job;
    job_queue(job);
  }
  pthread_mutex_unlock(&state.guard);
  if (!able) job_free(job);
}

static void request_and_wait(cpu_compilation *compilation) {
  cpu_compilation_request(compilation);
  pthread_mutex_lock(&state.guard);
  while (compilation->job != NULL && compilation->job->state <= RUNNING)
    pthread_cond_wait(&state.done, &state.guard);
  pthread_mutex_unlock(&state.guard);
}

static uint32_t computing_steps(const cpu_section *section) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < section->code.value_count; i++)
    count += section->code.values[i].source >= CPU_CODE_GATHER;
  return section->code.store_count > 0 ? count : 0;
}

void cpu_compilation_begin(cpu_compilation *compilation, cpu_section *prologue,
                           cpu_section *epilogue, const cpu_level *level,
                           enum cpu_compile_mode mode) {
  cpu_section *sections[CPU_CODE_SECTIONS] = {prologue, epilogue};
  uint32_t steps = 0;
  for (int i = 0; i < CPU_CODE_SECTIONS; i++) {
    compilation->sections[i] = sections[i];
    sections[i]->entry = &compilation->entries[i];
    steps += computing_steps(sections[i]);
  }
  compilation->level = level;
  /* One operation is one loop in either way. */
  bool never = mode == CPU_COMPILE_NEVER || steps < (mode == CPU_COMPILE_ALWAYS ? 1 : 2);
  atomic_store(&compilation->requested, never);
  if (mode == CPU_COMPILE_ALWAYS && !never) request_and_wait(compilation);
}

void cpu_compilation_end(cpu_compilation *compilation) {
  pthread_mutex_lock(&state.guard);
  cpu_compile_job *job = compilation->job, *unused = NULL;
  if (job != NULL) {
    /* The thread gives up what it is at, and code that there is. */
    job->owner = NULL;
    if (job->state == READY) job_queue(job);
    if (job->state == FAILED) unused = job;
  }
  pthread_mutex_unlock(&state.guard);
  if (unused != NULL) job_free(unused);
}

/* ---- devices and forks ---------------------------------------------------------------------- */

static void fork_prepare(void) {
  pthread_mutex_lock(&opening);
  pthread_mutex_lock(&loading);
  pthread_mutex_lock(&state.guard);
}
static void fork_parent(void) {
  pthread_mutex_unlock(&state.guard);
  pthread_mutex_unlock(&loading);
  pthread_mutex_unlock(&opening);
}
/* A job that was running is left as it was, with the locks of the module. */
static void fork_child(void) {
  if (state.current != NULL) {
    state.unable = true;
    if (state.current->owner != NULL) state.current->owner->job = NULL;
    state.current = NULL;
  }
  state.started = false;
  state.devices = 0;
  pthread_mutex_init(&state.guard, NULL);
  pthread_cond_init(&state.wake, NULL);
  pthread_cond_init(&state.done, NULL);
  pthread_mutex_init(&loading, NULL);
  pthread_mutex_init(&opening, NULL);
}

void cpu_compile_open(const mfg_plugin_host *host) {
  static bool registered;
  pthread_mutex_lock(&opening);
  if (!registered) {
    pthread_atfork(fork_prepare, fork_parent, fork_child);
    registered = true;
  }
  if (state.devices++ == 0) {
    state.host = host;
    free(state.cache);
    state.cache = mfg_cache_directory(host, "cpu");
  }
  pthread_mutex_unlock(&opening);
}

void cpu_compile_close(void) {
  pthread_mutex_lock(&opening);
  if (--state.devices == 0) {
    pthread_mutex_lock(&state.guard);
    bool started = state.started;
    state.leaving = true;
    pthread_cond_signal(&state.wake);
    pthread_mutex_unlock(&state.guard);
    if (started) pthread_join(state.thread, NULL);
    state.started = state.leaving = false;
    free(state.cache);
    state.cache = NULL;
    state.host = NULL;
  }
  pthread_mutex_unlock(&opening);
}

/* ---- the extension -------------------------------------------------------------------------- */

static bool extension_available(void) {
  pthread_mutex_lock(&state.guard);
  bool able = !state.unable;
  pthread_mutex_unlock(&state.guard);
  return able && open_module() != NULL;
}

static void extension_wait(void) {
  pthread_mutex_lock(&state.guard);
  while (state.started && (state.first != NULL || state.current != NULL))
    pthread_cond_wait(&state.done, &state.guard);
  pthread_mutex_unlock(&state.guard);
}

static void extension_statistics(cpu_compile_statistics *statistics) {
  pthread_mutex_lock(&state.guard);
  *statistics = state.statistics;
  pthread_mutex_unlock(&state.guard);
}

const cpu_compile_extension cpu_compile_extension_table = {
    .struct_size = sizeof cpu_compile_extension_table,
    .available = extension_available,
    .wait = extension_wait,
    .statistics = extension_statistics,
};
