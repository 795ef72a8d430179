/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "checkpoint_file.h"

#include "checksum.h"
#include "hdf5_access.h"
#include "output_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FORMAT "mfg-solve checkpoint 1"
#define MOST_ARRAYS 4096

/* ---- the seal -------------------------------------------------------------------------------- */

/* The last bytes of the file: a checksum of all before them. HDF5 does not mind them, and is not
 * given a file without: it can crash or hang on a damaged one. */
typedef struct seal {
  char magic[8];
  uint64_t sum;
} seal;

static const char seal_magic[8] = "mfg-seal";

/* The sum of the first `length` bytes; false where they cannot be read. */
static bool add_up(FILE *file, int64_t length, uint64_t *sum) {
  char block[65536];
  *sum = CHECKSUM_START;
  while (length > 0) {
    size_t wanted = length < (int64_t)sizeof block ? (size_t)length : sizeof block;
    if (fread(block, 1, wanted, file) != wanted) return false;
    *sum = checksum_of_bytes(*sum, block, wanted);
    length -= (int64_t)wanted;
  }
  return true;
}

static bool put_seal(const char *path) {
  struct stat facts;
  seal made;
  FILE *file = fopen(path, "r+e");
  memcpy(made.magic, seal_magic, sizeof made.magic);
  bool ok = file && fstat(fileno(file), &facts) == 0 && add_up(file, facts.st_size, &made.sum) &&
            fseeko(file, 0, SEEK_END) == 0 && fwrite(&made, sizeof made, 1, file) == 1;
  int error = errno;
  if (file && fclose(file) != 0 && ok) {
    error = errno;
    ok = false;
  }
  errno = error;
  return ok;
}

static bool fail_damaged(const char *path, const char *what, solve_failure *failure) {
  return failure_set(failure, EXIT_STATUS_WRONG_INPUT,
                     "%s: found %s; expected a whole checkpoint of mfg-solve", path, what);
}

static bool check_seal(const char *path, solve_failure *failure) {
  struct stat facts;
  seal found;
  uint64_t sum;
  if (stat(path, &facts) != 0) return fail_damaged(path, strerror(errno), failure);
  if (!S_ISREG(facts.st_mode)) return fail_damaged(path, "no regular file", failure);
  FILE *file = fopen(path, "re");
  if (!file) return fail_damaged(path, strerror(errno), failure);
  int64_t length = (int64_t)facts.st_size - (int64_t)sizeof found;
  bool is_read = length > 0 && add_up(file, length, &sum) &&
                 fread(&found, sizeof found, 1, file) == 1 &&
                 memcmp(found.magic, seal_magic, sizeof seal_magic) == 0;
  fclose(file);
  if (!is_read) return fail_damaged(path, "a file of another kind, or cut short", failure);
  return found.sum == sum || fail_damaged(path, "a file with another checksum", failure);
}

/* ---- types ----------------------------------------------------------------------------------- */

static hid_t hdf5_type(mfg_dtype type) {
  return type == MFG_FLOAT64   ? H5T_NATIVE_DOUBLE
         : type == MFG_FLOAT32 ? H5T_NATIVE_FLOAT
                               : H5T_NATIVE_INT64;
}

/* ---- writing --------------------------------------------------------------------------------- */

static herr_t write_array(hid_t group, int index, const mfg_state_array *array) {
  char name[16];
  hsize_t extent[MFG_MAX_RANK];
  for (int i = 0; i < array->rank; i++)
    extent[i] = (hsize_t)array->shape[i];
  snprintf(name, sizeof name, "%d", index);
  if (hdf5_put(group, name, hdf5_type(array->type), array->rank, extent, array->data) < 0)
    return -1;
  hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
  herr_t status = dataset >= 0 && hdf5_set_text(dataset, "name", array->name) >= 0 &&
                          hdf5_set_integer(dataset, "type", array->type) >= 0
                      ? 0
                      : -1;
  if (dataset >= 0) H5Dclose(dataset);
  return status;
}

static herr_t write_content(hid_t file, const mfg_state *state, const checkpoint_origin *origin) {
  if (hdf5_set_text(file, "format", FORMAT) < 0 ||
      hdf5_set_text(file, "identity", origin->identity) < 0 ||
      hdf5_set_text(file, "backend", origin->backend) < 0 ||
      hdf5_set_text(file, "device", origin->device) < 0 ||
      hdf5_set_integer(file, "arrays", mfg_state_count(state)) < 0)
    return -1;
  hid_t group = H5Gcreate2(file, "state", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  herr_t status = group < 0 ? -1 : 0;
  for (int i = 0; status >= 0 && i < mfg_state_count(state); i++)
    status = write_array(group, i, mfg_state_at(state, i));
  if (group >= 0) H5Gclose(group);
  return status < 0 ? status : H5Fflush(file, H5F_SCOPE_GLOBAL);
}

bool checkpoint_file_write(const char *path, const mfg_state *state,
                           const checkpoint_origin *origin, solve_failure *failure) {
  output_file output;
  hdf5_start();
  if (!output_file_begin(&output, path, failure)) return false;
  hid_t file = H5Fcreate(output.temporary, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  bool ok = file >= 0 && write_content(file, state, origin) >= 0;
  if (file >= 0 && H5Fclose(file) < 0) ok = false;
  if (ok && !put_seal(output.temporary)) {
    failure_set(failure, EXIT_STATUS_FAILED,
                "%s: found %s while the checkpoint was written; expected room for it", path,
                strerror(errno));
    ok = false;
  }
  if (ok) return output_file_commit(&output, failure);
  failure_set(failure, EXIT_STATUS_FAILED,
              "%s: found %s while the checkpoint was written; expected room for it", path,
              hdf5_error_text());
  output_file_discard(&output);
  return false;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Reads one array into the state; the text says what is wrong with it, NULL: nothing. */
static const char *read_array(hid_t dataset, mfg_state *state) {
  int64_t type = 0, shape[MFG_MAX_RANK];
  hsize_t extent[H5S_MAX_RANK];
  const char *wrong = "an array without its description";
  char *name = hdf5_get_text(dataset, "name");
  hid_t space = H5Dget_space(dataset);
  int rank = space < 0 ? -1 : H5Sget_simple_extent_dims(space, extent, NULL);
  bool is_described = name && rank >= 0 && rank <= MFG_MAX_RANK &&
                      hdf5_get_integer(dataset, "type", &type) &&
                      (type == MFG_FLOAT64 || type == MFG_FLOAT32 || type == MFG_INT64);
  size_t bytes = type == MFG_FLOAT32 ? 4 : 8;
  bool fits = is_described;
  for (int i = 0; fits && i < rank; i++) {
    fits = extent[i] <= INT64_MAX / 8 && !__builtin_mul_overflow(bytes, (size_t)extent[i], &bytes);
    shape[i] = (int64_t)extent[i];
  }
  /* What is stored, not what is claimed, says how much memory to take. */
  fits = fits && (bytes == 0 || H5Dget_storage_size(dataset) == bytes);
  void *data = fits ? malloc(bytes ? bytes : 1) : NULL;
  if (is_described && !data) wrong = "an array of a size that cannot be";
  if (data) {
    wrong = "an array that cannot be read";
    if (H5Dread(dataset, hdf5_type((mfg_dtype)type), H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0 &&
        mfg_state_set(state, name, (mfg_dtype)type, rank, shape, data) == MFG_OK)
      wrong = NULL;
  }
  free(data);
  free(name);
  if (space >= 0) H5Sclose(space);
  return wrong;
}

static bool read_arrays(hid_t file, const char *path, mfg_state *state, solve_failure *failure) {
  int64_t count = -1;
  if (!hdf5_get_integer(file, "arrays", &count) || count < 0 || count > MOST_ARRAYS)
    return fail_damaged(path, "no number of arrays", failure);
  for (int64_t i = 0; i < count; i++) {
    char name[32];
    snprintf(name, sizeof name, "/state/%d", (int)i);
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    const char *wrong = dataset < 0 ? "fewer arrays than it says" : read_array(dataset, state);
    if (dataset >= 0) H5Dclose(dataset);
    if (wrong) return fail_damaged(path, wrong, failure);
  }
  return true;
}

/* Names the first line in which the two problems differ. */
static bool fail_foreign(const char *path, const char *found, const char *expected,
                         solve_failure *failure) {
  while (*found && *expected) {
    size_t found_length = strcspn(found, "\n"), expected_length = strcspn(expected, "\n");
    if (found_length != expected_length || strncmp(found, expected, found_length) != 0) break;
    found += found_length + (found[found_length] == '\n');
    expected += expected_length + (expected[expected_length] == '\n');
  }
  return failure_set(
      failure, EXIT_STATUS_WRONG_INPUT,
      "%s: found the checkpoint of another problem (with %.*s); expected one of this "
      "problem (with %.*s)",
      path, *found ? (int)strcspn(found, "\n") : 7, *found ? found : "no more",
      *expected ? (int)strcspn(expected, "\n") : 7, *expected ? expected : "no more");
}

static bool check_origin(hid_t file, const char *path, const checkpoint_origin *origin,
                         char **other_device, solve_failure *failure) {
  char *format = hdf5_get_text(file, "format"), *identity = hdf5_get_text(file, "identity");
  char *backend = hdf5_get_text(file, "backend"), *device = hdf5_get_text(file, "device");
  bool ok = true;
  if (!format || strcmp(format, FORMAT) != 0)
    ok = fail_damaged(path, "an HDF5 file of another kind", failure);
  else if (!identity || !backend || !device)
    ok = fail_damaged(path, "no name of its problem or device", failure);
  else if (strcmp(identity, origin->identity) != 0)
    ok = fail_foreign(path, identity, origin->identity, failure);
  bool is_other =
      ok && (strcmp(backend, origin->backend) != 0 || strcmp(device, origin->device) != 0);
  if (is_other && asprintf(other_device, "%s on %s", backend, device) < 0) {
    *other_device = NULL;
    ok = failure_out_of_memory(failure);
  }
  free(format);
  free(identity);
  free(backend);
  free(device);
  return ok;
}

bool checkpoint_file_read(const char *path, const checkpoint_origin *origin, mfg_state **state,
                          char **other_device, solve_failure *failure) {
  *state = NULL;
  *other_device = NULL;
  if (!check_seal(path, failure)) return false;
  hid_t file = hdf5_open(path, failure);
  if (file < 0) return false;
  bool ok = check_origin(file, path, origin, other_device, failure);
  if (ok && mfg_state_create(state) != MFG_OK) ok = failure_out_of_memory(failure);
  ok = ok && read_arrays(file, path, *state, failure);
  H5Fclose(file);
  if (ok) return true;
  mfg_state_release(*state);
  *state = NULL;
  free(*other_device);
  *other_device = NULL;
  return false;
}
