/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a selection asks for, read from its text:
 *
 *   selection = item { "," item }
 *   item      = name [ ":" device ] | "auto" [ ":" kind ]
 *   device    = index | "name=" glob      kind = "cpu" | "gpu" | "accelerator"
 *
 * Spaces around an item are ignored. A glob ends at the next comma; a '?' in it stands for one. */
#ifndef MFG_SELECTION_REQUEST_H
#define MFG_SELECTION_REQUEST_H

#include <mfg/api.h>

typedef enum mfg_request_device {
  MFG_REQUEST_ANY_DEVICE,
  MFG_REQUEST_INDEX,
  MFG_REQUEST_GLOB
} mfg_request_device;

typedef struct mfg_request {
  const char *backend; /* NULL: auto */
  uint32_t kind;       /* auto: enum mfg_device_kind, or 0 for any */
  mfg_request_device device;
  uint32_t index;
  const char *glob; /* of the device's name, without regard to case */
} mfg_request;

typedef struct mfg_request_list {
  mfg_request *items;
  size_t count;
  char *storage;
} mfg_request_list;

/* Reads a selection. Errors: MFG_ERROR_INVALID_ARGUMENT, with the item that does not parse and what
 * was expected; MFG_ERROR_OUT_OF_MEMORY. */
mfg_status mfg_request_parse(const char *text, mfg_request_list *list);

void mfg_request_free(mfg_request_list *list);

#endif
