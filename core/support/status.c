/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mfg/error.h>

const char *mfg_status_string(mfg_status status) {
  static const char *const texts[] = {
      [MFG_OK] = "success",
      [MFG_ERROR_INVALID_ARGUMENT] = "invalid argument",
      [MFG_ERROR_SHAPE] = "shapes do not go together",
      [MFG_ERROR_TYPE] = "element types do not go together",
      [MFG_ERROR_MIXED_BACKENDS] = "arrays of two contexts",
      [MFG_ERROR_OUT_OF_MEMORY] = "out of memory",
      [MFG_ERROR_DEVICE_MEMORY] = "out of device memory",
      [MFG_ERROR_UNSUPPORTED] = "not supported by this backend or device",
      [MFG_ERROR_NOT_FOUND] = "not found",
      [MFG_ERROR_NO_BACKEND] = "no usable backend",
      [MFG_ERROR_NO_DEVICE] = "no such device",
      [MFG_ERROR_DEVICE_LOST] = "the device was lost",
      [MFG_ERROR_LAUNCH] = "a kernel could not be run",
      [MFG_ERROR_COMPILE] = "a kernel could not be prepared",
      [MFG_ERROR_VERSION] = "ABI versions do not meet",
      [MFG_ERROR_FORKED] = "used in a forked child",
      [MFG_ERROR_RECORDING] = "not possible while recording",
      [MFG_ERROR_REPEAT_LIMIT] = "a repeat reached its maximum",
      [MFG_ERROR_NOT_CONVERGED] = "not converged",
      [MFG_ERROR_NOT_FINITE] = "not a finite number",
      [MFG_ERROR_IO] = "input or output failed",
      [MFG_ERROR_SYNTAX] = "the text does not parse",
      [MFG_ERROR_INTERRUPTED] = "interrupted",
      [MFG_ERROR_INTERNAL] = "internal error",
  };
  bool known = status >= 0 && (size_t)status < sizeof texts / sizeof *texts;
  return texts[known ? status : MFG_ERROR_INTERNAL];
}
