/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "select.h"

#include "kind.h"
#include "loader/scan.h"
#include "rank.h"
#include "request.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/log.h"
#include "support/text.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One selection while it is worked on. */
typedef struct attempt_state {
  mfg_scan scan;
  uint32_t types;
  bool device_missing; /* a named backend was there, its device was not */
  mfg_text refusals;   /* a line for each item that could not be had */
} attempt_state;

static void take(attempt_state *attempt, size_t entry, uint32_t device, mfg_choice *choice) {
  mfg_entry *from = &attempt->scan.entries[entry];
  *choice = (mfg_choice){.backend = mfg_backend_keep(from->backend),
                         .host = attempt->scan.host,
                         .device_index = device,
                         .info = from->devices.infos[device]};
}

static bool answers(const mfg_request *request, const mfg_device_list *devices, uint32_t index) {
  switch (request->device) {
  case MFG_REQUEST_INDEX: return index == request->index;
  case MFG_REQUEST_GLOB:
    return fnmatch(request->glob, devices->infos[index].name, FNM_CASEFOLD) == 0;
  default: return true;
  }
}

static void describe_wish(mfg_text *text, const attempt_state *attempt,
                          const mfg_request *request) {
  if (request->device == MFG_REQUEST_INDEX)
    mfg_text_append(text, " %" PRIu32, request->index);
  else if (request->device == MFG_REQUEST_GLOB)
    mfg_text_append(text, " named '%s'", request->glob);
  if (attempt->types != MFG_DTYPE_BIT(MFG_FLOAT64))
    mfg_text_append(text, " with the element types 0x%" PRIX32, attempt->types);
  else
    mfg_text_append(text, " with float64");
}

/* The backend is there; none of its devices is what was asked for. */
static void refuse_devices(attempt_state *attempt, const mfg_request *request,
                           const mfg_entry *entry) {
  mfg_text *text = &attempt->refusals;
  attempt->device_missing = true;
  mfg_text_append(text, "backend '%s' has no device", request->backend);
  describe_wish(text, attempt, request);
  mfg_text_append(text, "; it has:\n");
  for (uint32_t i = 0; i < entry->devices.count; i++) {
    const mfg_plugin_device_info *info = &entry->devices.infos[i];
    mfg_text_append(text, "  %s:%" PRIu32 "  ", entry->name, i);
    mfg_text_append_printable(text, info->name);
    mfg_text_append(text, " (%s, element types 0x%" PRIX32 ")\n", mfg_device_kind_name(info->kind),
                    info->types);
  }
}

static bool choose_device(attempt_state *attempt, const mfg_request *request, size_t index,
                          mfg_choice *choice) {
  const mfg_entry *entry = &attempt->scan.entries[index];
  for (uint32_t i = 0; i < entry->devices.count; i++)
    if (answers(request, &entry->devices, i) &&
        (entry->devices.infos[i].types & attempt->types) == attempt->types) {
      take(attempt, index, i, choice);
      return true;
    }
  refuse_devices(attempt, request, entry);
  return false;
}

static bool choose_named(attempt_state *attempt, const mfg_request *request, mfg_choice *choice) {
  for (size_t i = 0; i < attempt->scan.count; i++)
    if (strcmp(attempt->scan.entries[i].name, request->backend) == 0 &&
        mfg_scan_examine(&attempt->scan, i))
      return choose_device(attempt, request, i, choice);
  mfg_text_append(&attempt->refusals,
                  "no usable backend '%s': no file mfg-backend-%s.so could be used\n",
                  request->backend, request->backend);
  return false;
}

static void log_ranking(const mfg_ranking *ranking) {
  for (size_t i = 0; i < ranking->count; i++) {
    const mfg_ranked_device *device = &ranking->devices[i].record;
    mfg_log_line(MFG_LOG_INFO, "auto: %zu. %s:%" PRIu32 ", score %g: %s", i + 1, device->backend,
                 device->device, device->score, device->why);
  }
}

static bool choose_best(attempt_state *attempt, const mfg_request *request,
                        const mfg_ranking *ranking, mfg_choice *choice) {
  for (size_t i = 0; i < ranking->count; i++) {
    const mfg_ranked *ranked = &ranking->devices[i];
    const mfg_plugin_device_info *info =
        &attempt->scan.entries[ranked->entry].devices.infos[ranked->record.device];
    bool kind_fits = request->kind == 0 || info->kind == request->kind;
    if (ranked->record.score > 0 && kind_fits && (info->types & attempt->types) == attempt->types) {
      take(attempt, ranked->entry, ranked->record.device, choice);
      return true;
    }
  }
  mfg_text_append(&attempt->refusals, "no usable backend for 'auto%s%s': no device",
                  request->kind != 0 ? ":" : "",
                  request->kind != 0 ? mfg_device_kind_name(request->kind) : "");
  describe_wish(&attempt->refusals, attempt, request);
  mfg_text_append(&attempt->refusals, " was found\n");
  return false;
}

static mfg_status choose_auto(attempt_state *attempt, const mfg_request *request,
                              mfg_choice *choice) {
  for (size_t i = 0; i < attempt->scan.count; i++)
    mfg_scan_examine(&attempt->scan, i);
  mfg_ranking ranking;
  mfg_status status = mfg_ranking_build(&attempt->scan, &ranking);
  if (status != MFG_OK) return status;
  log_ranking(&ranking);
  choose_best(attempt, request, &ranking, choice);
  mfg_ranking_free(&ranking);
  return MFG_OK;
}

static mfg_status refuse(attempt_state *attempt, const char *selection, const char *origin) {
  mfg_text text = {0};
  char *refusals = mfg_text_take(&attempt->refusals);
  mfg_text_append(&text, "%s", refusals != NULL ? refusals : "");
  free(refusals);
  mfg_text_append(&text, "asked for: '%.200s' (%s)\n", selection, origin);
  mfg_scan_describe(&attempt->scan, &text);
  char *whole = mfg_text_take(&text);
  if (whole == NULL) return mfg_fail_memory(1, "the report on a selection");
  size_t length = strlen(whole);
  whole[length - 1] = '\0';
  mfg_status status =
      mfg_fail(attempt->device_missing ? MFG_ERROR_NO_DEVICE : MFG_ERROR_NO_BACKEND, "%s", whole);
  free(whole);
  return status;
}

static mfg_status choose(attempt_state *attempt, const mfg_request_list *list,
                         const char *selection, const char *origin, mfg_choice *choice) {
  mfg_status status = MFG_OK;
  for (size_t i = 0; status == MFG_OK && choice->backend == NULL && i < list->count; i++)
    if (list->items[i].backend == NULL)
      status = choose_auto(attempt, &list->items[i], choice);
    else
      choose_named(attempt, &list->items[i], choice);
  if (status != MFG_OK) return status;
  if (choice->backend == NULL) return refuse(attempt, selection, origin);
  mfg_log_line(MFG_LOG_INFO, "selection '%s' (%s): %s:%" PRIu32 ", %s", selection, origin,
               choice->backend->name, choice->device_index, choice->info.name);
  return MFG_OK;
}

static mfg_status select_from(const mfg_request_list *list, const char *selection,
                              const char *origin, const mfg_select_options *options,
                              mfg_choice *choice) {
  const mfg_plugin_host *host = mfg_host_table(options->settings, options->setting_count);
  if (host == NULL) return mfg_fail_memory(sizeof *host, "the services for plugins");
  attempt_state attempt = {.types =
                               options->types != 0 ? options->types : MFG_DTYPE_BIT(MFG_FLOAT64)};
  mfg_status status = mfg_scan_open(options->plugin_path, host, &attempt.scan);
  if (status != MFG_OK) return status;
  status = choose(&attempt, list, selection, origin, choice);
  mfg_text_free(&attempt.refusals);
  mfg_scan_close(&attempt.scan);
  return status;
}

mfg_status mfg_core_select(const char *selection, const mfg_select_options *options,
                           mfg_choice *choice) {
  const char *origin = "given by the program";
  *choice = (mfg_choice){0};
  if (selection == NULL) {
    selection = mfg_environment("MFG_BACKEND");
    origin = "MFG_BACKEND";
  }
  if (selection == NULL) {
    selection = "auto";
    origin = "the default";
  }
  mfg_request_list list;
  mfg_status status = mfg_request_parse(selection, &list);
  if (status != MFG_OK) return status;
  static const mfg_select_options nothing;
  status = select_from(&list, selection, origin, options != NULL ? options : &nothing, choice);
  mfg_request_free(&list);
  return status;
}

void mfg_choice_release(mfg_choice *choice) {
  mfg_backend_release(choice->backend);
  *choice = (mfg_choice){0};
}
