/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool mfg_same_file(const mfg_file_identity *one, const mfg_file_identity *other) {
  return one->device == other->device && one->inode == other->inode;
}

static bool same_time(const struct timespec *one, const struct timespec *other) {
  return one->tv_sec == other->tv_sec && one->tv_nsec == other->tv_nsec;
}

bool mfg_same_content(const mfg_file_identity *one, const mfg_file_identity *other) {
  return mfg_same_file(one, other) && one->size == other->size &&
         same_time(&one->modified, &other->modified) && same_time(&one->changed, &other->changed);
}

static mfg_file_identity identity_of(const struct stat *status) {
  return (mfg_file_identity){.device = status->st_dev,
                             .inode = status->st_ino,
                             .size = status->st_size,
                             .modified = status->st_mtim,
                             .changed = status->st_ctim};
}

static const char *kind_of(mode_t mode) {
  return S_ISDIR(mode)    ? "a directory"
         : S_ISFIFO(mode) ? "a FIFO"
         : S_ISSOCK(mode) ? "a socket"
         : S_ISCHR(mode)  ? "a character device"
         : S_ISBLK(mode)  ? "a block device"
                          : "of an unknown kind";
}

static bool acceptable(const struct stat *status, mfg_verdict *verdict) {
  if (!S_ISREG(status->st_mode))
    return mfg_refuse(verdict, MFG_STAGE_FILE, MFG_REASON_INVALID,
                      "the file is %s; expected a regular file", kind_of(status->st_mode));
  if ((status->st_mode & S_IWOTH) != 0)
    return mfg_refuse(verdict, MFG_STAGE_FILE, MFG_REASON_INSECURE,
                      "anybody may write to the file (mode %04o)",
                      (unsigned)(status->st_mode & 07777));
  return true;
}

static bool refuse_for_errno(mfg_verdict *verdict, int error) {
  mfg_reason reason = error == ENOENT ? MFG_REASON_NOT_FOUND : MFG_REASON_INVALID;
  return mfg_refuse(verdict, MFG_STAGE_FILE, reason, "the file cannot be read: %s",
                    strerror(error));
}

/* The kind is looked at before the file is opened, since opening a device may already do something,
 * and again afterwards, since the name may have changed hands. */
int mfg_file_open(const char *path, mfg_file_identity *identity, mfg_verdict *verdict) {
  struct stat status;
  if (stat(path, &status) != 0) {
    refuse_for_errno(verdict, errno);
    return -1;
  }
  if (!acceptable(&status, verdict)) return -1;
  int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0 || fstat(descriptor, &status) != 0)
    refuse_for_errno(verdict, errno);
  else if (acceptable(&status, verdict)) {
    *identity = identity_of(&status);
    return descriptor;
  }
  if (descriptor >= 0) close(descriptor);
  return -1;
}

bool mfg_file_unchanged(const char *path, const mfg_file_identity *identity) {
  struct stat status;
  if (stat(path, &status) != 0) return false;
  mfg_file_identity now = identity_of(&status);
  return mfg_same_content(&now, identity);
}
