/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sandbox.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char root[512];
static char *paths[64];
static size_t path_count;

static const char *keep(char *path) {
  ck_assert_ptr_nonnull(path);
  ck_assert_uint_lt(path_count, sizeof paths / sizeof *paths);
  paths[path_count++] = path;
  return path;
}

const char *sandbox_open(void) {
  static const char *const variables[] = {
      "MFG_BACKEND",          "MFG_BACKEND_PATH", "MFG_ADD_BACKEND_PATH", "MFG_BACKENDS_SELECT",
      "MFG_BACKENDS_DISABLE", "MFG_DEBUG",        "MFG_NO_UNLOAD",        "MFG_PROBE_TIMEOUT"};
  for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
    unsetenv(variables[i]);
  setenv("MFG_PROBE", "never", 1);
  const char *temporary = getenv("TMPDIR");
  snprintf(root, sizeof root, "%s/mfg-test-XXXXXX", temporary != NULL ? temporary : "/tmp");
  ck_assert_ptr_nonnull(mkdtemp(root));
  ck_assert_int_eq(chmod(root, 0755), 0);
  /* Nothing of the user who runs the test is found or written. */
  setenv("XDG_DATA_HOME", sandbox_path("data"), 1);
  setenv("XDG_CACHE_HOME", sandbox_path("cache"), 1);
  return root;
}

static int delete_one(const char *path, const struct stat *status, int kind, struct FTW *place) {
  (void)status;
  (void)kind;
  (void)place;
  return remove(path);
}

void sandbox_close(void) {
  nftw(root, delete_one, 16, FTW_DEPTH | FTW_PHYS);
  while (path_count > 0)
    free(paths[--path_count]);
}

const char *sandbox_path(const char *file) {
  char *path = NULL;
  ck_assert_int_gt(asprintf(&path, "%s/%s", root, file), 0);
  return keep(path);
}

const char *sandbox_directory(const char *name) {
  const char *path = sandbox_path(name);
  ck_assert_int_eq(mkdir(path, 0755), 0);
  return path;
}

void sandbox_write(const char *file, const void *content, size_t size) {
  FILE *target = fopen(sandbox_path(file), "wb");
  ck_assert_ptr_nonnull(target);
  ck_assert_uint_eq(fwrite(content, 1, size, target), size);
  ck_assert_int_eq(fclose(target), 0);
}

const char *sandbox_fake(const char *fake) {
  char *path = NULL;
  ck_assert_int_gt(asprintf(&path, "%s/mfg-backend-%s.so", FAKES_DIRECTORY, fake), 0);
  return keep(path);
}

static char *content_of(const char *path, size_t *size) {
  FILE *source = fopen(path, "rb");
  ck_assert_msg(source != NULL, "%s cannot be read", path);
  ck_assert_int_eq(fseek(source, 0, SEEK_END), 0);
  *size = (size_t)ftell(source);
  rewind(source);
  char *content = malloc(*size);
  ck_assert_ptr_nonnull(content);
  ck_assert_uint_eq(fread(content, 1, *size, source), *size);
  fclose(source);
  return content;
}

static char *own_name(const char *fake) {
  char *name = NULL;
  ck_assert_int_gt(asprintf(&name, "mfg-backend-%s.so", fake), 0);
  return name;
}

void sandbox_install(const char *fake, const char *file) {
  size_t size;
  char *content = content_of(sandbox_fake(fake), &size);
  char *name = own_name(fake);
  sandbox_write(file != NULL ? file : name, content, size);
  free(name);
  free(content);
}

void sandbox_install_damaged(const char *fake, size_t cut, size_t offset, unsigned char byte) {
  size_t size;
  char *content = content_of(sandbox_fake(fake), &size);
  char *name = own_name(fake);
  memcpy(content + offset, &byte, 1);
  sandbox_write(name, content, cut != 0 ? cut : size);
  free(name);
  free(content);
}
