/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "writer.h"

#include <mfg/sdk.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

mfg_term mfg_term_format(const char *format, ...) {
  mfg_term term;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(term.text, sizeof term.text, format, arguments);
  va_end(arguments);
  return term;
}

/* ---- asking for numbers --------------------------------------------------------------------- */

static mfg_term use_field(mfg_module *module, mfg_field field) {
  for (uint32_t i = 0; i < module->field_count; i++)
    if (strcmp(module->fields[i].name, field.name) == 0)
      return mfg_term_format("launch.%s", field.name);
  if (module->field_count == module->field_capacity) {
    uint32_t capacity = module->field_capacity ? 2 * module->field_capacity : 32;
    mfg_field *fields = realloc(module->fields, capacity * sizeof *fields);
    if (!fields) {
      module->failed = true;
      return mfg_term_format("0");
    }
    module->fields = fields;
    module->field_capacity = capacity;
  }
  module->fields[module->field_count++] = field;
  return mfg_term_format("launch.%s", field.name);
}

mfg_term mfg_field_offset(mfg_module *module, uint32_t operand) {
  mfg_field field = {.kind = MFG_FIELD_OFFSET, .type = MFG_INT64, .slot = operand};
  snprintf(field.name, sizeof field.name, "offset%u", operand);
  return use_field(module, field);
}

mfg_term mfg_field_stride(mfg_module *module, uint32_t operand, uint32_t axis) {
  mfg_field field = {.kind = MFG_FIELD_STRIDE, .slot = operand, .axis = (uint8_t)axis};
  snprintf(field.name, sizeof field.name, "stride%u_%u", operand, axis);
  return use_field(module, field);
}

mfg_term mfg_field_extent(mfg_module *module, uint32_t axis) {
  mfg_field field = {.kind = MFG_FIELD_EXTENT, .axis = (uint8_t)axis};
  snprintf(field.name, sizeof field.name, "n%u", axis);
  return use_field(module, field);
}

mfg_term mfg_field_limit(mfg_module *module, uint32_t operand, uint32_t axis) {
  mfg_field field = {
      .kind = MFG_FIELD_LIMIT, .type = MFG_INT64, .slot = operand, .axis = (uint8_t)axis};
  snprintf(field.name, sizeof field.name, "limit%u_%u", operand, axis);
  return use_field(module, field);
}

mfg_term mfg_field_scalar(mfg_module *module, uint32_t slot, mfg_dtype type) {
  mfg_field field = {.kind = MFG_FIELD_SCALAR, .type = type, .slot = slot};
  snprintf(field.name, sizeof field.name, "scalar%u", slot);
  return use_field(module, field);
}

static void name_parameter(char *name, size_t size, uint32_t parameter) {
  static const char *const names[] = {"chunk",  "blocks", "active",     "parts", "partials",
                                      "places", "kept",   "kept_items", "outer"};
  if (parameter >= MFG_PARAMETER_STRIDE_0)
    snprintf(name, size, "advance%u", parameter - MFG_PARAMETER_STRIDE_0);
  else if (parameter >= MFG_PARAMETER_SCRATCH_0)
    snprintf(name, size, "scratch%u", parameter - MFG_PARAMETER_SCRATCH_0);
  else
    snprintf(name, size, "%s", names[parameter]);
}

mfg_term mfg_field_parameter(mfg_module *module, uint32_t parameter) {
  mfg_field field = {.kind = MFG_FIELD_PARAMETER, .type = MFG_INT64, .slot = parameter};
  name_parameter(field.name, sizeof field.name, parameter);
  return use_field(module, field);
}

mfg_term mfg_field_scratch(mfg_module *module, uint32_t array) {
  return mfg_field_parameter(module, MFG_PARAMETER_SCRATCH_0 + array);
}

mfg_term mfg_field_step(mfg_module *module, uint32_t kind, uint32_t number,
                        const mfg_kernel_step *step, bool collapsed) {
  static const char *const names[] = {[MFG_FIELD_BACK] = "back",
                                      [MFG_FIELD_FOLD] = "fold",
                                      [MFG_FIELD_SHIFT] = "shift",
                                      [MFG_FIELD_LOW] = "low",
                                      [MFG_FIELD_HIGH] = "high"};
  mfg_field field = {.kind = (uint8_t)kind,
                     .axis = step->axis,
                     .collapsed = collapsed,
                     .slot = step->boundary,
                     .offset = step->offset};
  snprintf(field.name, sizeof field.name, "%s%u%s", names[kind], number, collapsed ? "_kept" : "");
  return use_field(module, field);
}

/* ---- the struct ----------------------------------------------------------------------------- */

static uint32_t field_size(const mfg_module *module, const mfg_field *field) {
  if (field->type == 0) return module->wide ? 8 : 4;
  return mfg_dtype_size(field->type) == 8 ? 8 : 4;
}

void mfg_module_lay_out(mfg_module *module) {
  uint32_t wide = 0;
  for (uint32_t i = 0; i < module->field_count; i++) {
    mfg_field field = module->fields[i];
    if (field_size(module, &field) != 8) continue;
    memmove(module->fields + wide + 1, module->fields + wide, (i - wide) * sizeof field);
    module->fields[wide++] = field;
  }
  uint32_t size = 8 * wide + 4 * (module->field_count - wide);
  module->arguments_size = size == 0 ? 8 : (size + 7) / 8 * 8;
}

static const char *field_type(const mfg_field *field) {
  if (field->type == 0) return "mfg_index";
  /* What is narrower than an int, bool among it, is passed as one. */
  return mfg_dtype_size(field->type) < 4 ? "int" : mfg_type_text(field->type);
}

void mfg_module_write_struct(const mfg_module *module, mfg_text *text) {
  mfg_text_add(text, "typedef %s mfg_index;\n\ntypedef struct {\n", module->wide ? "long" : "int");
  uint32_t size = 0;
  for (uint32_t i = 0; i < module->field_count; i++) {
    mfg_text_add(text, "  %s %s;\n", field_type(&module->fields[i]), module->fields[i].name);
    size += field_size(module, &module->fields[i]);
  }
  for (uint32_t i = 0; size < module->arguments_size; i++, size += 4)
    mfg_text_add(text, "  int unused%u;\n", i);
  mfg_text_add(text, "} mfg_launch;\n\n");
}

/* ---- its values ----------------------------------------------------------------------------- */

static int64_t modulo(int64_t a, int64_t n) {
  int64_t rest = a % n;
  return rest < 0 ? rest + n : rest;
}

static int64_t within(int64_t a, int64_t low, int64_t high) {
  return a < low ? low : a > high ? high : a;
}

static int64_t step_value(const mfg_field *field, int64_t n) {
  bool constant = field->slot == MFG_BOUNDARY_CONSTANT;
  int64_t inside = within(field->offset, -n, n);
  if (n == 0) return 0;
  switch (field->kind) {
  case MFG_FIELD_BACK: return n - modulo(field->offset, n);
  case MFG_FIELD_FOLD: return modulo(field->offset, 2 * n) >= n;
  case MFG_FIELD_LOW: return inside < 0 ? -inside : 0;
  case MFG_FIELD_HIGH: return inside > 0 ? n - inside : n;
  default:
    if (constant) return inside;
    return field->offset < 0 ? -within(field->offset, 1 - n, 0) : within(field->offset, 0, n - 1);
  }
}

static int64_t field_value(const mfg_module *module, const mfg_field *field, const int64_t *extents,
                           const mfg_kernel_binding *const *bindings, const int64_t *parameters) {
  switch (field->kind) {
  case MFG_FIELD_OFFSET: return bindings[field->slot]->offset / module->operand_sizes[field->slot];
  case MFG_FIELD_STRIDE: return bindings[field->slot]->strides[field->axis];
  case MFG_FIELD_EXTENT: return extents[field->axis];
  case MFG_FIELD_LIMIT: return bindings[field->slot]->extents[field->axis];
  case MFG_FIELD_PARAMETER: return parameters[field->slot];
  default: return step_value(field, field->collapsed ? 1 : extents[field->axis]);
  }
}

static size_t put(char *target, const void *value, size_t size) {
  memcpy(target, value, size);
  return size;
}

static size_t put_scalar(char *target, const mfg_scalar *scalar, mfg_dtype type) {
  int32_t wide = scalar->boolean != 0;
  switch (type) {
#define WIDENED(symbol, member, T)                                                                 \
  case MFG_##symbol: wide = scalar->member; break;
    WIDENED(INT8, int8, int8_t)
    WIDENED(INT16, int16, int16_t)
    WIDENED(UINT8, uint8, uint8_t)
    WIDENED(UINT16, uint16, uint16_t)
#undef WIDENED
  case MFG_BOOL: break;
  default: return put(target, scalar, mfg_dtype_size(type));
  }
  return put(target, &wide, sizeof wide);
}

mfg_status mfg_module_fill(const mfg_module *module, const int64_t *extents,
                           const mfg_kernel_binding *const *bindings, const mfg_span *scalars,
                           const int64_t *parameters, void *target, mfg_plugin_error *error) {
  char *cursor = target;
  bool empty = false;
  for (uint32_t axis = 0; axis < module->rank; axis++)
    empty = empty || extents[axis] == 0;
  for (uint32_t i = 0; i < module->field_count; i++) {
    const mfg_field *field = &module->fields[i];
    if (field->kind == MFG_FIELD_SCALAR) {
      cursor += put_scalar(cursor, mfg_span_at(scalars, field->slot), field->type);
      continue;
    }
    int64_t value = field_value(module, field, extents, bindings, parameters);
    if (field->kind == MFG_FIELD_LIMIT && value <= 0 && !empty)
      return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                  "operand %u is gathered along axis %u, where it has no elements",
                                  field->slot, field->axis);
    int32_t narrow = (int32_t)value;
    cursor += field_size(module, field) == 8 ? put(cursor, &value, 8) : put(cursor, &narrow, 4);
  }
  memset(cursor, 0, module->arguments_size - (size_t)(cursor - (char *)target));
  return MFG_OK;
}

void mfg_module_clear(mfg_module *module) {
  mfg_text_clear(&module->source);
  free(module->fields);
  free(module->operands);
  free(module->operand_sizes);
}
