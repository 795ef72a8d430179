/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How core writes to the log. */
#ifndef MFG_SUPPORT_LOG_H
#define MFG_SUPPORT_LOG_H

#include <mfg/log.h>

/* Whether a line of this level would be passed on. Any thread; costs one load. */
bool mfg_log_enabled(int32_t level);

/* Passes a line on; its control bytes are made printable, a newline excepted. */
void mfg_log_line(int32_t level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a line that is complete, as plugins give it. */
void mfg_log_text(int32_t level, const char *text);

#endif
