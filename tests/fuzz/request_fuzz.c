/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a selection: what parses has items that say something, what does not has a text. A
 * line after the selection is a glob that is matched with it. */
#include <fnmatch.h>
#include <mfg/error.h>
#include <stdlib.h>
#include <string.h>

#include "selection/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds) {
  if (!holds) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);
  check(text != NULL);
  memcpy(text, data, size);
  text[size] = '\0';
  mfg_request_list list;
  if (mfg_request_parse(text, &list) != MFG_OK) {
    check(mfg_last_error()[0] != '\0');
    free(text);
    return 0;
  }
  check(list.count > 0);
  for (size_t i = 0; i < list.count; i++) {
    const mfg_request *item = &list.items[i];
    check(item->backend == NULL || item->backend[0] != '\0');
    check((item->device == MFG_REQUEST_GLOB) == (item->glob != NULL));
    if (item->glob != NULL && strlen(item->glob) < 64)
      (void)fnmatch(item->glob, "Some Processor 9000", FNM_CASEFOLD);
  }
  mfg_request_free(&list);
  free(text);
  return 0;
}
