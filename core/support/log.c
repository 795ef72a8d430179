/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "log.h"

#include "environment.h"
#include "lock.h"
#include "text.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const level_names[] = {NULL, "error", "warn", "info", "debug"};

static struct {
  mfg_log_function function;
  void *data;
} sink;

/* 0 until MFG_DEBUG has been read. */
static _Atomic int32_t current_level;

static void to_standard_error(int32_t level, const char *text) {
  flockfile(stderr);
  fprintf(stderr, "mfg %s: %s\n", level_names[level], text);
  funlockfile(stderr);
}

static void pass_on(int32_t level, const char *text) {
  mfg_lock(MFG_LOCK_LOG);
  mfg_log_function function = sink.function;
  void *data = sink.data;
  mfg_unlock(MFG_LOCK_LOG);
  if (function != NULL)
    function(data, level, text);
  else
    to_standard_error(level, text);
}

static int32_t level_of_environment(const char *word) {
  if (word == NULL) return MFG_LOG_WARN;
  for (int32_t level = MFG_LOG_ERROR; level <= MFG_LOG_DEBUG; level++)
    if (strcmp(word, level_names[level]) == 0) return level;
  return 0;
}

static int32_t level_now(void) {
  int32_t level = atomic_load_explicit(&current_level, memory_order_relaxed);
  if (level != 0) return level;
  const char *word = mfg_environment("MFG_DEBUG");
  level = level_of_environment(word);
  bool known = level != 0;
  if (!known) level = MFG_LOG_WARN;
  atomic_store_explicit(&current_level, level, memory_order_relaxed);
  if (!known)
    mfg_log_line(MFG_LOG_WARN, "MFG_DEBUG is '%s'; expected error, warn, info or debug", word);
  return level;
}

bool mfg_log_enabled(int32_t level) {
  return level >= MFG_LOG_ERROR && level <= level_now();
}

void mfg_log_text(int32_t level, const char *text) {
  if (!mfg_log_enabled(level)) return;
  mfg_text line = {0};
  for (const char *rest = text; rest != NULL;) {
    const char *newline = strchr(rest, '\n');
    char *piece = newline != NULL ? strndup(rest, (size_t)(newline - rest)) : strdup(rest);
    line.failed |= piece == NULL;
    mfg_text_append_printable(&line, piece != NULL ? piece : "");
    free(piece);
    if (newline != NULL) mfg_text_append(&line, "\n");
    rest = newline != NULL ? newline + 1 : NULL;
  }
  char *whole = mfg_text_take(&line);
  pass_on(level <= MFG_LOG_DEBUG ? level : MFG_LOG_DEBUG,
          whole != NULL ? whole : "no memory for a line of the log");
  free(whole);
}

void mfg_log_line(int32_t level, const char *format, ...) {
  if (!mfg_log_enabled(level)) return;
  mfg_text line = {0};
  va_list arguments;
  va_start(arguments, format);
  mfg_text_append_list(&line, format, arguments);
  va_end(arguments);
  char *whole = mfg_text_take(&line);
  mfg_log_text(level, whole != NULL ? whole : "no memory for a line of the log");
  free(whole);
}

void mfg_log_set(mfg_log_function function, void *data) {
  mfg_lock(MFG_LOCK_LOG);
  sink.function = function;
  sink.data = data;
  mfg_unlock(MFG_LOCK_LOG);
}

void mfg_log_level_set(int32_t level) {
  if (level > MFG_LOG_DEBUG) level = MFG_LOG_DEBUG;
  atomic_store_explicit(&current_level, level < 0 ? 0 : level, memory_order_relaxed);
}
