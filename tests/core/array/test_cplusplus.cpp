// SPDX-License-Identifier: LGPL-2.1-or-later
// Every public header in C++, and the overloads of operands.
#include <cstdio>
#include <mfg/extensions.h>
#include <mfg/mfg.h>
#include <mfg/problem.h>
#include <mfg/registry.h>
#include <mfg/result.h>
#include <mfg/sdk.h>
#include <mfg/solver.h>
#include <mfg/state.h>

int main() {
  mfg_context *context = nullptr;
  if (mfg_context_open(nullptr, nullptr, &context) != MFG_OK) {
    std::fprintf(stderr, "%s\n", mfg_last_error());
    return 1;
  }
  mfg_scope *s = mfg_scope_open(context);
  const int64_t shape[1] = {4};
  const std::size_t four = 4;
  mfg_array *ones = mfg_ones(s, MFG_FLOAT64, 1, shape);
  mfg_array *sum = mfg_add(s, mfg_mul(s, mfg_sub(s, ones, 0.5f), 2), mfg_div(s, four, 1u));
  sum = mfg_where(s, mfg_greater(s, sum, 4LL), mfg_add(s, sum, 1L), mfg_mul(s, true, 0.0));
  mfg_assign(s, ones, mfg_add(s, sum, mfg_operand_of_integer(1)));
  mfg_array *turned = mfg_view(s, ones, MFG_EVERY_BY(-1), MFG_NEW_AXIS);
  mfg_assign_at_mask(s, turned, mfg_less(s, turned, 0), 0.0);
  const double total = mfg_item(s, mfg_sum(s, ones, MFG_ALL_AXES));
  const mfg_status status = mfg_scope_close(s);
  if (status != MFG_OK) std::fprintf(stderr, "%s\n", mfg_last_error());
  mfg_context_close(context);
  return status == MFG_OK && total > 27.5 && total < 28.5 ? 0 : 1;
}
