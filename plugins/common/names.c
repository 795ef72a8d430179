/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "writer.h"

#include <mfg/sdk.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *mfg_type_text(mfg_dtype type) {
  switch (type) {
  case MFG_BOOL: return "bool";
  case MFG_INT8: return "mfg_signed8";
  case MFG_INT16: return "short";
  case MFG_INT32: return "int";
  case MFG_INT64: return "long";
  case MFG_UINT8: return "uchar";
  case MFG_UINT16: return "ushort";
  case MFG_UINT32: return "uint";
  case MFG_UINT64: return "ulong";
  case MFG_FLOAT32: return "float";
  default: return "double";
  }
}

const char *mfg_memory_type_text(mfg_dtype type) {
  return type == MFG_BOOL ? "mfg_byte" : mfg_type_text(type);
}

static bool is_float(mfg_dtype type) {
  return type == MFG_FLOAT32 || type == MFG_FLOAT64;
}

static bool is_unsigned(mfg_dtype type) {
  return type >= MFG_UINT8 && type <= MFG_UINT64;
}

/* The unsigned type in which a type wraps: at least as wide as the language computes. */
static const char *wrapping_type_text(mfg_dtype type) {
  return mfg_dtype_size(type) == 8 ? "ulong" : "uint";
}

/* ---- numbers -------------------------------------------------------------------------------- */

/* The shortest decimal that reads back as the same number, with a point or an exponent. */
static mfg_term decimal(double value, bool single) {
  char digits[40];
  for (int precision = 1; precision <= 17; precision++) {
    snprintf(digits, sizeof digits, "%.*g", precision, value);
    if (single ? strtof(digits, NULL) == (float)value : strtod(digits, NULL) == value) break;
  }
  const char *point = strpbrk(digits, ".e") ? "" : ".0";
  const char *suffix = single ? "f" : "";
  return signbit(value) ? mfg_term_format("(%s%s%s)", digits, point, suffix)
                        : mfg_term_format("%s%s%s", digits, point, suffix);
}

static mfg_term integer(int64_t value, const char *suffix, int64_t lowest) {
  if (value == lowest) return mfg_term_format("(-%lld%s - 1)", -(long long)(value + 1), suffix);
  return mfg_term_format(value < 0 ? "(%lld%s)" : "%lld%s", (long long)value, suffix);
}

mfg_term mfg_literal(mfg_dtype type, mfg_scalar value) {
  switch (type) {
  case MFG_BOOL: return mfg_term_format(value.boolean ? "true" : "false");
  case MFG_INT8: return integer(value.int8, "", INT64_MIN);
  case MFG_INT16: return integer(value.int16, "", INT64_MIN);
  case MFG_INT32: return integer(value.int32, "", INT32_MIN);
  case MFG_INT64: return integer(value.int64, "L", INT64_MIN);
  case MFG_UINT8: return integer(value.uint8, "", INT64_MIN);
  case MFG_UINT16: return integer(value.uint16, "", INT64_MIN);
  case MFG_UINT32: return integer(value.uint32, "U", INT64_MIN);
  case MFG_UINT64: return mfg_term_format("%lluUL", (unsigned long long)value.uint64);
  case MFG_FLOAT32:
    if (isfinite(value.float32)) return decimal((double)value.float32, true);
    return mfg_term_format("MFG_FLOAT32_BITS(0x%08x)", (unsigned)value.int32);
  default:
    if (isfinite(value.float64)) return decimal(value.float64, false);
    return mfg_term_format("MFG_FLOAT64_BITS(0x%016llx)", (unsigned long long)value.bits);
  }
}

static mfg_scalar extreme(mfg_dtype type, bool highest) {
  mfg_scalar value = {0};
  switch (type) {
#define SIGNED(symbol, member, T)                                                                  \
  case MFG_##symbol:                                                                               \
    value.member = highest ? symbol##_MAX : symbol##_MIN;                                          \
    break;
#define UNSIGNED(symbol, member, T)                                                                \
  case MFG_##symbol: value.member = highest ? symbol##_MAX : 0; break;
    MFG_SIGNED_TYPES(SIGNED)
    MFG_UNSIGNED_TYPES(UNSIGNED)
#undef SIGNED
#undef UNSIGNED
  case MFG_FLOAT32: value.float32 = highest ? INFINITY : -INFINITY; break;
  default: value.float64 = highest ? (double)INFINITY : -(double)INFINITY; break;
  }
  return value;
}

mfg_term mfg_neutral_text(uint32_t operation, mfg_dtype type) {
  mfg_scalar value = {0};
  switch (operation) {
  case MFG_REDUCE_PRODUCT:
#define ONE(symbol, member, T)                                                                     \
  if (type == MFG_##symbol) value.member = 1;
    MFG_NUMBER_TYPES(ONE)
#undef ONE
    break;
  case MFG_REDUCE_ALL: value.boolean = 1; break;
  case MFG_REDUCE_MIN: value = extreme(type, true); break;
  case MFG_REDUCE_MAX: value = extreme(type, false); break;
  default: break;
  }
  return mfg_literal(type, value);
}

/* ---- operations ----------------------------------------------------------------------------- */

enum { CALL = 1, OPERATOR = 2, HELPER = 3, PREFIX = 4 };

/* CALL: the text is a mathematical function; OPERATOR, PREFIX: it is the operator; HELPER: a
 * function of dialect/operations.h named mfg_TEXT_TYPE. */
struct form {
  uint8_t integer_form, float_form; /* bools use the form of integers; 0: not for this type */
  const char *integer_text, *float_text;
};

static const struct form forms[MFG_OPERATION_END] = {
    [MFG_OP_ADD] = {HELPER, OPERATOR, "add", "+"},
    [MFG_OP_SUBTRACT] = {HELPER, OPERATOR, "subtract", "-"},
    [MFG_OP_MULTIPLY] = {HELPER, OPERATOR, "multiply", "*"},
    [MFG_OP_DIVIDE] = {0, OPERATOR, NULL, "/"},
    [MFG_OP_REMAINDER] = {HELPER, HELPER, "remainder", "remainder"},
    [MFG_OP_FMA] = {0, CALL, NULL, "fma"},
    [MFG_OP_NEGATIVE] = {HELPER, PREFIX, "negative", "-"},
    [MFG_OP_ABS] = {HELPER, CALL, "abs", "fabs"},
    [MFG_OP_SIGN] = {HELPER, HELPER, "sign", "sign"},
    [MFG_OP_MINIMUM] = {HELPER, HELPER, "minimum", "minimum"},
    [MFG_OP_MAXIMUM] = {HELPER, HELPER, "maximum", "maximum"},
    [MFG_OP_POW] = {HELPER, CALL, "pow", "pow"},
    [MFG_OP_SQRT] = {0, CALL, NULL, "sqrt"},
    [MFG_OP_HYPOT] = {0, CALL, NULL, "hypot"},
    [MFG_OP_COPYSIGN] = {0, CALL, NULL, "copysign"},
    [MFG_OP_NEXTAFTER] = {0, CALL, NULL, "nextafter"},
    [MFG_OP_FLOOR] = {0, CALL, NULL, "floor"},
    [MFG_OP_CEIL] = {0, CALL, NULL, "ceil"},
    [MFG_OP_TRUNC] = {0, CALL, NULL, "trunc"},
    [MFG_OP_ROUND] = {0, CALL, NULL, "rint"},
    [MFG_OP_EXP] = {0, CALL, NULL, "exp"},
    [MFG_OP_EXPM1] = {0, CALL, NULL, "expm1"},
    [MFG_OP_EXP2] = {0, CALL, NULL, "exp2"},
    [MFG_OP_LOG] = {0, CALL, NULL, "log"},
    [MFG_OP_LOG1P] = {0, CALL, NULL, "log1p"},
    [MFG_OP_LOG2] = {0, CALL, NULL, "log2"},
    [MFG_OP_LOG10] = {0, CALL, NULL, "log10"},
    [MFG_OP_SIN] = {0, CALL, NULL, "sin"},
    [MFG_OP_COS] = {0, CALL, NULL, "cos"},
    [MFG_OP_TAN] = {0, CALL, NULL, "tan"},
    [MFG_OP_ASIN] = {0, CALL, NULL, "asin"},
    [MFG_OP_ACOS] = {0, CALL, NULL, "acos"},
    [MFG_OP_ATAN] = {0, CALL, NULL, "atan"},
    [MFG_OP_ATAN2] = {0, CALL, NULL, "atan2"},
    [MFG_OP_SINH] = {0, CALL, NULL, "sinh"},
    [MFG_OP_COSH] = {0, CALL, NULL, "cosh"},
    [MFG_OP_TANH] = {0, CALL, NULL, "tanh"},
    [MFG_OP_ASINH] = {0, CALL, NULL, "asinh"},
    [MFG_OP_ACOSH] = {0, CALL, NULL, "acosh"},
    [MFG_OP_ATANH] = {0, CALL, NULL, "atanh"},
    [MFG_OP_ERF] = {0, CALL, NULL, "erf"},
    [MFG_OP_ERFC] = {0, CALL, NULL, "erfc"},
    [MFG_OP_EQUAL] = {OPERATOR, OPERATOR, "==", "=="},
    [MFG_OP_NOT_EQUAL] = {OPERATOR, OPERATOR, "!=", "!="},
    [MFG_OP_LESS] = {OPERATOR, OPERATOR, "<", "<"},
    [MFG_OP_LESS_EQUAL] = {OPERATOR, OPERATOR, "<=", "<="},
    [MFG_OP_GREATER] = {OPERATOR, OPERATOR, ">", ">"},
    [MFG_OP_GREATER_EQUAL] = {OPERATOR, OPERATOR, ">=", ">="},
    [MFG_OP_LOGICAL_AND] = {OPERATOR, 0, "&&", NULL},
    [MFG_OP_LOGICAL_OR] = {OPERATOR, 0, "||", NULL},
    [MFG_OP_LOGICAL_XOR] = {OPERATOR, 0, "!=", NULL},
    [MFG_OP_LOGICAL_NOT] = {PREFIX, 0, "!", NULL},
    [MFG_OP_BITWISE_AND] = {OPERATOR, 0, "&", NULL},
    [MFG_OP_BITWISE_OR] = {OPERATOR, 0, "|", NULL},
    [MFG_OP_BITWISE_XOR] = {OPERATOR, 0, "^", NULL},
    [MFG_OP_BITWISE_LEFT_SHIFT] = {HELPER, 0, "shift_left", NULL},
    [MFG_OP_BITWISE_RIGHT_SHIFT] = {HELPER, 0, "shift_right", NULL},
};

static const char *math_suffix(const mfg_writer *writer, mfg_dtype type) {
  return type == MFG_FLOAT32 ? writer->options->dialect->float32_suffix : "";
}

static mfg_term convert(mfg_dtype type, mfg_dtype from, const char *a) {
  if (type == from) return mfg_term_format("%s", a);
  if (type == MFG_BOOL) return mfg_term_format("(%s != 0)", a);
  if (is_float(from) && !is_float(type))
    return mfg_term_format("mfg_convert_%s_%s(%s)", mfg_dtype_name(from), mfg_dtype_name(type), a);
  return mfg_term_format("(%s)%s", mfg_type_text(type), a);
}

static mfg_term classify(uint32_t operation, mfg_dtype type, const char *a) {
  const char *highest =
      type == MFG_FLOAT32 ? "MFG_FLOAT32_BITS(0x7f800000)" : "MFG_FLOAT64_BITS(0x7ff0000000000000)";
  switch (operation) {
  case MFG_OP_ISNAN: return mfg_term_format("(%s != %s)", a, a);
  case MFG_OP_ISINF: return mfg_term_format("(%s == %s || -%s == %s)", a, highest, a, highest);
  case MFG_OP_ISFINITE: return mfg_term_format("(%s < %s && -%s < %s)", a, highest, a, highest);
  default: return mfg_term_format("(signbit(%s) != 0)", a);
  }
}

static mfg_term special(const mfg_writer *writer, uint32_t operation, mfg_dtype type,
                        mfg_dtype from, const mfg_term *a) {
  switch (operation) {
  case MFG_OP_CONVERT:
    return writer->vector_axis < 0 ? convert(type, from, a[0].text)
                                   : mfg_vector_convert(writer, type, from, a[0].text);
  case MFG_OP_SELECT: return mfg_term_format("%s ? %s : %s", a[0].text, a[1].text, a[2].text);
  case MFG_OP_BITWISE_INVERT: return mfg_term_format(from == MFG_BOOL ? "!%s" : "~%s", a[0].text);
  case MFG_OP_FLOOR_DIVIDE:
    if (is_float(from))
      return mfg_term_format("floor%s(%s / %s)", math_suffix(writer, from), a[0].text, a[1].text);
    return mfg_term_format("mfg_floor_divide_%s(%s, %s)", mfg_dtype_name(from), a[0].text,
                           a[1].text);
  default: return classify(operation, from, a[0].text);
  }
}

mfg_term mfg_operation_text(const mfg_writer *writer, uint32_t operation, mfg_dtype type,
                            mfg_dtype from, const mfg_term *a) {
  const struct form *form = &forms[operation];
  bool floats = is_float(from);
  const char *text = floats ? form->float_text : form->integer_text;
  if (!text) return special(writer, operation, type, from, a);
  int kind = floats ? form->float_form : form->integer_form;
  int arity = mfg_operation_arity(operation);
  if (kind == OPERATOR) return mfg_term_format("%s %s %s", a[0].text, text, a[1].text);
  if (kind == PREFIX) return mfg_term_format("%s%s", text, a[0].text);
  char name[48];
  if (kind == HELPER)
    snprintf(name, sizeof name, "mfg_%s_%s%s", text, mfg_dtype_name(from),
             writer->vector_axis < 0 ? "" : "x8");
  else
    snprintf(name, sizeof name, "%s%s", text, math_suffix(writer, from));
  return mfg_term_format("%s(%s%s%s%s%s)", name, a[0].text, arity > 1 ? ", " : "",
                         arity > 1 ? a[1].text : "", arity > 2 ? ", " : "",
                         arity > 2 ? a[2].text : "");
}

/* ---- instances ------------------------------------------------------------------------------ */

static bool mentions(const mfg_writer *writer, const char *format, const char *a, const char *b) {
  char pattern[64];
  snprintf(pattern, sizeof pattern, format, a, b);
  return writer->body.data && strstr(writer->body.data, pattern) != NULL;
}

#define TYPE(symbol, member, T) MFG_##symbol,
static const mfg_dtype integer_types[] = {MFG_INTEGER_TYPES(TYPE)};
static const mfg_dtype float_types[] = {MFG_FLOAT_TYPES(TYPE)};
static const mfg_dtype number_types[] = {MFG_NUMBER_TYPES(TYPE)};
#undef TYPE
#define COUNT(array) (sizeof(array) / sizeof *(array))

static void write_operations(const mfg_writer *writer, mfg_text *text) {
  static const char *const integers[] = {
      "add",          "subtract",  "multiply",   "negative",    "abs",     "sign",   "pow",
      "floor_divide", "remainder", "shift_left", "shift_right", "minimum", "maximum"};
  for (size_t t = 0; t < COUNT(number_types); t++) {
    mfg_dtype type = number_types[t];
    const char *name = mfg_dtype_name(type);
    bool used = false;
    for (size_t i = 0; i < COUNT(integers); i++)
      used = used || mentions(writer, "mfg_%s_%s(", integers[i], name);
    if (!used) continue;
    if (is_float(type))
      mfg_text_add(text, "MFG_FLOAT_OPERATIONS(%s, %s, %s)\n", mfg_type_text(type), name,
                   math_suffix(writer, type));
    else
      mfg_text_add(text, "MFG_%s_OPERATIONS(%s, %s, %s, %u)\n",
                   is_unsigned(type) ? "UNSIGNED" : "SIGNED", mfg_type_text(type),
                   wrapping_type_text(type), name, 8 * (unsigned)mfg_dtype_size(type));
  }
}

/* The first power of two that an integer type does not hold. */
static mfg_term bound_text(mfg_dtype type, const char *suffix) {
  int digits = 8 * (int)mfg_dtype_size(type) - (is_unsigned(type) ? 0 : 1);
  return mfg_term_format("%.1f%s", ldexp(1, digits), suffix);
}

static void write_conversions(const mfg_writer *writer, mfg_text *text) {
  for (size_t f = 0; f < COUNT(float_types); f++)
    for (size_t i = 0; i < COUNT(integer_types); i++) {
      mfg_dtype from = float_types[f], to = integer_types[i];
      if (!mentions(writer, "mfg_convert_%s_%s(", mfg_dtype_name(from), mfg_dtype_name(to)))
        continue;
      mfg_text_add(text, "MFG_FLOAT_TO_%s(%s, %s, %s, %s, %s, %s, %s)\n",
                   is_unsigned(to) ? "UNSIGNED" : "SIGNED", mfg_type_text(from),
                   mfg_dtype_name(from), mfg_type_text(to), mfg_dtype_name(to),
                   bound_text(to, from == MFG_FLOAT32 ? "f" : "").text,
                   mfg_literal(to, extreme(to, false)).text,
                   mfg_literal(to, extreme(to, true)).text);
    }
}

static void write_extremes(const mfg_writer *writer, mfg_text *text) {
  for (size_t t = 0; t < COUNT(number_types); t++)
    for (int highest = 0; highest < 2; highest++) {
      const char *name = mfg_dtype_name(number_types[t]);
      const char *operation = highest ? "argmax" : "argmin";
      if (mentions(writer, "mfg_replaces_%s_%s(", name, operation))
        mfg_text_add(text, "MFG_EXTREME(%s, %s_%s, %s)\n", mfg_type_text(number_types[t]), name,
                     operation, highest ? ">" : "<");
    }
}

void mfg_write_instances(const mfg_writer *writer, mfg_text *text) {
  size_t before = text->length;
  write_operations(writer, text);
  write_conversions(writer, text);
  write_extremes(writer, text);
  if (text->length > before) mfg_text_add(text, "\n");
}
