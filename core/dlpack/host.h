/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elementwise work and reductions on tensors in host memory, without any plugin: small kernels that
 * the reference executor runs. */
#ifndef MFG_DLPACK_HOST_H
#define MFG_DLPACK_HOST_H

#include "dlpack/tensor.h"

/* Copies a strided tensor into C order at `data`. */
mfg_status mfg_host_pack(const mfg_tensor_view *source, void *data);

/* Writes `source`, broadcast, converted where the types differ, and put through `operation` (a
 * unary one of operations.h, or 0) into the target. They may overlap. MFG_ERROR_SHAPE where it does
 * not broadcast. */
mfg_status mfg_host_map(uint32_t operation, const mfg_tensor_view *source,
                        const mfg_tensor_view *target);

/* Any or all (a reduction of kernel.h) of the elements, put through `operation` where it is not 0
 * and taken as bool; `invert` asks for the opposite of each. */
mfg_status mfg_host_test(uint32_t reduction, uint32_t operation, bool invert,
                         const mfg_tensor_view *source, bool *result);

#endif
