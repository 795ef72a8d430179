// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef MFG_EXPRESSION_H
#define MFG_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A formula of a mean-field game given as text: a Hamiltonian, a coupling, a terminal cost, an
 * initial density, an obstacle or a plain number.
 *
 * An mfg_expression is immutable and owns everything it refers to. It is an array of unique nodes
 * in post-order: every node comes after its operands, equal subexpressions are one node, the last
 * node is the result. Operations that derive something from an expression (a derivative, a
 * coefficient) return a new one. The caller frees each with mfg_expression_free. Because nothing
 * changes after creation, any number of threads may read one expression at once. No function here
 * recurses over nodes, so the depth of an expression costs no stack.
 *
 * The language
 *   numbers            2  .5  1e-3, always with a point, whatever the locale
 *   constants          pi, e
 *   names              coordinates (x, y, z, or the names of the axes), t, m, the momentum: px, py,
 *                      pz ("p" and the name of the axis; p alone on one axis), parameters
 *   operators, loosest first:
 *     c ? a : b        right associative
 *     ||   &&          left associative
 *     < <= > >= == !=  do not chain: 0 < x < 1 is an error
 *     + -   * /        left associative
 *     - + ! (prefix)   -x^2 is -(x^2)
 *     ^                right associative; its exponent may have a prefix: 2^-x
 *   |a|                absolute value; |p| is the Euclidean norm of the momentum. "||" is always
 *                      "or": write |p|*|q|, and | |p| - 1 | with a space
 *   functions          abs sqrt exp log (natural) log2 log10 sin cos tan asin acos atan sinh cosh
 *                      tanh erf floor ceil sign atan2(y, x) pow(a, b), min and max of two or more
 *   mean(a)            the integral of a*m over the domain
 *   integral(a)        the integral of a over the domain
 *
 * A condition used as a number is 1 or 0, as in 4*(x > 0.25 && x < 0.5); a number used as a
 * condition holds where it is not 0. A condition cannot be compared with a number.
 *
 * Meaning of powers: |p|^2 is px*px + py*py + pz*pz, without a root; a^n with a whole number
 * |n| <= 8 is repeated multiplication (for n < 0 one divided by it); a^0.5 is sqrt(a); e^a is
 * exp(a); every other power is the pow of C99. min and max are NaN when one argument is; sign is
 * -1, 0 or 1, and NaN at NaN.
 *
 * Beyond that, simplification never changes a value: constants are folded as IEEE 754 has them
 * (1/0 is infinite, no error), and only identities that hold for every operand, infinities and
 * signed zeros included, are applied: 1*a, a/1, a - 0, a + b and b + a being one node, -(-a),
 * a + (-b) = a - b, (-a)*b = -(a*b), a/2 = 0.5*a, |-a| = |a|, |a|*|a| = a*a. a + 0 becomes a only
 * where a is never -0 (-0 + 0 is 0); 0*a stays, since it is NaN where a is infinite.
 */

/* Longest text accepted, in bytes. */
#define MFG_EXPRESSION_MAXIMUM_LENGTH ((size_t)1 << 20)
/* Deepest nesting of parentheses, prefixes, powers and ?: accepted. */
#define MFG_EXPRESSION_MAXIMUM_DEPTH 256
/* Longest name of an axis, a parameter or a variable, in bytes. */
#define MFG_EXPRESSION_MAXIMUM_NAME 63
/* Most parameters, and most variables, in one table of symbols. */
#define MFG_EXPRESSION_MAXIMUM_NAMES 256
/* Most nodes in one expression. */
#define MFG_EXPRESSION_MAXIMUM_NODES ((int32_t)1 << 20)

/* What a node, or a whole text, stands for. */
typedef enum mfg_expression_type {
  MFG_EXPRESSION_NUMBER,
  MFG_EXPRESSION_CONDITION,
  MFG_EXPRESSION_ANY /* only as a wish: either of the two */
} mfg_expression_type;

/*
 * The operations a node may carry: name, number of operands, type of the operands, type of the
 * result, text. SELECT takes a condition and two operands of its own type; NORM takes two or three
 * operands (the momentum on as many axes).
 */
#define MFG_EXPRESSION_OPERATIONS(X)                                                               \
  X(CONSTANT, 0, NUMBER, NUMBER, "constant")                                                       \
  X(SYMBOL, 0, NUMBER, NUMBER, "symbol")                                                           \
  X(MEAN, 1, NUMBER, NUMBER, "mean")                                                               \
  X(INTEGRAL, 1, NUMBER, NUMBER, "integral")                                                       \
  X(INDICATOR, 1, CONDITION, NUMBER, "indicator")                                                  \
  X(NEGATE, 1, NUMBER, NUMBER, "-")                                                                \
  X(ABS, 1, NUMBER, NUMBER, "abs")                                                                 \
  X(SQRT, 1, NUMBER, NUMBER, "sqrt")                                                               \
  X(EXP, 1, NUMBER, NUMBER, "exp")                                                                 \
  X(LOG, 1, NUMBER, NUMBER, "log")                                                                 \
  X(LOG2, 1, NUMBER, NUMBER, "log2")                                                               \
  X(LOG10, 1, NUMBER, NUMBER, "log10")                                                             \
  X(SIN, 1, NUMBER, NUMBER, "sin")                                                                 \
  X(COS, 1, NUMBER, NUMBER, "cos")                                                                 \
  X(TAN, 1, NUMBER, NUMBER, "tan")                                                                 \
  X(ASIN, 1, NUMBER, NUMBER, "asin")                                                               \
  X(ACOS, 1, NUMBER, NUMBER, "acos")                                                               \
  X(ATAN, 1, NUMBER, NUMBER, "atan")                                                               \
  X(SINH, 1, NUMBER, NUMBER, "sinh")                                                               \
  X(COSH, 1, NUMBER, NUMBER, "cosh")                                                               \
  X(TANH, 1, NUMBER, NUMBER, "tanh")                                                               \
  X(ERF, 1, NUMBER, NUMBER, "erf")                                                                 \
  X(FLOOR, 1, NUMBER, NUMBER, "floor")                                                             \
  X(CEIL, 1, NUMBER, NUMBER, "ceil")                                                               \
  X(SIGN, 1, NUMBER, NUMBER, "sign")                                                               \
  X(ADD, 2, NUMBER, NUMBER, "+")                                                                   \
  X(SUBTRACT, 2, NUMBER, NUMBER, "-")                                                              \
  X(MULTIPLY, 2, NUMBER, NUMBER, "*")                                                              \
  X(DIVIDE, 2, NUMBER, NUMBER, "/")                                                                \
  X(POWER, 2, NUMBER, NUMBER, "^")                                                                 \
  X(ATAN2, 2, NUMBER, NUMBER, "atan2")                                                             \
  X(MINIMUM, 2, NUMBER, NUMBER, "min")                                                             \
  X(MAXIMUM, 2, NUMBER, NUMBER, "max")                                                             \
  X(NORM, 3, NUMBER, NUMBER, "norm")                                                               \
  X(LESS, 2, NUMBER, CONDITION, "<")                                                               \
  X(LESS_EQUAL, 2, NUMBER, CONDITION, "<=")                                                        \
  X(GREATER, 2, NUMBER, CONDITION, ">")                                                            \
  X(GREATER_EQUAL, 2, NUMBER, CONDITION, ">=")                                                     \
  X(EQUAL, 2, NUMBER, CONDITION, "==")                                                             \
  X(NOT_EQUAL, 2, NUMBER, CONDITION, "!=")                                                         \
  X(NOT, 1, CONDITION, CONDITION, "!")                                                             \
  X(AND, 2, CONDITION, CONDITION, "&&")                                                            \
  X(OR, 2, CONDITION, CONDITION, "||")                                                             \
  X(SELECT, 3, ANY, ANY, "?:")

typedef enum mfg_expression_operation {
#define MFG_EXPRESSION_ENUMERATE(name, operands, argument, result, text) MFG_EXPRESSION_##name,
  MFG_EXPRESSION_OPERATIONS(MFG_EXPRESSION_ENUMERATE)
#undef MFG_EXPRESSION_ENUMERATE
      MFG_EXPRESSION_OPERATION_COUNT
} mfg_expression_operation;

/* What a SYMBOL node names. Add the axis (0, 1, 2) to the coordinate and the momentum, the place in
   the table to the variable. */
enum {
  MFG_EXPRESSION_COORDINATE = 0,
  MFG_EXPRESSION_TIME = 3,
  MFG_EXPRESSION_DENSITY = 4,
  MFG_EXPRESSION_MOMENTUM = 5,
  MFG_EXPRESSION_VARIABLE = 8
};

/* Which names a field may use. Parameters, variables, pi and e are allowed everywhere. */
enum {
  MFG_EXPRESSION_ALLOW_COORDINATES = 1,
  MFG_EXPRESSION_ALLOW_TIME = 2,
  MFG_EXPRESSION_ALLOW_DENSITY = 4,
  MFG_EXPRESSION_ALLOW_MOMENTUM = 8,
  MFG_EXPRESSION_ALLOW_NONLOCAL = 16,
  /* The fields of a problem file. */
  MFG_EXPRESSION_IN_NUMBER = 0,
  MFG_EXPRESSION_IN_OBSTACLE = 1,
  MFG_EXPRESSION_IN_INITIAL_DENSITY = 1,
  MFG_EXPRESSION_IN_EXIT_COST = 1 | 2,
  MFG_EXPRESSION_IN_HAMILTONIAN = 1 | 2 | 4 | 8,
  MFG_EXPRESSION_IN_COUPLING = 1 | 2 | 4 | 16,
  MFG_EXPRESSION_IN_TERMINAL_COST = 1 | 2 | 4 | 16
};

/* A name with a value known when the text is parsed; it becomes a constant. */
typedef struct mfg_expression_parameter {
  const char *name;
  double value;
} mfg_expression_parameter;

/* The names a text may use. Read during the call only; names are copied where they are kept. */
typedef struct mfg_expression_symbols {
  const char *field;         /* for messages, such as "the coupling"; NULL: "this expression" */
  uint32_t allowed;          /* MFG_EXPRESSION_ALLOW_... */
  mfg_expression_type type;  /* what the text must be; a condition where a number is wanted is 1
                                or 0, a number where a condition is wanted is an error */
  int32_t axes;              /* 0 to 3 */
  const char *axis_names[3]; /* NULL: x, y, z */
  const mfg_expression_parameter *parameters;
  size_t parameter_count;       /* at most MFG_EXPRESSION_MAXIMUM_NAMES */
  const char *const *variables; /* names whose value is given at evaluation */
  size_t variable_count;        /* at most MFG_EXPRESSION_MAXIMUM_NAMES */
} mfg_expression_symbols;

/* What went wrong. Filled on failure only. */
typedef struct mfg_expression_error {
  size_t line, column; /* 1-based, in characters; 0 where no place in a text is to blame */
  bool out_of_memory;
  char text[1024];   /* what was found, what was expected; one line, without the place */
  char excerpt[384]; /* the line of the text and, under it, a caret; empty where column is 0 */
} mfg_expression_error;

typedef struct mfg_expression_node {
  mfg_expression_operation operation;
  mfg_expression_type type; /* NUMBER or CONDITION */
  int32_t operand_count;
  int32_t operands[3]; /* indices of earlier nodes; -1 beyond operand_count */
  int32_t symbol;      /* SYMBOL: which; else -1 */
  int32_t nonlocal;    /* MEAN, INTEGRAL: its number among the nonlocal terms; else -1 */
  bool local;          /* the result reads this node at its own point, outside mean and integral */
  double value;        /* CONSTANT: its value (a condition: 1 or 0); else 0 */
} mfg_expression_node;

typedef struct mfg_expression mfg_expression;

/* Where an expression is evaluated. What the expression does not use is not read. */
typedef struct mfg_expression_point {
  double coordinate[3];
  double time;
  double density;
  double momentum[3];
  const double *variables;
  const double *nonlocal; /* the value of each nonlocal term, by number */
} mfg_expression_point;

/*
 * Parses `text` (UTF-8, NUL-terminated). Returns a new expression, owned by the caller, or NULL
 * with `error` (may be NULL) filled. Time and memory grow linearly with the text. Thread-safe.
 */
mfg_expression *mfg_expression_parse(const char *text, const mfg_expression_symbols *symbols,
                                     mfg_expression_error *error);

/* Frees `expression`; NULL is allowed. No other thread may be using it. */
void mfg_expression_free(mfg_expression *expression);

/*
 * Whether `name` may be given to a parameter or a variable beside the axes of `symbols`: a letter
 * or _, then letters, digits or _, at most MFG_EXPRESSION_MAXIMUM_NAME bytes, and no name of the
 * language (a function, pi, e, t, m, a coordinate, the momentum). False with `error` (may be NULL)
 * filled. The names of the axes themselves are checked by mfg_expression_parse.
 */
bool mfg_expression_check_name(const mfg_expression_symbols *symbols, const char *name,
                               mfg_expression_error *error);

/*
 * The nodes in post-order and, in `count` (at least 1), their number; the last one is the result.
 * Valid as long as the expression. Lowering an expression is one loop over this array: every
 * operand has been seen before its user. A MEAN or INTEGRAL node reduces its operand over the
 * domain.
 */
const mfg_expression_node *mfg_expression_nodes(const mfg_expression *expression, int32_t *count);

/* The number of axes of the table the expression was parsed with. */
int32_t mfg_expression_axes(const mfg_expression *expression);

/* The text of an operation in the table above; static. */
const char *mfg_expression_operation_text(mfg_expression_operation operation);

bool mfg_expression_is_condition(const mfg_expression *expression);

/* Whether the result is one constant; its value in `value` (may be NULL), 1 or 0 for a condition.
 */
bool mfg_expression_is_constant(const mfg_expression *expression, double *value);

/* Whether `symbol` (COORDINATE + axis, TIME, ...) occurs anywhere, mean() and integral() included.
 */
bool mfg_expression_depends_on(const mfg_expression *expression, int32_t symbol);

/* Whether `symbol` occurs outside every mean() and integral(). */
bool mfg_expression_depends_locally_on(const mfg_expression *expression, int32_t symbol);

/* Whether two expressions are the same tree, node by node. */
bool mfg_expression_equal(const mfg_expression *left, const mfg_expression *right);

/*
 * Evaluates in double precision at one point, into `value` (a condition: 1 or 0). IEEE 754 decides
 * about division by zero, overflow and NaN. Returns false, `value` untouched, when out of memory.
 */
bool mfg_expression_evaluate(const mfg_expression *expression, const mfg_expression_point *point,
                             double *value);

/*
 * The derivative with respect to `symbol`, every mean() and integral() held fixed. Conventions
 * where there is none: sign(0) = 0 for abs, 0 for floor, ceil, sign and conditions, the branch
 * taken for c ? a : b, the first argument for min and max of equals; |p| has px/|p|, and 0 at p = 0
 * (the same written as sqrt(px^2 + py^2) has NaN there); a^b has no contribution of b's slope where
 * a = 0 < b. Returns a new expression owned by the caller, or NULL with `error` (may be NULL)
 * filled when it is a condition, too large, or memory is out.
 */
mfg_expression *mfg_expression_derivative(const mfg_expression *expression, int32_t symbol,
                                          mfg_expression_error *error);

/*
 * Nonlocal terms. J_i is the i-th mean() or integral() in the order of the nodes of the expression
 * that was parsed, so a nested one, as in mean((x - mean(x))^2), comes before the one around it.
 * Whatever is derived from that expression keeps these numbers, so one array of values serves all.
 * With
 *   D_i = derivative of the expression by J_i     (mfg_expression_nonlocal_derivative)
 *   w_i = density of the derivative of J_i by m   (mfg_expression_nonlocal_gradient)
 * the linearisation of an expression without nested terms at m in the direction v is
 *   (derivative by m)*v + sum_i D_i * integral(w_i*v).
 * A nested term J_j adds (derivative of the body by J_j, times m inside mean, integrated) * dJ_j to
 * dJ_i.
 */

/* The number of terms of the expression that was parsed; a derived one may contain fewer. */
int32_t mfg_expression_nonlocal_count(const mfg_expression *expression);

/* The node of term `index`, or NULL where this expression does not contain it. Borrowed. */
const mfg_expression_node *mfg_expression_nonlocal_node(const mfg_expression *expression,
                                                        int32_t index);

/* What stands inside term `index`. New, owned by the caller; NULL with `error` (may be NULL) filled
   when out of memory or when this expression does not contain the term. */
mfg_expression *mfg_expression_nonlocal_body(const mfg_expression *expression, int32_t index,
                                             mfg_expression_error *error);

/* D_i: other terms, also those that contain J_i, are held fixed. Ownership and errors as above. */
mfg_expression *mfg_expression_nonlocal_derivative(const mfg_expression *expression, int32_t index,
                                                   mfg_expression_error *error);

/* w_i: a + m*(derivative of a by m) for mean(a), the derivative of a by m for integral(a); terms
   nested in a are held fixed. Ownership and errors as above. */
mfg_expression *mfg_expression_nonlocal_gradient(const mfg_expression *expression, int32_t index,
                                                 mfg_expression_error *error);

/* sum_k quadratic[k]*p_k^2 + sum_k linear[k]*p_k + constant, none of which contains the momentum.
 */
typedef struct mfg_expression_quadratic {
  bool is_quadratic;            /* false: not of this form, and nothing below is set */
  bool is_isotropic;            /* all quadratic[k] are one expression: quadratic[0]*|p|^2 */
  mfg_expression *quadratic[3]; /* one per axis, NULL beyond */
  mfg_expression *linear[3];
  mfg_expression *constant;
} mfg_expression_quadratic;

/*
 * Writes the expression as a polynomial of degree two in the momentum without mixed products, if
 * its structure shows it (sums, products, quotients by and choices on what is free of the
 * momentum). A coefficient that is absent is the constant 0. Returns false with `error` (may be
 * NULL) filled when out of memory or too large; on success the caller frees `result` with
 * mfg_expression_quadratic_free.
 */
bool mfg_expression_quadratic_split(const mfg_expression *expression,
                                    mfg_expression_quadratic *result, mfg_expression_error *error);

void mfg_expression_quadratic_free(mfg_expression_quadratic *quadratic);

/*
 * The expression as text that parses back to the same tree, given the same axes and variables. At
 * most `limit` bytes (less than 4 count as 4): a longer one is cut and ends in "..." (shared nodes
 * are written out at each use, so the text may be far longer than the expression). Parameters
 * appear as their values. Returns memory that the caller frees with free(), or NULL when out of
 * memory.
 */
char *mfg_expression_print(const mfg_expression *expression, size_t limit);

#endif
