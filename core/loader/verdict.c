/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verdict.h"

#include "support/text.h"

#include <stdlib.h>

const char *mfg_reason_name(mfg_reason reason) {
  static const char *const names[] = {
      [MFG_REASON_NONE] = "",
      [MFG_REASON_NOT_FOUND] = "not-found",
      [MFG_REASON_BAD_ELF] = "bad-elf",
      [MFG_REASON_MISSING_DEPENDENCY] = "missing-dependency",
      [MFG_REASON_NO_ENTRY] = "no-entry",
      [MFG_REASON_VERSION] = "version",
      [MFG_REASON_SANITIZER] = "sanitizer",
      [MFG_REASON_NO_DRIVER] = "no-driver",
      [MFG_REASON_NO_DEVICE] = "no-device",
      [MFG_REASON_ISA] = "isa",
      [MFG_REASON_DUPLICATE] = "duplicate",
      [MFG_REASON_DISABLED] = "disabled",
      [MFG_REASON_INSECURE] = "insecure",
      [MFG_REASON_CRASHED] = "crashed",
      [MFG_REASON_TIMEOUT] = "timeout",
      [MFG_REASON_INVALID] = "invalid",
  };
  return names[reason];
}

const char *mfg_stage_name(mfg_stage stage) {
  static const char *const names[] = {"name", "filter", "file",  "object",
                                      "open", "entry",  "query", "devices"};
  return names[stage];
}

bool mfg_refuse(mfg_verdict *verdict, mfg_stage stage, mfg_reason reason, const char *format, ...) {
  mfg_text text = {0};
  va_list arguments;
  va_start(arguments, format);
  mfg_text_append_list(&text, format, arguments);
  va_end(arguments);
  free(verdict->detail);
  *verdict = (mfg_verdict){.reason = reason, .stage = stage, .detail = mfg_text_take(&text)};
  return false;
}
