/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of devices and their names. */
#ifndef MFG_SELECTION_KIND_H
#define MFG_SELECTION_KIND_H

#include <mfg/registry.h>

/* The kind that a name means (the inverse of mfg_device_kind_name), 0 for no kind. */
uint32_t mfg_device_kind_of_name(const char *name);

#endif
