/* SPDX-License-Identifier: MIT */
/* The flat form of a description: a head, then its parts one after the other, each element as its
 * struct lies in memory. Strides, addresses and what lies behind the known structs leave no trace;
 * bytes of a constant beyond its type are zero. Offsets are multiples of eight, so that the form
 * can be read where it lies. */
#include "types.h"

#include <stdlib.h>
#include <string.h>

#define FORMAT UINT32_C(0x314B464D) /* "MFK1" */
#define PARTS 8

struct head {
  uint32_t format;
  uint8_t rank;
  uint8_t index_width;
  uint8_t reserved[2];
  uint32_t counts[PARTS];
  mfg_kernel_pattern pattern;
};

MFG_STATIC_ASSERT(sizeof(struct head) % 8 == 0, "parts start at multiples of eight");

static const size_t part_sizes[PARTS] = {
    sizeof(mfg_kernel_operand), sizeof(mfg_kernel_scalar),      sizeof(mfg_kernel_site),
    sizeof(mfg_kernel_step),    sizeof(mfg_kernel_instruction), sizeof(mfg_kernel_instruction),
    sizeof(mfg_kernel_output),  sizeof(mfg_kernel_reduction),
};

enum { PART_PROLOGUE = 4, PART_EPILOGUE = 5 };

static void list_parts(const mfg_kernel_description *kernel, const mfg_span *parts[PARTS]) {
  const mfg_span *const list[PARTS] = {&kernel->operands, &kernel->scalars,   &kernel->sites,
                                       &kernel->steps,    &kernel->prologue,  &kernel->epilogue,
                                       &kernel->outputs,  &kernel->reductions};
  memcpy(parts, list, sizeof list);
}

static size_t padded(size_t size) {
  return (size + 7) / 8 * 8;
}

/* ---- writing -------------------------------------------------------------------------------- */

/* A target that counts what does not fit. */
struct writer {
  char *target;
  size_t capacity;
  size_t size;
};

static void write_bytes(struct writer *writer, const void *bytes, size_t count) {
  if (writer->size < writer->capacity) {
    size_t room = writer->capacity - writer->size;
    memcpy(writer->target + writer->size, bytes, count < room ? count : room);
  }
  writer->size += count;
}

static void write_instruction(struct writer *writer, const mfg_kernel_instruction *instruction) {
  mfg_kernel_instruction plain = *instruction;
  plain.value.bits = 0;
  memcpy(&plain.value, &instruction->value, mfg_dtype_size(instruction->type));
  write_bytes(writer, &plain, sizeof plain);
}

static void write_part(struct writer *writer, uint32_t part, const mfg_span *span) {
  static const char zeros[8] = {0};
  for (uint32_t i = 0; i < span->count; i++) {
    if (part == PART_PROLOGUE || part == PART_EPILOGUE)
      write_instruction(writer, mfg_kernel_instruction_at(span, i));
    else
      write_bytes(writer, mfg_span_at(span, i), part_sizes[part]);
  }
  write_bytes(writer, zeros, padded(writer->size) - writer->size);
}

size_t mfg_kernel_serialise(const mfg_kernel_description *description, void *target,
                            size_t capacity) {
  const mfg_span *parts[PARTS];
  list_parts(description, parts);
  struct head head;
  memset(&head, 0, sizeof head);
  head.format = FORMAT;
  head.rank = description->rank;
  head.index_width = description->index_width;
  memcpy(&head.pattern, description->pattern, sizeof head.pattern);
  head.pattern.struct_size = sizeof head.pattern;
  for (uint32_t part = 0; part < PARTS; part++)
    head.counts[part] = parts[part]->count;
  struct writer writer = {.target = target, .capacity = target == NULL ? 0 : capacity};
  write_bytes(&writer, &head, sizeof head);
  for (uint32_t part = 0; part < PARTS; part++)
    write_part(&writer, part, parts[part]);
  return writer.size;
}

uint64_t mfg_kernel_hash(const mfg_kernel_description *description) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  size_t size = mfg_kernel_serialise(description, NULL, 0);
  unsigned char *bytes = malloc(size);
  if (bytes == NULL) return 0;
  mfg_kernel_serialise(description, bytes, size);
  for (size_t i = 0; i < size; i++)
    hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
  free(bytes);
  return hash;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* Bytes of the whole form as its head announces it; 0 where that overflows. */
static size_t announced_size(const struct head *head) {
  uint64_t size = sizeof *head;
  for (uint32_t part = 0; part < PARTS; part++)
    size = padded(size + (uint64_t)head->counts[part] * part_sizes[part]);
  return size > SIZE_MAX / 2 ? 0 : (size_t)size;
}

/* What a deserialised kernel is in memory: the description, then a copy of the flat form. */
struct block {
  mfg_kernel_description description;
  struct head head;
};

static void point_into(struct block *block) {
  mfg_kernel_description *kernel = &block->description;
  *kernel = (mfg_kernel_description){.struct_size = sizeof *kernel,
                                     .rank = block->head.rank,
                                     .index_width = block->head.index_width,
                                     .pattern = &block->head.pattern};
  mfg_span *const spans[PARTS] = {&kernel->operands, &kernel->scalars,   &kernel->sites,
                                  &kernel->steps,    &kernel->prologue,  &kernel->epilogue,
                                  &kernel->outputs,  &kernel->reductions};
  const char *start = (const char *)&block->head;
  size_t offset = sizeof block->head;
  for (uint32_t part = 0; part < PARTS; part++) {
    *spans[part] = (mfg_span){.first = start + offset,
                              .count = block->head.counts[part],
                              .stride = (uint32_t)part_sizes[part]};
    offset = padded(offset + (size_t)block->head.counts[part] * part_sizes[part]);
  }
}

static mfg_status check_head(const void *source, size_t size, mfg_plugin_error *error) {
  struct head head;
  if (size < sizeof head)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "flat kernel: %zu bytes, expected at least %zu", size, sizeof head);
  memcpy(&head, source, sizeof head);
  if (head.format != FORMAT || head.reserved[0] != 0 || head.reserved[1] != 0)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "flat kernel: begins with %08x, expected %08x",
                                (unsigned)head.format, (unsigned)FORMAT);
  if (announced_size(&head) != size)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "flat kernel: %zu bytes, expected %zu as its counts say", size,
                                announced_size(&head));
  return MFG_OK;
}

mfg_status mfg_kernel_deserialise(const void *source, size_t size, void **memory,
                                  mfg_kernel_description **description, mfg_plugin_error *error) {
  mfg_status status = check_head(source, size, error);
  if (status != MFG_OK) return status;
  struct block *block = calloc(1, offsetof(struct block, head) + size);
  if (block == NULL)
    return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0,
                                "no memory for a kernel of %zu bytes", size);
  memcpy(&block->head, source, size);
  point_into(block);
  status = mfg_kernel_validate(&block->description, error);
  if (status != MFG_OK) {
    free(block);
    return status;
  }
  *memory = block;
  *description = &block->description;
  return MFG_OK;
}
