/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "opencl_fixture.h"

#include <check.h>
#include <dlfcn.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *settings[8][2];
static char log_text[1 << 16];

void opencl_fixture_configure(const char *key, const char *value) {
  for (int i = 0; i < 8; i++) {
    if (settings[i][0] && strcmp(settings[i][0], key) != 0) continue;
    settings[i][0] = key;
    settings[i][1] = value;
    return;
  }
}

static const char *config(void *context, const char *backend, const char *key) {
  (void)context;
  ck_assert_str_eq(backend, "opencl");
  for (int i = 0; i < 8; i++)
    if (settings[i][0] && strcmp(settings[i][0], key) == 0) return settings[i][1];
  return NULL;
}

static void log_line(void *context, int32_t level, const char *text) {
  (void)context;
  (void)level;
  size_t used = strlen(log_text);
  snprintf(log_text + used, sizeof log_text - used, "%s\n", text);
}

int opencl_fixture_logged(const char *part) {
  int count = 0;
  for (const char *at = log_text; (at = strstr(at, part)) != NULL; at++)
    count++;
  return count;
}

const mfg_plugin_host opencl_fixture_host = {.struct_size = sizeof opencl_fixture_host,
                                             .abi_major = MFG_ABI_MAJOR,
                                             .abi_minor = MFG_ABI_MINOR,
                                             .log = log_line,
                                             .config = config};

static void open_layout(opencl_fixture *fixture, int i, const char *layout) {
  char text[4096] = "";
  mfg_plugin_error error = {
      .struct_size = sizeof error, .text = text, .text_capacity = sizeof text};
  opencl_fixture_configure("layout", layout);
  mfg_status status =
      fixture->plugin->device->open(&opencl_fixture_host, 0, &fixture->devices[i], &error);
  ck_assert_msg(status == MFG_OK, "open: %d %s", status, text);
  status = fixture->plugin->queue->create(fixture->devices[i], &fixture->queues[i], &error);
  ck_assert_msg(status == MFG_OK, "queue: %d %s", status, text);
}

static void close_layout(opencl_fixture *fixture, int i) {
  fixture->plugin->queue->destroy(fixture->queues[i]);
  fixture->plugin->device->close(fixture->devices[i]);
}

const mfg_plugin *opencl_fixture_plugin(void) {
  void *object = dlopen(getenv("MFG_TEST_PLUGIN"), RTLD_NOW | RTLD_LOCAL);
  ck_assert_msg(object != NULL, "%s", dlerror());
  mfg_backend_query_function query;
  *(void **)&query = dlsym(object, MFG_BACKEND_QUERY_SYMBOL);
  ck_assert(query != NULL);
  return query(&opencl_fixture_host);
}

/* Caches of this fixture's own, unless the test is told where to keep them. */
static void choose_caches(opencl_fixture *fixture) {
  fixture->directory[0] = '\0';
  if (getenv("MFG_TEST_KEEPS_CACHES")) return;
  snprintf(fixture->directory, sizeof fixture->directory, "/tmp/mfg-opencl-XXXXXX");
  ck_assert(mkdtemp(fixture->directory) != NULL);
  setenv("XDG_CACHE_HOME", fixture->directory, 1);
  setenv("POCL_CACHE_DIR", fixture->directory, 1);
}

void opencl_fixture_open(opencl_fixture *fixture) {
  log_text[0] = '\0';
  choose_caches(fixture);
  fixture->plugin = opencl_fixture_plugin();
  open_layout(fixture, 0, "blocked");
  open_layout(fixture, 1, "interleaved");
}

static int remove_entry(const char *path, const struct stat *state, int kind, struct FTW *walk) {
  (void)state;
  (void)kind;
  (void)walk;
  return remove(path);
}

void opencl_fixture_close(opencl_fixture *fixture) {
  close_layout(fixture, 0);
  close_layout(fixture, 1);
  if (fixture->directory[0]) nftw(fixture->directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void opencl_fixture_items_solve(opencl_fixture *fixture) {
  close_layout(fixture, 1);
  opencl_fixture_configure("group_lines", "0");
  open_layout(fixture, 1, "interleaved");
  opencl_fixture_configure("group_lines", NULL);
}
