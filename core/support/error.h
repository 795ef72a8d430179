/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a function of core fails: it leaves a text for its thread and returns the status. */
#ifndef MFG_SUPPORT_ERROR_H
#define MFG_SUPPORT_ERROR_H

#include <mfg/error.h>

/* Makes the formatted text the thread's last error and returns `status`. The arguments may point
 * into the text of mfg_last_error(). Texts longer than 16 KiB are cut, with a mark. Allocates
 * nothing. */
mfg_status mfg_fail(mfg_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* mfg_fail for an allocation that failed: says how many bytes were asked for, and for what. */
mfg_status mfg_fail_memory(size_t bytes, const char *purpose);

#endif
