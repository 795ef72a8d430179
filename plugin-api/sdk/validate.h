/* SPDX-License-Identifier: MIT */
/* What the two halves of the validator share. Internal to the SDK. */
#ifndef MFG_SDK_VALIDATE_H
#define MFG_SDK_VALIDATE_H

#include "types.h"

/* The validator at work on one description. `uses[i]` counts how often operand i was named so far.
 */
typedef struct mfg_validation {
  const mfg_kernel_description *kernel;
  mfg_plugin_error *error;
  uint32_t *uses;
} mfg_validation;

/* Checks the instructions of one section, `in_epilogue` or not. */
mfg_status mfg_validate_section(const mfg_validation *validation, const mfg_span *section,
                                bool in_epilogue);

/* Type of result number `slot` of the pattern; 0 where it has none. The prologue has been checked.
 */
mfg_dtype mfg_validate_result_type(const mfg_kernel_description *kernel, uint32_t slot);

/* True for a type that kernels of this version may use. */
static inline bool mfg_validate_type_known(mfg_dtype type) {
  return type < 32 && (MFG_KERNEL_TYPE_BITS >> type & 1) != 0;
}

#endif
