/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail_writing(const char *path, int error, solve_failure *failure) {
  bool is_of_the_disk = error == ENOSPC || error == EDQUOT || error == EIO || error == EFBIG ||
                        error == ENOMEM || error == EMFILE || error == ENFILE;
  return failure_set(failure, is_of_the_disk ? EXIT_STATUS_FAILED : EXIT_STATUS_WRONG_INPUT,
                     "%s: found %s; expected a file that can be written", path, strerror(error));
}

/* The folder of a path with its slash, or "" for the current one: a length. */
static int folder_length(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? (int)(slash + 1 - path) : 0;
}

/* The file that the path leads to, so that a symbolic link stays one. */
static char *follow_links(const char *path, solve_failure *failure) {
  struct stat facts;
  char *target = NULL;
  if (stat(path, &facts) != 0) {
    if (errno != ENOENT) {
      fail_writing(path, errno, failure);
      return NULL;
    }
    target = strdup(path);
  } else if (!S_ISREG(facts.st_mode)) {
    failure_set(failure, EXIT_STATUS_WRONG_INPUT,
                "%s: found %s; expected the name of a regular file or a new one", path,
                S_ISDIR(facts.st_mode) ? "a directory" : "a device, pipe or socket");
    return NULL;
  } else {
    target = realpath(path, NULL);
  }
  if (!target) failure_out_of_memory(failure);
  return target;
}

bool output_file_begin(output_file *file, const char *path, solve_failure *failure) {
  *file = (output_file){.path = path};
  if (path[0] == '\0' || path[strlen(path) - 1] == '/')
    return failure_set(failure, EXIT_STATUS_WRONG_INPUT,
                       "'%s': found no name of a file; expected one", path);
  file->target = follow_links(path, failure);
  if (!file->target) return false;
  int created = -1;
  for (int attempt = 0; attempt < 100 && created < 0; attempt++) {
    free(file->temporary);
    if (asprintf(&file->temporary, "%.*s.mfg-solve-%ld-%d", folder_length(file->target),
                 file->target, (long)getpid(), attempt) < 0) {
      file->temporary = NULL;
      output_file_discard(file);
      return failure_out_of_memory(failure);
    }
    created = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (created < 0 && errno != EEXIST) break;
  }
  if (created >= 0) {
    close(created);
    return true;
  }
  fail_writing(path, errno, failure);
  free(file->temporary);
  file->temporary = NULL;
  output_file_discard(file);
  return false;
}

static bool synchronise(const char *path, int flags) {
  int descriptor = open(path, flags | O_CLOEXEC);
  if (descriptor < 0) return false;
  bool ok = fsync(descriptor) == 0;
  int error = errno;
  close(descriptor);
  errno = error;
  return ok;
}

bool output_file_commit(output_file *file, solve_failure *failure) {
  if (!synchronise(file->temporary, O_WRONLY) || rename(file->temporary, file->target) != 0) {
    fail_writing(file->path, errno, failure);
    output_file_discard(file);
    return false;
  }
  /* The new name is on the disk once its folder is. Some file systems cannot do that; the file
   * itself is safe by then. */
  file->target[folder_length(file->target)] = '\0';
  synchronise(file->target[0] ? file->target : ".", O_RDONLY | O_DIRECTORY);
  free(file->temporary);
  file->temporary = NULL;
  output_file_discard(file);
  return true;
}

void output_file_discard(output_file *file) {
  if (file->temporary) unlink(file->temporary);
  free(file->temporary);
  free(file->target);
  *file = (output_file){0};
}

bool output_file_check(const char *path, solve_failure *failure) {
  output_file file;
  if (!output_file_begin(&file, path, failure)) return false;
  output_file_discard(&file);
  return true;
}

bool output_file_write(const char *path, const char *text, size_t length, solve_failure *failure) {
  output_file file;
  if (!output_file_begin(&file, path, failure)) return false;
  FILE *stream = fopen(file.temporary, "we");
  bool ok = stream && fwrite(text, 1, length, stream) == length;
  if (stream && fclose(stream) != 0) ok = false;
  if (ok) return output_file_commit(&file, failure);
  fail_writing(path, errno, failure);
  output_file_discard(&file);
  return false;
}
