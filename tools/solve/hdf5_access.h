/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_HDF5_ACCESS_H
#define MFG_TOOLS_SOLVE_HDF5_ACCESS_H

#include "failure.h"

#include <hdf5.h>
#include <stdint.h>

/* What every use of HDF5 in this program shares: a silent library whose error stack becomes text,
 * and attributes of plain types. The library is used by one thread. */

/* Begins a stretch of work with the library: keeps it from printing, and from cleaning up at exit
 * (it can loop there for ever after a full disk), and forgets earlier errors. */
void hdf5_start(void);

/* The innermost error of the first call that failed since hdf5_start, as one line. Valid until the
 * next hdf5_start. */
const char *hdf5_error_text(void);

/* Opens a file for reading; negative with status 2 where there is none or it is no HDF5 file. */
hid_t hdf5_open(const char *path, solve_failure *failure);

/* Attributes of an object; texts are UTF-8 of variable length. Negative on failure. */
herr_t hdf5_set_text(hid_t object, const char *name, const char *text);
herr_t hdf5_set_double(hid_t object, const char *name, double value);
herr_t hdf5_set_integer(hid_t object, const char *name, int64_t value);
/* As h5py writes one: an enumeration of FALSE and TRUE. */
herr_t hdf5_set_boolean(hid_t object, const char *name, bool value);

/* The text of an attribute, freed with free(); NULL where there is none. */
char *hdf5_get_text(hid_t object, const char *name);
bool hdf5_get_integer(hid_t object, const char *name, int64_t *value);

/* Writes a whole dataset of `type`. Negative on failure. */
herr_t hdf5_put(hid_t place, const char *name, hid_t type, int rank, const hsize_t *extent,
                const void *data);

#endif
