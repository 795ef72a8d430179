/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The environment, as far as it may be trusted. */
#ifndef MFG_SUPPORT_ENVIRONMENT_H
#define MFG_SUPPORT_ENVIRONMENT_H

#include <stdbool.h>

/* The value of a variable, or NULL where it is not set, is empty, or where the process runs with
 * more rights than its user has (set-user-id and the like): then the user's environment says
 * nothing. The text is the environment's own; it is copied by whoever keeps it. */
const char *mfg_environment(const char *name);

/* Whether the process runs with more rights than its user has. */
bool mfg_environment_elevated(void);

#endif
