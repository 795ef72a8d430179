/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "request.h"

#include "kind.h"
#include "support/error.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static mfg_status refuse(const char *item, const char *expected) {
  return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "selection '%.200s': %s", item, expected);
}

static bool is_name(const char *text) {
  if (*text == '\0') return false;
  for (; *text != '\0'; text++)
    if (!isascii((unsigned char)*text) || (!isalnum((unsigned char)*text) && !strchr("_-", *text)))
      return false;
  return true;
}

static mfg_status parse_device(char *device, mfg_request *request) {
  static const char by_name[] = "name=";
  if (strncmp(device, by_name, sizeof by_name - 1) == 0) {
    request->device = MFG_REQUEST_GLOB;
    request->glob = device + sizeof by_name - 1;
    return *request->glob != '\0' ? MFG_OK : refuse(device, "expected a pattern after 'name='");
  }
  char *end;
  errno = 0;
  unsigned long index = strtoul(device, &end, 10);
  if (!isdigit((unsigned char)device[0]) || *end != '\0' || errno != 0 || index > UINT32_MAX)
    return refuse(device, "expected the index of a device (0, 1, ...) or 'name=PATTERN'");
  request->device = MFG_REQUEST_INDEX;
  request->index = (uint32_t)index;
  return MFG_OK;
}

static mfg_status parse_item(char *item, mfg_request *request) {
  char *device = strchr(item, ':');
  if (device != NULL) *device++ = '\0';
  if (!is_name(item))
    return refuse(item, "expected the name of a backend (letters, digits, '_', '-') or 'auto'");
  if (strcmp(item, "auto") != 0) {
    request->backend = item;
    return device != NULL ? parse_device(device, request) : MFG_OK;
  }
  request->kind = device != NULL ? mfg_device_kind_of_name(device) : 0;
  if (device != NULL && request->kind == 0)
    return refuse(device, "expected a kind of device after 'auto:': cpu, gpu or accelerator");
  return MFG_OK;
}

static char *trimmed(char *text) {
  while (isspace((unsigned char)*text))
    text++;
  size_t length = strlen(text);
  while (length > 0 && isspace((unsigned char)text[length - 1]))
    text[--length] = '\0';
  return text;
}

static size_t count_items(const char *text) {
  size_t count = 1;
  for (; *text != '\0'; text++)
    count += *text == ',';
  return count;
}

mfg_status mfg_request_parse(const char *text, mfg_request_list *list) {
  size_t count = count_items(text);
  *list = (mfg_request_list){.items = calloc(count, sizeof *list->items), .storage = strdup(text)};
  if (list->items == NULL || list->storage == NULL) {
    mfg_request_free(list);
    return mfg_fail_memory(count * sizeof *list->items, "a selection");
  }
  mfg_status status = MFG_OK;
  char *rest = list->storage;
  while (status == MFG_OK && rest != NULL) {
    char *item = strsep(&rest, ",");
    status = parse_item(trimmed(item), &list->items[list->count++]);
  }
  if (status != MFG_OK) mfg_request_free(list);
  return status;
}

void mfg_request_free(mfg_request_list *list) {
  free(list->items);
  free(list->storage);
  *list = (mfg_request_list){0};
}
