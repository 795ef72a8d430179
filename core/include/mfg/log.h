/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log: lines that the library and its plugins write while they work.
 *
 * A line has a level of enum mfg_log_level (plugin.h). Lines up to the level of the log are passed
 * on, others are not even built. The level is MFG_DEBUG's (error, warn, info or debug; warn where
 * that is not set), and lines go to standard error, unless the program says otherwise here. */
#ifndef MFG_LOG_H
#define MFG_LOG_H

#include <mfg/api.h>
#include <mfg/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Receives one line, without a newline at its end. It is called from any thread, several at a time,
 * and calls nothing of this library. */
typedef void (*mfg_log_function)(void *data, int32_t level, const char *text);

/* Sends lines to `function` with `data`, or to standard error again where it is NULL. A line that
 * another thread is passing on may still reach the old function shortly after the call. */
MFG_API void mfg_log_set(mfg_log_function function, void *data);

/* Sets the level; 0 goes back to MFG_DEBUG, which is then read again. Any thread. */
MFG_API void mfg_log_level_set(int32_t level);

#ifdef __cplusplus
}
#endif

#endif
