/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as the flat form of a kernel: what is read back and holds is written, printed and, over
 * a few elements, run. */
#include <mfg/sdk.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EXTENT = 3, MOST_OPERANDS = 16, MOST_SCALARS = 16, MOST_INSTRUCTIONS = 200 };

static void check(bool holds) {
  if (!holds) abort();
}

static void round_trip(const mfg_kernel_description *kernel) {
  size_t size = mfg_kernel_serialise(kernel, NULL, 0);
  unsigned char *flat = malloc(size);
  check(flat != NULL);
  check(mfg_kernel_serialise(kernel, flat, size) == size);
  void *memory = NULL;
  mfg_kernel_description *again = NULL;
  check(mfg_kernel_deserialise(flat, size, &memory, &again, NULL) == MFG_OK);
  check(mfg_kernel_hash(again) == mfg_kernel_hash(kernel));
  size_t length = mfg_kernel_print(kernel, NULL, 0);
  char *listing = malloc(length + 1);
  check(listing != NULL);
  check(mfg_kernel_print(kernel, listing, length + 1) == length && strlen(listing) == length);
  free(listing);
  free(memory);
  free(flat);
}

static void run(const mfg_kernel_description *kernel) {
  uint32_t count = kernel->operands.count;
  if (count > MOST_OPERANDS || kernel->scalars.count > MOST_SCALARS || kernel->rank > 4 ||
      kernel->prologue.count + kernel->epilogue.count > MOST_INSTRUCTIONS)
    return;
  mfg_kernel_binding bindings[MOST_OPERANDS];
  int64_t strides[MOST_OPERANDS][MFG_MAX_RANK];
  mfg_scalar scalars[MOST_SCALARS];
  void *memory[MOST_OPERANDS];
  uint64_t sizes[MOST_OPERANDS];
  memset(bindings, 0, sizeof bindings);
  memset(scalars, 0, sizeof scalars);
  static const int64_t extents[MFG_MAX_RANK] = {EXTENT, EXTENT, EXTENT, EXTENT,
                                                EXTENT, EXTENT, EXTENT, EXTENT};
  mfg_kernel_launch launch = {.struct_size = sizeof launch,
                              .extents = extents,
                              .bindings = {bindings, count, sizeof *bindings},
                              .scalars = {scalars, kernel->scalars.count, sizeof *scalars}};
  for (uint32_t i = 0; i < count; i++) {
    const mfg_kernel_operand *operand = mfg_kernel_operand_at(kernel, i);
    int64_t elements = 1;
    for (int axis = kernel->rank - 1; axis >= 0; axis--) {
      strides[i][axis] = operand->stride_class[axis] == MFG_STRIDE_ZERO ? 0 : elements;
      elements *= EXTENT;
    }
    bindings[i].strides = strides[i];
    bindings[i].extents = (operand->flags & MFG_OPERAND_GATHER) != 0 ? extents : NULL;
    sizes[i] = (uint64_t)elements * mfg_dtype_size(operand->type);
    memory[i] = calloc(1, sizes[i]);
    check(memory[i] != NULL);
  }
  if (mfg_kernel_launch_validate(kernel, &launch, sizes, NULL) == MFG_OK)
    check(mfg_reference_run(kernel, &launch, memory, NULL) == MFG_OK);
  for (uint32_t i = 0; i < count; i++)
    free(memory[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char text[1024] = "";
  mfg_plugin_error error = {
      .struct_size = sizeof error, .text = text, .text_capacity = sizeof text};
  void *memory = NULL;
  mfg_kernel_description *kernel = NULL;
  if (mfg_kernel_deserialise(data, size, &memory, &kernel, &error) != MFG_OK) {
    check(text[0] != '\0');
    return 0;
  }
  if (mfg_kernel_validate(kernel, &error) == MFG_OK) {
    round_trip(kernel);
    run(kernel);
  }
  free(memory);
  return 0;
}
