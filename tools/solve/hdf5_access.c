/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hdf5_access.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What the first call that failed since hdf5_start had to say: the calls that clean up after it
 * would clear the library's own memory of it. */
static char first_words[8192];

/* ---- errors ---------------------------------------------------------------------------------- */

static herr_t keep_innermost(unsigned depth, const H5E_error2_t *error, void *user) {
  (void)user;
  if (depth == 0 && error->desc) snprintf(first_words, sizeof first_words, "%s", error->desc);
  return 0;
}

static herr_t note_failure(hid_t stack, void *user) {
  if (first_words[0] == '\0') H5Ewalk2(stack, H5E_WALK_UPWARD, keep_innermost, user);
  return 0;
}

void hdf5_start(void) {
  H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, note_failure, NULL);
  first_words[0] = '\0';
}

const char *hdf5_error_text(void) {
  /* The system's own words, of what HDF5 quotes of a call that failed. */
  static const char quoted[] = "error message = '";
  char *words = strstr(first_words, quoted);
  if (words) {
    words += sizeof quoted - 1;
    memmove(first_words, words, strlen(words) + 1);
    first_words[strcspn(first_words, "'")] = '\0';
  }
  first_words[strcspn(first_words, "\n")] = '\0';
  return first_words[0] ? first_words : "an unknown error of HDF5";
}

hid_t hdf5_open(const char *path, solve_failure *failure) {
  struct stat facts;
  hdf5_start();
  if (stat(path, &facts) != 0) {
    failure_set(failure, EXIT_STATUS_WRONG_INPUT, "%s: found %s; expected an HDF5 file", path,
                strerror(errno));
    return H5I_INVALID_HID;
  }
  if (!S_ISREG(facts.st_mode)) {
    failure_set(failure, EXIT_STATUS_WRONG_INPUT,
                "%s: found no regular file; expected an HDF5 file", path);
    return H5I_INVALID_HID;
  }
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0) {
    failure_set(failure, EXIT_STATUS_WRONG_INPUT, "%s: found %s; expected an HDF5 file", path,
                hdf5_error_text());
  }
  return file;
}

/* ---- attributes ------------------------------------------------------------------------------ */

static herr_t set_attribute(hid_t object, const char *name, hid_t type, const void *value) {
  hid_t space = H5Screate(H5S_SCALAR);
  hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  herr_t status = attribute < 0 ? -1 : H5Awrite(attribute, type, value);
  if (attribute >= 0 && H5Aclose(attribute) < 0) status = -1;
  if (space >= 0) H5Sclose(space);
  return status;
}

static hid_t text_type(void) {
  hid_t type = H5Tcopy(H5T_C_S1);
  if (type >= 0 && (H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0)) {
    H5Tclose(type);
    return H5I_INVALID_HID;
  }
  return type;
}

herr_t hdf5_set_text(hid_t object, const char *name, const char *text) {
  hid_t type = text_type();
  herr_t status = type < 0 ? -1 : set_attribute(object, name, type, &text);
  if (type >= 0) H5Tclose(type);
  return status;
}

herr_t hdf5_set_double(hid_t object, const char *name, double value) {
  return set_attribute(object, name, H5T_NATIVE_DOUBLE, &value);
}

herr_t hdf5_set_integer(hid_t object, const char *name, int64_t value) {
  return set_attribute(object, name, H5T_NATIVE_INT64, &value);
}

herr_t hdf5_set_boolean(hid_t object, const char *name, bool value) {
  int8_t no = 0, yes = 1, written = value;
  hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
  herr_t status = -1;
  if (type >= 0 && H5Tenum_insert(type, "FALSE", &no) >= 0 &&
      H5Tenum_insert(type, "TRUE", &yes) >= 0)
    status = set_attribute(object, name, type, &written);
  if (type >= 0) H5Tclose(type);
  return status;
}

char *hdf5_get_text(hid_t object, const char *name) {
  if (H5Aexists(object, name) <= 0) return NULL;
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), stored = H5I_INVALID_HID;
  hid_t type = text_type(), space = H5I_INVALID_HID;
  char *text = NULL, *copy = NULL;
  if (attribute >= 0) {
    stored = H5Aget_type(attribute);
    space = H5Aget_space(attribute);
  }
  if (type >= 0 && stored >= 0 && space >= 0 && H5Tis_variable_str(stored) > 0 &&
      H5Sget_simple_extent_npoints(space) == 1 && H5Aread(attribute, type, &text) >= 0 && text) {
    copy = strdup(text);
    H5free_memory(text);
  }
  if (space >= 0) H5Sclose(space);
  if (stored >= 0) H5Tclose(stored);
  if (type >= 0) H5Tclose(type);
  if (attribute >= 0) H5Aclose(attribute);
  return copy;
}

bool hdf5_get_integer(hid_t object, const char *name, int64_t *value) {
  if (H5Aexists(object, name) <= 0) return false;
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), space = H5I_INVALID_HID;
  if (attribute >= 0) space = H5Aget_space(attribute);
  bool ok = space >= 0 && H5Sget_simple_extent_npoints(space) == 1 &&
            H5Aread(attribute, H5T_NATIVE_INT64, value) >= 0;
  if (space >= 0) H5Sclose(space);
  if (attribute >= 0) H5Aclose(attribute);
  return ok;
}

/* ---- datasets -------------------------------------------------------------------------------- */

herr_t hdf5_put(hid_t place, const char *name, hid_t type, int rank, const hsize_t *extent,
                const void *data) {
  hid_t space = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, extent, NULL);
  hid_t dataset = space < 0
                      ? H5I_INVALID_HID
                      : H5Dcreate2(place, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  herr_t status = dataset < 0 ? -1 : 0;
  bool is_empty = false;
  for (int i = 0; i < rank; i++)
    is_empty = is_empty || extent[i] == 0;
  if (status >= 0 && !is_empty)
    status = H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
  if (dataset >= 0 && H5Dclose(dataset) < 0) status = -1;
  if (space >= 0) H5Sclose(space);
  return status;
}
