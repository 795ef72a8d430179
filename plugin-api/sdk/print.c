/* SPDX-License-Identifier: MIT */
/* The listing of a kernel: one line an operand, an instruction, a result. */
#include <mfg/sdk.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* A text that counts what does not fit. */
struct text {
  char *target;
  size_t capacity;
  size_t length;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *text, const char *format, ...) {
  size_t room = text->length < text->capacity ? text->capacity - text->length : 0;
  va_list arguments;
  va_start(arguments, format);
  int written = vsnprintf(room > 0 ? text->target + text->length : NULL, room, format, arguments);
  va_end(arguments);
  if (written > 0) text->length += (size_t)written;
}

static void put_value(struct text *text, mfg_scalar value, mfg_dtype type) {
  switch (type) {
  case MFG_BOOL: put(text, "%s", value.boolean != 0 ? "true" : "false"); break;
#define SIGNED(symbol, member, T)                                                                  \
  case MFG_##symbol:                                                                               \
    put(text, "%" PRId64, (int64_t)value.member);                                                  \
    break;
#define UNSIGNED(symbol, member, T)                                                                \
  case MFG_##symbol: put(text, "%" PRIu64, (uint64_t)value.member); break;
    MFG_SIGNED_TYPES(SIGNED)
    MFG_UNSIGNED_TYPES(UNSIGNED)
#undef SIGNED
#undef UNSIGNED
  case MFG_FLOAT32: put(text, "%.9g", (double)value.float32); break;
  default: put(text, "%.17g", value.float64); break;
  }
}

static void put_operand(struct text *text, const mfg_kernel_description *kernel, uint32_t i) {
  static const char classes[] = {'*', '0', '1'};
  const mfg_kernel_operand *operand = mfg_kernel_operand_at(kernel, i);
  put(text, "operand %u: %s %s%s (", (unsigned)i, mfg_dtype_name(operand->type),
      (operand->flags & MFG_OPERAND_WRITE) != 0 ? "write" : "read",
      (operand->flags & MFG_OPERAND_GATHER) != 0 ? " gather" : "");
  for (uint32_t axis = 0; axis < kernel->rank; axis++)
    put(text, "%s%c", axis > 0 ? ", " : "", classes[operand->stride_class[axis]]);
  put(text, ")\n");
}

static void put_site(struct text *text, const mfg_kernel_description *kernel, uint32_t site,
                     mfg_dtype type) {
  static const char *const boundaries[] = {"", "wrap", "clamp", "mirror", "constant"};
  if (site == MFG_SITE_HERE) return;
  const mfg_kernel_site *steps = mfg_kernel_site_at(kernel, site - 1);
  put(text, " at");
  for (uint32_t k = 0; k < steps->count; k++) {
    const mfg_kernel_step *step = mfg_kernel_step_at(kernel, steps->first + k);
    put(text, " (%u, %+" PRId64 ", %s", (unsigned)step->axis, step->offset,
        boundaries[step->boundary]);
    if (step->boundary == MFG_BOUNDARY_CONSTANT) {
      put(text, " ");
      put_value(text, step->fill, type);
    }
    put(text, ")");
  }
}

static void put_instruction(struct text *text, const mfg_kernel_description *kernel,
                            const mfg_span *section, uint32_t position) {
  const mfg_kernel_instruction *instruction = mfg_kernel_instruction_at(section, position);
  put(text, "  %%%u = %s", (unsigned)position, mfg_operation_name(instruction->operation));
  for (int i = 0; i < 3 && instruction->arguments[i] >= 0; i++)
    put(text, "%s %%%d", i > 0 ? "," : "", (int)instruction->arguments[i]);
  switch (instruction->operation) {
  case MFG_OP_CONSTANT:
    put(text, " ");
    put_value(text, instruction->value, instruction->type);
    break;
  case MFG_OP_GATHER:
    put(text, " operand %u along %u", (unsigned)instruction->slot, (unsigned)instruction->axis);
    break;
  case MFG_OP_LOAD: put(text, " operand %u", (unsigned)instruction->slot); break;
  case MFG_OP_SCALAR:
  case MFG_OP_RESULT: put(text, " %u", (unsigned)instruction->slot); break;
  case MFG_OP_INDEX:
  case MFG_OP_EXTENT: put(text, " along %u", (unsigned)instruction->axis); break;
  default: break;
  }
  put_site(text, kernel, instruction->site, instruction->type);
  put(text, " : %s\n", mfg_dtype_name(instruction->type));
}

static void put_section(struct text *text, const mfg_kernel_description *kernel, const char *name,
                        const mfg_span *section) {
  if (section->count == 0) return;
  put(text, "%s:\n", name);
  for (uint32_t i = 0; i < section->count; i++)
    put_instruction(text, kernel, section, i);
}

static void put_axes(struct text *text, const mfg_kernel_description *kernel, uint32_t axes) {
  const char *separator = " over (";
  for (uint32_t axis = 0; axis < kernel->rank; axis++) {
    if ((axes >> axis & 1) == 0) continue;
    put(text, "%s%u", separator, (unsigned)axis);
    separator = ", ";
  }
  put(text, "%s", axes == 0 ? " over no axis" : ")");
}

static void put_pattern(struct text *text, const mfg_kernel_description *kernel) {
  const mfg_kernel_pattern *pattern = kernel->pattern;
  switch (pattern->kind) {
  case MFG_PATTERN_MAP: put(text, "map\n"); return;
  case MFG_PATTERN_REDUCE:
    put(text, "reduce");
    put_axes(text, kernel, pattern->axes);
    break;
  case MFG_PATTERN_SCAN:
    put(text, "scan along %u%s%s", (unsigned)pattern->axis,
        (pattern->flags & MFG_PATTERN_REVERSE) != 0 ? " reverse" : "",
        (pattern->flags & MFG_PATTERN_EXCLUSIVE) != 0 ? " exclusive" : "");
    break;
  default:
    put(text, "line_solve along %u%s: lower %%%d, diagonal %%%d, upper %%%d, right %%%d\n",
        (unsigned)pattern->axis, (pattern->flags & MFG_PATTERN_CYCLIC) != 0 ? " cyclic" : "",
        (int)pattern->values[0], (int)pattern->values[1], (int)pattern->values[2],
        (int)pattern->values[3]);
    return;
  }
  for (uint32_t i = 0; i < pattern->count; i++)
    put(text, "%s%s %%%d", i > 0 ? ", " : ": ", mfg_reduction_name(pattern->operations[i]),
        (int)pattern->values[i]);
  put(text, "\n");
}

static void put_writes(struct text *text, const mfg_kernel_description *kernel) {
  for (uint32_t i = 0; i < kernel->outputs.count; i++) {
    const mfg_kernel_output *output = mfg_kernel_output_at(kernel, i);
    put(text, "operand %u = %%%d\n", (unsigned)output->operand, (int)output->value);
  }
  for (uint32_t i = 0; i < kernel->reductions.count; i++) {
    const mfg_kernel_reduction *reduction = mfg_kernel_reduction_at(kernel, i);
    put(text, "operand %u = %s %%%d", (unsigned)reduction->operand,
        mfg_reduction_name(reduction->operation), (int)reduction->value);
    put_axes(text, kernel, reduction->axes);
    put(text, "\n");
  }
}

size_t mfg_kernel_print(const mfg_kernel_description *description, char *target, size_t capacity) {
  struct text text = {.target = target, .capacity = target == NULL ? 0 : capacity};
  put(&text, "kernel of rank %u, %u-bit offsets\n", (unsigned)description->rank,
      (unsigned)description->index_width);
  for (uint32_t i = 0; i < description->operands.count; i++)
    put_operand(&text, description, i);
  for (uint32_t i = 0; i < description->scalars.count; i++)
    put(&text, "scalar %u: %s\n", (unsigned)i,
        mfg_dtype_name(mfg_kernel_scalar_type(description, i)));
  put_section(&text, description, "prologue", &description->prologue);
  put_pattern(&text, description);
  put_section(&text, description, "epilogue", &description->epilogue);
  put_writes(&text, description);
  return text.length;
}
