/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a status means, and what the last failed call had to say about it.
 *
 * Every public function that fails leaves a text for its own thread; the status says which kind of
 * failure it is, the text what was found, where, and what was expected. */
#ifndef MFG_ERROR_H
#define MFG_ERROR_H

#include <mfg/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One line for a status, never NULL, "unknown status" for a number that is none. Static text; any
 * thread. */
MFG_API const char *mfg_status_string(mfg_status status);

/* The text of the last call on this thread that failed, "" where none has. It is UTF-8 as far as
 * the texts of drivers and the names of files are, may have several lines, and stays valid until
 * the next call on this thread that fails, or the end of the thread. */
MFG_API const char *mfg_last_error(void);

/* Version of the library, "0.1.0". Static. */
MFG_API const char *mfg_version(void);

#ifdef __cplusplus
}
#endif

#endif
