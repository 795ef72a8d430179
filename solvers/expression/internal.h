// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef MFG_EXPRESSION_INTERNAL_H
#define MFG_EXPRESSION_INTERNAL_H

#include "expression.h"

/*
 * What the files of this folder share: the expression's own layout, the builder that makes nodes
 * unique and simplifies them as they are made, numbers as text, and errors.
 */

typedef char mfg_expression_name[MFG_EXPRESSION_MAXIMUM_NAME + 1];

/* The names an expression prints itself with. */
typedef struct mfg_expression_names {
  int32_t axes;
  mfg_expression_name axis[3];
  size_t variable_count;
  mfg_expression_name *variables;
} mfg_expression_names;

struct mfg_expression {
  mfg_expression_names names;
  int32_t nonlocal_count;
  int32_t count;
  mfg_expression_node *nodes;
};

/* Operands, result and text of an operation. */
typedef struct mfg_expression_operation_info {
  int32_t operand_count;
  mfg_expression_type argument;
  mfg_expression_type result;
  const char *text;
} mfg_expression_operation_info;

extern const mfg_expression_operation_info mfg_expression_operation_table[];

typedef enum mfg_expression_failure {
  MFG_EXPRESSION_NO_FAILURE,
  MFG_EXPRESSION_OUT_OF_MEMORY,
  MFG_EXPRESSION_TOO_LARGE
} mfg_expression_failure;

/*
 * Nodes under construction. Failures are sticky: after one, every function returns
 * MFG_EXPRESSION_NONE, which every function also accepts as an operand, and
 * mfg_expression_builder_finish reports it.
 */
typedef struct mfg_expression_builder {
  mfg_expression_node *nodes;
  int32_t count;
  int32_t capacity;
  int32_t *table; /* open addressing over node indices, -1 where free */
  uint32_t table_size;
  mfg_expression_failure failure;
  int32_t nonlocal_count;            /* terms that have a number already */
  const mfg_expression_names *names; /* borrowed */
} mfg_expression_builder;

#define MFG_EXPRESSION_NONE (-1)

void mfg_expression_builder_begin(mfg_expression_builder *builder,
                                  const mfg_expression_names *names);

/* Begins with the nodes of `expression`, under their own indices. */
void mfg_expression_builder_begin_from(mfg_expression_builder *builder,
                                       const mfg_expression *expression);

void mfg_expression_builder_end(mfg_expression_builder *builder);

int32_t mfg_expression_build_constant(mfg_expression_builder *builder, double value);
int32_t mfg_expression_build_condition(mfg_expression_builder *builder, bool value);
int32_t mfg_expression_build_symbol(mfg_expression_builder *builder, int32_t symbol);

/* The Euclidean norm of the momentum on the builder's axes. */
int32_t mfg_expression_build_norm(mfg_expression_builder *builder);

/* Operands must already have the types of the operation's table; unused ones are NONE. */
int32_t mfg_expression_build_unary(mfg_expression_builder *builder,
                                   mfg_expression_operation operation, int32_t a);
int32_t mfg_expression_build_binary(mfg_expression_builder *builder,
                                    mfg_expression_operation operation, int32_t a, int32_t b);
int32_t mfg_expression_build_select(mfg_expression_builder *builder, int32_t condition, int32_t a,
                                    int32_t b);

/* The unique node with these contents, made if need be. */
int32_t mfg_expression_builder_intern(mfg_expression_builder *builder,
                                      const mfg_expression_node *contents);

/* A new expression with `root` as its result, or NULL with `error` filled from the sticky failure.
 */
mfg_expression *mfg_expression_builder_finish(mfg_expression_builder *builder, int32_t root,
                                              mfg_expression_error *error);

/*
 * Differentiates nodes 0 .. count-1 by the symbol (or, where `by_node` is not NONE, by that
 * nonlocal node) and returns the derivative of node `root`, a constant 0 where there is none.
 */
int32_t mfg_expression_differentiate(mfg_expression_builder *builder, int32_t count, int32_t root,
                                     int32_t symbol, int32_t by_node);

/* The value of an operation on numbers; conditions are 1 and 0. */
double mfg_expression_apply(mfg_expression_operation operation, double a, double b, double c);

/* Reads the number at `text`, which the caller has checked to be one. False when it is not finite,
   or 0 although a digit is not. */
bool mfg_expression_number_read(const char *text, double *value);

/* Writes the shortest of 15 to 17 digits that read back as `value`, which is finite. */
#define MFG_EXPRESSION_NUMBER_SIZE 40
void mfg_expression_number_write(double value, char text[MFG_EXPRESSION_NUMBER_SIZE]);

void mfg_expression_error_set(mfg_expression_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull(2)));

void mfg_expression_error_set_failure(mfg_expression_error *error, mfg_expression_failure failure);

/* Fills line, column and excerpt for the byte at `offset` of `text`. */
void mfg_expression_error_place(mfg_expression_error *error, const char *text, size_t length,
                                size_t offset);

/* The length in bytes of the UTF-8 character at `text`; 1 where it is none. */
size_t mfg_expression_character_length(const char *text, size_t length);

/* What a name stands for in a table of symbols. */
typedef enum mfg_expression_meaning {
  MFG_EXPRESSION_MEANS_NOTHING,
  MFG_EXPRESSION_MEANS_FUNCTION,
  MFG_EXPRESSION_MEANS_SYMBOL,
  MFG_EXPRESSION_MEANS_VECTOR, /* p on several axes */
  MFG_EXPRESSION_MEANS_CONSTANT
} mfg_expression_meaning;

typedef struct mfg_expression_resolution {
  mfg_expression_meaning meaning;
  uint32_t permission; /* the MFG_EXPRESSION_ALLOW_... it needs, or 0 */
  mfg_expression_operation operation;
  int32_t minimum_arguments, maximum_arguments; /* maximum -1: no limit */
  int32_t symbol;
  double value;
} mfg_expression_resolution;

mfg_expression_resolution mfg_expression_resolve(const mfg_expression_symbols *symbols,
                                                 const char *name, size_t length);

/* The name of axis `axis` in messages and texts. */
const char *mfg_expression_axis_name(const mfg_expression_symbols *symbols, int32_t axis);

/* Appends to `error`: the nearest name that may be used here, and all of them; `function` says
   whether a function was meant. */
void mfg_expression_error_add_nearest(mfg_expression_error *error,
                                      const mfg_expression_symbols *symbols, const char *name,
                                      size_t length, bool function);
void mfg_expression_error_add_known(mfg_expression_error *error,
                                    const mfg_expression_symbols *symbols, bool function);

/* Whether the axes, parameters and variables of `symbols` have usable, distinct names. */
bool mfg_expression_symbols_check(const mfg_expression_symbols *symbols,
                                  mfg_expression_error *error);

typedef enum mfg_expression_token_kind {
  MFG_EXPRESSION_TOKEN_END,
  MFG_EXPRESSION_TOKEN_NUMBER,
  MFG_EXPRESSION_TOKEN_NAME,
  MFG_EXPRESSION_TOKEN_OPERATOR, /* its `code`: the character, or two of them as a*256 + b */
  MFG_EXPRESSION_TOKEN_BAD       /* the error has been filled */
} mfg_expression_token_kind;

typedef struct mfg_expression_token {
  mfg_expression_token_kind kind;
  size_t start, length;
  int32_t code;
  double value;
} mfg_expression_token;

#define MFG_EXPRESSION_PAIR(first, second) ((first)*256 + (second))

/* The token at or after `offset`. A BAD one leaves the text of the error in `error`, no place. */
mfg_expression_token mfg_expression_token_read(const char *text, size_t length, size_t offset,
                                               mfg_expression_error *error);

/* Whether the character may begin (`first`) or continue a name. */
bool mfg_expression_is_name_character(char character, bool first);

#endif
