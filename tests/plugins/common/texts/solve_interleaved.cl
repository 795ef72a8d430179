/* SPDX-License-Identifier: LGPL-2.1-or-later */
typedef struct {
  long offset0;
  long offset1;
  long offset2;
  long offset3;
  long offset4;
  long offset5;
  long offset6;
  long offset7;
  long active;
  long blocks;
  long scratch24;
  long scratch25;
  long scratch26;
  long scratch0;
  long scratch1;
  long scratch2;
  long scratch3;
  long partials;
  long kept;
  mfg_index n0;
  mfg_index back0;
} mfg_launch;

MFG_KERNEL void mfg_main(
    MFG_GLOBAL const double *memory0,
    MFG_GLOBAL const double *memory1,
    MFG_GLOBAL double *memory2,
    MFG_GLOBAL double *memory3,
    MFG_GLOBAL double *memory4,
    MFG_GLOBAL double *memory5,
    MFG_GLOBAL mfg_byte *memory6,
    MFG_GLOBAL mfg_byte *memory7,
    MFG_GLOBAL mfg_byte *MFG_RESTRICT scratch, MFG_GLOBAL const int *predicate,
    const mfg_launch launch MFG_SHARED_PARAMETER) {
  MFG_SHARED_DECLARATION
  if (predicate != 0 && *predicate == 0) return;
  MFG_GLOBAL const double *operand0 = memory0 + launch.offset0;
  MFG_GLOBAL const double *operand1 = memory1 + launch.offset1;
  MFG_GLOBAL double *operand2 = memory2 + launch.offset2;
  MFG_GLOBAL double *operand3 = memory3 + launch.offset3;
  MFG_GLOBAL double *operand4 = memory4 + launch.offset4;
  MFG_GLOBAL double *operand5 = memory5 + launch.offset5;
  MFG_GLOBAL mfg_byte *operand6 = memory6 + launch.offset6;
  MFG_GLOBAL mfg_byte *operand7 = memory7 + launch.offset7;
  double total0 = MFG_FLOAT64_BITS(0xfff0000000000000);
  double total1 = 0.0;
  int total2 = true;
  int total3 = false;
  const long slot = MFG_GROUP(0) * MFG_ITEMS(0) + MFG_ITEM(0);
  for (long block = slot; block < launch.blocks; block += launch.active) {
    MFG_GLOBAL double *uppers = (MFG_GLOBAL double *)(scratch + launch.scratch24) + slot;
    MFG_GLOBAL double *rights = (MFG_GLOBAL double *)(scratch + launch.scratch25) + slot;
    MFG_GLOBAL double *fills = (MFG_GLOBAL double *)(scratch + launch.scratch26) + slot;
    double above = 0;
    double value = 0;
    double corner = 0;
    double last_lower = 0;
    double last_diagonal = 0;
    double last_right = 0;
    double last = 0;
    double fill = -1;
    {
      const mfg_index i0 = launch.n0 - 1;
      {
        const mfg_index p_at1_0 = mfg_wrap(i0, launch.back0, launch.n0);
        const double p0 = operand0[i0];
        const double p1 = operand0[p_at1_0];
        const double p3 = p0 - 1.5;
        const double p5 = p1 - 1.25;
        const double p6 = p3 + p5;
        const double p8 = 0.5 - p6;
        const double p9 = operand1[i0];
        const double lower = p3, upper = p5;
        const double diagonal = p8, right = p9;
        corner = upper;
        last_lower = lower;
        last_diagonal = diagonal;
        last_right = right;
      }
    }
    double carried0 = 0;
    for (mfg_index i0 = 0; i0 < launch.n0 - 1; i0++) {
      {
        const mfg_index p_at1_0 = mfg_wrap(i0, launch.back0, launch.n0);
        const double p0 = i0 == 0 ? operand0[i0] : carried0;
        const double p1 = operand0[p_at1_0];
        const double p3 = p0 - 1.5;
        const double p5 = p1 - 1.25;
        const double p6 = p3 + p5;
        const double p8 = 0.5 - p6;
        const double p9 = operand1[i0];
        carried0 = p1;
        const double lower = p3, upper = p5;
        const double diagonal = p8, right = p9;
        const long at = i0 * launch.active;
        const bool joins = i0 == launch.n0 - 2;
        const double pivot = 1 / (diagonal - lower * above);
        fill = ((joins ? upper : (double)(0)) - lower * fill) * pivot;
        value = (right - lower * value) * pivot;
        above = joins ? (double)(0) : upper * pivot;
        uppers[at] = above;
        rights[at] = value;
        fills[at] = fill;
        const double share = joins ? corner + last_lower : corner;
        last_right -= share * value;
        last_diagonal -= share * fill;
        corner = -share * above;
      }
    }
    {
      const mfg_index i0 = launch.n0 - 1;
      {
        if (launch.n0 == 1) last_diagonal += last_lower + corner;
        const double result0 = last_right / last_diagonal;
        last = result0;
        value = result0;
        const double e1 = operand0[i0];
        const double e2 = result0 - e1;
        const double e3 = fabs(e2);
        const bool e5 = e3 < 1e+03;
        const bool e7 = e3 > 1e+03;
        operand2[i0] = result0;
        operand3[i0] = e3;
        total0 = mfg_maximum_float64(total0, e3);
        total1 = total1 + result0;
        total2 &= e5;
        total3 |= e7;
      }
    }
    for (mfg_index i0 = launch.n0 - 2; i0 >= 0; i0--) {
      {
        const long at = i0 * launch.active;
        const double result0 = rights[at] - uppers[at] * value - fills[at] * last;
        value = result0;
        const double e1 = operand0[i0];
        const double e2 = result0 - e1;
        const double e3 = fabs(e2);
        const bool e5 = e3 < 1e+03;
        const bool e7 = e3 > 1e+03;
        operand2[i0] = result0;
        operand3[i0] = e3;
        total0 = mfg_maximum_float64(total0, e3);
        total1 = total1 + result0;
        total2 &= e5;
        total3 |= e7;
      }
    }
  }
  MFG_GLOBAL double *partial0 = (MFG_GLOBAL double *)(scratch + launch.scratch0);
  MFG_GLOBAL double *partial1 = (MFG_GLOBAL double *)(scratch + launch.scratch1);
  MFG_GLOBAL mfg_byte *partial2 = (MFG_GLOBAL mfg_byte *)(scratch + launch.scratch2);
  MFG_GLOBAL mfg_byte *partial3 = (MFG_GLOBAL mfg_byte *)(scratch + launch.scratch3);
  const long lane = MFG_ITEM(0), lanes = MFG_ITEMS(0);
  const long item = MFG_ITEM(0);
  MFG_LOCAL double *shared0 = (MFG_LOCAL double *)(shared + 0 * MFG_ITEMS(0));
  MFG_LOCAL double *shared1 = (MFG_LOCAL double *)(shared + 1 * MFG_ITEMS(0));
  MFG_LOCAL mfg_byte *shared2 = (MFG_LOCAL mfg_byte *)(shared + 2 * MFG_ITEMS(0));
  MFG_LOCAL mfg_byte *shared3 = (MFG_LOCAL mfg_byte *)(shared + 3 * MFG_ITEMS(0));
  shared0[item] = total0;
  shared1[item] = total1;
  shared2[item] = total2;
  shared3[item] = total3;
  for (long reach = lanes / 2; reach > 0; reach /= 2) {
    MFG_BARRIER();
    if (lane < reach) {
      const long other = item + reach * 1;
      total0 = mfg_maximum_float64(total0, shared0[other]);
      total1 = total1 + shared1[other];
      total2 &= (shared2[other] != 0);
      total3 |= (shared3[other] != 0);
      shared0[item] = total0;
      shared1[item] = total1;
      shared2[item] = total2;
      shared3[item] = total3;
    }
  }
  if (lane != 0) return;
  const long group = MFG_GROUP(1) * MFG_GROUPS(0) + MFG_GROUP(0);
  if (launch.partials > 1) {
    partial0[group] = total0;
    partial1[group] = total1;
    partial2[group] = total2;
    partial3[group] = total3;
  } else {
    operand4[0] = total0;
    operand5[0] = total1;
    operand6[0] = total2;
    operand7[0] = total3;
  }
}

MFG_KERNEL void mfg_group(
    MFG_GLOBAL const double *memory0,
    MFG_GLOBAL const double *memory1,
    MFG_GLOBAL double *memory2,
    MFG_GLOBAL double *memory3,
    MFG_GLOBAL double *memory4,
    MFG_GLOBAL double *memory5,
    MFG_GLOBAL mfg_byte *memory6,
    MFG_GLOBAL mfg_byte *memory7,
    MFG_GLOBAL mfg_byte *MFG_RESTRICT scratch, MFG_GLOBAL const int *predicate,
    const mfg_launch launch MFG_SHARED_PARAMETER) {
  MFG_SHARED_DECLARATION
  if (predicate != 0 && *predicate == 0) return;
  MFG_GLOBAL const double *operand0 = memory0 + launch.offset0;
  MFG_GLOBAL const double *operand1 = memory1 + launch.offset1;
  MFG_GLOBAL double *operand2 = memory2 + launch.offset2;
  MFG_GLOBAL double *operand3 = memory3 + launch.offset3;
  MFG_GLOBAL double *operand4 = memory4 + launch.offset4;
  MFG_GLOBAL double *operand5 = memory5 + launch.offset5;
  MFG_GLOBAL mfg_byte *operand6 = memory6 + launch.offset6;
  MFG_GLOBAL mfg_byte *operand7 = memory7 + launch.offset7;
  const long slot = MFG_GROUP(0), items = MFG_ITEMS(0);
  MFG_LOCAL double *shared_before = (MFG_LOCAL double *)(shared + 0 * items);
  MFG_LOCAL double *shared_after = (MFG_LOCAL double *)(shared + 1 * items);
  MFG_LOCAL double *shared_right = (MFG_LOCAL double *)(shared + 2 * items);
  double total0 = MFG_FLOAT64_BITS(0xfff0000000000000);
  double total1 = 0.0;
  int total2 = true;
  int total3 = false;
  for (long block = slot; block < launch.blocks; block += MFG_GROUPS(0)) {
    const long item = MFG_ITEM(0);
    MFG_GLOBAL double *uppers = (MFG_GLOBAL double *)(scratch + launch.scratch24) + slot * launch.n0;
    MFG_GLOBAL double *rights = (MFG_GLOBAL double *)(scratch + launch.scratch25) + slot * launch.n0;
    MFG_GLOBAL double *fills = (MFG_GLOBAL double *)(scratch + launch.scratch26) + slot * launch.n0;
    const mfg_index begin = (mfg_index)(item * launch.n0 / items);
    const mfg_index end = (mfg_index)((item + 1) * launch.n0 / items);
    double above = 0, value = 0, fill = -1;
    double first_right = 0, first_upper = -1, first_fill = 0;
    double carried0 = 0;
    for (mfg_index i0 = begin; i0 < end; i0++) {
      const mfg_index at = i0;
      const mfg_index p_at1_0 = mfg_wrap(i0, launch.back0, launch.n0);
      const double p0 = i0 == begin ? operand0[i0] : carried0;
      const double p1 = operand0[p_at1_0];
      const double p3 = p0 - 1.5;
      const double p5 = p1 - 1.25;
      const double p6 = p3 + p5;
      const double p8 = 0.5 - p6;
      const double p9 = operand1[i0];
      carried0 = p1;
      const double lower = p3, upper = p5;
      const double diagonal = p8, right = p9;
      const double pivot = 1 / (diagonal - lower * above);
      value = (right - lower * value) * pivot;
      fill = -lower * fill * pivot;
      above = upper * pivot;
      if (i0 < end - 1) {
        uppers[at] = above;
        rights[at] = value;
        fills[at] = fill;
        first_right -= first_upper * value;
        first_fill -= first_upper * fill;
        first_upper = -first_upper * above;
      }
    }
    shared_before[item] = first_fill;
    shared_after[item] = first_upper;
    shared_right[item] = first_right;
    MFG_GLOBAL_BARRIER();
    const long next = (item + 1) & (items - 1);
    double scale = 1 / (1 - above * shared_before[next]);
    double before = fill * scale;
    double after = -above * shared_after[next] * scale;
    double right_side = (value - above * shared_right[next]) * scale;
    MFG_BARRIER();
    for (long distance = 1; distance < items; distance *= 2) {
      const long low = (item - distance) & (items - 1);
      const long high = (item + distance) & (items - 1);
      shared_before[item] = before;
      shared_after[item] = after;
      shared_right[item] = right_side;
      MFG_BARRIER();
      scale = 1 / (1 - before * shared_after[low] - after * shared_before[high]);
      right_side = (right_side - before * shared_right[low] - after * shared_right[high]) * scale;
      before = -before * shared_before[low] * scale;
      after = -after * shared_after[high] * scale;
      MFG_BARRIER();
    }
    const double unknown = right_side / (1 + before + after);
    shared_right[item] = unknown;
    MFG_BARRIER();
    const double previous = shared_right[(item - 1) & (items - 1)];
    value = unknown;
    for (mfg_index i0 = end - 1; i0 >= begin; i0--) {
      const mfg_index at = i0;
      if (i0 < end - 1) value = rights[at] - uppers[at] * value - fills[at] * previous;
      const double result0 = value;
      const double e1 = operand0[i0];
      const double e2 = result0 - e1;
      const double e3 = fabs(e2);
      const bool e5 = e3 < 1e+03;
      const bool e7 = e3 > 1e+03;
      operand2[i0] = result0;
      operand3[i0] = e3;
      total0 = mfg_maximum_float64(total0, e3);
      total1 = total1 + result0;
      total2 &= e5;
      total3 |= e7;
    }
    MFG_BARRIER();
  }
  MFG_GLOBAL double *partial0 = (MFG_GLOBAL double *)(scratch + launch.scratch0);
  MFG_GLOBAL double *partial1 = (MFG_GLOBAL double *)(scratch + launch.scratch1);
  MFG_GLOBAL mfg_byte *partial2 = (MFG_GLOBAL mfg_byte *)(scratch + launch.scratch2);
  MFG_GLOBAL mfg_byte *partial3 = (MFG_GLOBAL mfg_byte *)(scratch + launch.scratch3);
  const long lane = MFG_ITEM(0), lanes = MFG_ITEMS(0);
  const long item = MFG_ITEM(0);
  MFG_LOCAL double *shared0 = (MFG_LOCAL double *)(shared + 0 * MFG_ITEMS(0));
  MFG_LOCAL double *shared1 = (MFG_LOCAL double *)(shared + 1 * MFG_ITEMS(0));
  MFG_LOCAL mfg_byte *shared2 = (MFG_LOCAL mfg_byte *)(shared + 2 * MFG_ITEMS(0));
  MFG_LOCAL mfg_byte *shared3 = (MFG_LOCAL mfg_byte *)(shared + 3 * MFG_ITEMS(0));
  shared0[item] = total0;
  shared1[item] = total1;
  shared2[item] = total2;
  shared3[item] = total3;
  for (long reach = lanes / 2; reach > 0; reach /= 2) {
    MFG_BARRIER();
    if (lane < reach) {
      const long other = item + reach * 1;
      total0 = mfg_maximum_float64(total0, shared0[other]);
      total1 = total1 + shared1[other];
      total2 &= (shared2[other] != 0);
      total3 |= (shared3[other] != 0);
      shared0[item] = total0;
      shared1[item] = total1;
      shared2[item] = total2;
      shared3[item] = total3;
    }
  }
  if (lane != 0) return;
  const long group = MFG_GROUP(1) * MFG_GROUPS(0) + MFG_GROUP(0);
  if (launch.partials > 1) {
    partial0[group] = total0;
    partial1[group] = total1;
    partial2[group] = total2;
    partial3[group] = total3;
  } else {
    operand4[0] = total0;
    operand5[0] = total1;
    operand6[0] = total2;
    operand7[0] = total3;
  }
}

MFG_KERNEL void mfg_registers(
    MFG_GLOBAL const double *memory0,
    MFG_GLOBAL const double *memory1,
    MFG_GLOBAL double *memory2,
    MFG_GLOBAL double *memory3,
    MFG_GLOBAL double *memory4,
    MFG_GLOBAL double *memory5,
    MFG_GLOBAL mfg_byte *memory6,
    MFG_GLOBAL mfg_byte *memory7,
    MFG_GLOBAL mfg_byte *MFG_RESTRICT scratch, MFG_GLOBAL const int *predicate,
    const mfg_launch launch MFG_SHARED_PARAMETER) {
  MFG_SHARED_DECLARATION
  if (predicate != 0 && *predicate == 0) return;
  MFG_GLOBAL const double *operand0 = memory0 + launch.offset0;
  MFG_GLOBAL const double *operand1 = memory1 + launch.offset1;
  MFG_GLOBAL double *operand2 = memory2 + launch.offset2;
  MFG_GLOBAL double *operand3 = memory3 + launch.offset3;
  MFG_GLOBAL double *operand4 = memory4 + launch.offset4;
  MFG_GLOBAL double *operand5 = memory5 + launch.offset5;
  MFG_GLOBAL mfg_byte *operand6 = memory6 + launch.offset6;
  MFG_GLOBAL mfg_byte *operand7 = memory7 + launch.offset7;
  const long slot = MFG_GROUP(0), items = MFG_ITEMS(0);
  MFG_LOCAL double *shared_before = (MFG_LOCAL double *)(shared + 0 * items);
  MFG_LOCAL double *shared_after = (MFG_LOCAL double *)(shared + 1 * items);
  MFG_LOCAL double *shared_right = (MFG_LOCAL double *)(shared + 2 * items);
  double total0 = MFG_FLOAT64_BITS(0xfff0000000000000);
  double total1 = 0.0;
  int total2 = true;
  int total3 = false;
  for (long block = slot; block < launch.blocks; block += MFG_GROUPS(0)) {
    const long item = MFG_ITEM(0);
    double uppers[8];
    double rights[8];
    double fills[8];
    const mfg_index begin = (mfg_index)(item * launch.n0 / items);
    const mfg_index end = (mfg_index)((item + 1) * launch.n0 / items);
    double above = 0, value = 0, fill = -1;
    double first_right = 0, first_upper = -1, first_fill = 0;
    double carried0 = 0;
    MFG_UNROLL
    for (int at = 0; at < 8; at++) {
      const mfg_index i0 = begin + at;
      if (i0 < end) {
        const mfg_index p_at1_0 = mfg_wrap(i0, launch.back0, launch.n0);
        const double p0 = i0 == begin ? operand0[i0] : carried0;
        const double p1 = operand0[p_at1_0];
        const double p3 = p0 - 1.5;
        const double p5 = p1 - 1.25;
        const double p6 = p3 + p5;
        const double p8 = 0.5 - p6;
        const double p9 = operand1[i0];
        carried0 = p1;
        const double lower = p3, upper = p5;
        const double diagonal = p8, right = p9;
        const double pivot = 1 / (diagonal - lower * above);
        value = (right - lower * value) * pivot;
        fill = -lower * fill * pivot;
        above = upper * pivot;
        if (i0 < end - 1) {
          uppers[at] = above;
          rights[at] = value;
          fills[at] = fill;
          first_right -= first_upper * value;
          first_fill -= first_upper * fill;
          first_upper = -first_upper * above;
        }
      }
    }
    shared_before[item] = first_fill;
    shared_after[item] = first_upper;
    shared_right[item] = first_right;
    MFG_GLOBAL_BARRIER();
    const long next = (item + 1) & (items - 1);
    double scale = 1 / (1 - above * shared_before[next]);
    double before = fill * scale;
    double after = -above * shared_after[next] * scale;
    double right_side = (value - above * shared_right[next]) * scale;
    MFG_BARRIER();
    for (long distance = 1; distance < items; distance *= 2) {
      const long low = (item - distance) & (items - 1);
      const long high = (item + distance) & (items - 1);
      shared_before[item] = before;
      shared_after[item] = after;
      shared_right[item] = right_side;
      MFG_BARRIER();
      scale = 1 / (1 - before * shared_after[low] - after * shared_before[high]);
      right_side = (right_side - before * shared_right[low] - after * shared_right[high]) * scale;
      before = -before * shared_before[low] * scale;
      after = -after * shared_after[high] * scale;
      MFG_BARRIER();
    }
    const double unknown = right_side / (1 + before + after);
    shared_right[item] = unknown;
    MFG_BARRIER();
    const double previous = shared_right[(item - 1) & (items - 1)];
    value = unknown;
    MFG_UNROLL
    for (int at = 7; at >= 0; at--) {
      const mfg_index i0 = begin + at;
      if (i0 < end) {
        if (i0 < end - 1) value = rights[at] - uppers[at] * value - fills[at] * previous;
        const double result0 = value;
        const double e1 = operand0[i0];
        const double e2 = result0 - e1;
        const double e3 = fabs(e2);
        const bool e5 = e3 < 1e+03;
        const bool e7 = e3 > 1e+03;
        operand2[i0] = result0;
        operand3[i0] = e3;
        total0 = mfg_maximum_float64(total0, e3);
        total1 = total1 + result0;
        total2 &= e5;
        total3 |= e7;
      }
    }
    MFG_BARRIER();
  }
  MFG_GLOBAL double *partial0 = (MFG_GLOBAL double *)(scratch + launch.scratch0);
  MFG_GLOBAL double *partial1 = (MFG_GLOBAL double *)(scratch + launch.scratch1);
  MFG_GLOBAL mfg_byte *partial2 = (MFG_GLOBAL mfg_byte *)(scratch + launch.scratch2);
  MFG_GLOBAL mfg_byte *partial3 = (MFG_GLOBAL mfg_byte *)(scratch + launch.scratch3);
  const long lane = MFG_ITEM(0), lanes = MFG_ITEMS(0);
  const long item = MFG_ITEM(0);
  MFG_LOCAL double *shared0 = (MFG_LOCAL double *)(shared + 0 * MFG_ITEMS(0));
  MFG_LOCAL double *shared1 = (MFG_LOCAL double *)(shared + 1 * MFG_ITEMS(0));
  MFG_LOCAL mfg_byte *shared2 = (MFG_LOCAL mfg_byte *)(shared + 2 * MFG_ITEMS(0));
  MFG_LOCAL mfg_byte *shared3 = (MFG_LOCAL mfg_byte *)(shared + 3 * MFG_ITEMS(0));
  shared0[item] = total0;
  shared1[item] = total1;
  shared2[item] = total2;
  shared3[item] = total3;
  for (long reach = lanes / 2; reach > 0; reach /= 2) {
    MFG_BARRIER();
    if (lane < reach) {
      const long other = item + reach * 1;
      total0 = mfg_maximum_float64(total0, shared0[other]);
      total1 = total1 + shared1[other];
      total2 &= (shared2[other] != 0);
      total3 |= (shared3[other] != 0);
      shared0[item] = total0;
      shared1[item] = total1;
      shared2[item] = total2;
      shared3[item] = total3;
    }
  }
  if (lane != 0) return;
  const long group = MFG_GROUP(1) * MFG_GROUPS(0) + MFG_GROUP(0);
  if (launch.partials > 1) {
    partial0[group] = total0;
    partial1[group] = total1;
    partial2[group] = total2;
    partial3[group] = total3;
  } else {
    operand4[0] = total0;
    operand5[0] = total1;
    operand6[0] = total2;
    operand7[0] = total3;
  }
}

MFG_KERNEL void mfg_finish(
    MFG_GLOBAL const double *memory0,
    MFG_GLOBAL const double *memory1,
    MFG_GLOBAL double *memory2,
    MFG_GLOBAL double *memory3,
    MFG_GLOBAL double *memory4,
    MFG_GLOBAL double *memory5,
    MFG_GLOBAL mfg_byte *memory6,
    MFG_GLOBAL mfg_byte *memory7,
    MFG_GLOBAL mfg_byte *MFG_RESTRICT scratch, MFG_GLOBAL const int *predicate,
    const mfg_launch launch MFG_SHARED_PARAMETER) {
  MFG_SHARED_DECLARATION
  if (predicate != 0 && *predicate == 0) return;
  MFG_GLOBAL const double *operand0 = memory0 + launch.offset0;
  MFG_GLOBAL const double *operand1 = memory1 + launch.offset1;
  MFG_GLOBAL double *operand2 = memory2 + launch.offset2;
  MFG_GLOBAL double *operand3 = memory3 + launch.offset3;
  MFG_GLOBAL double *operand4 = memory4 + launch.offset4;
  MFG_GLOBAL double *operand5 = memory5 + launch.offset5;
  MFG_GLOBAL mfg_byte *operand6 = memory6 + launch.offset6;
  MFG_GLOBAL mfg_byte *operand7 = memory7 + launch.offset7;
  const long kept = MFG_GROUP(0);
  MFG_GLOBAL double *partial0 = (MFG_GLOBAL double *)(scratch + launch.scratch0);
  MFG_GLOBAL double *partial1 = (MFG_GLOBAL double *)(scratch + launch.scratch1);
  MFG_GLOBAL mfg_byte *partial2 = (MFG_GLOBAL mfg_byte *)(scratch + launch.scratch2);
  MFG_GLOBAL mfg_byte *partial3 = (MFG_GLOBAL mfg_byte *)(scratch + launch.scratch3);
  double total0 = MFG_FLOAT64_BITS(0xfff0000000000000);
  double total1 = 0.0;
  int total2 = true;
  int total3 = false;
  const long lane = MFG_ITEM(0), lanes = MFG_ITEMS(0);
  for (long part = lane; part < launch.partials; part += lanes) {
    const long index = part * launch.kept + kept;
    total0 = mfg_maximum_float64(total0, partial0[index]);
    total1 = total1 + partial1[index];
    total2 &= (partial2[index] != 0);
    total3 |= (partial3[index] != 0);
  }
  const long item = MFG_ITEM(0);
  MFG_LOCAL double *shared0 = (MFG_LOCAL double *)(shared + 0 * MFG_ITEMS(0));
  MFG_LOCAL double *shared1 = (MFG_LOCAL double *)(shared + 1 * MFG_ITEMS(0));
  MFG_LOCAL mfg_byte *shared2 = (MFG_LOCAL mfg_byte *)(shared + 2 * MFG_ITEMS(0));
  MFG_LOCAL mfg_byte *shared3 = (MFG_LOCAL mfg_byte *)(shared + 3 * MFG_ITEMS(0));
  shared0[item] = total0;
  shared1[item] = total1;
  shared2[item] = total2;
  shared3[item] = total3;
  for (long reach = lanes / 2; reach > 0; reach /= 2) {
    MFG_BARRIER();
    if (lane < reach) {
      const long other = item + reach * 1;
      total0 = mfg_maximum_float64(total0, shared0[other]);
      total1 = total1 + shared1[other];
      total2 &= (shared2[other] != 0);
      total3 |= (shared3[other] != 0);
      shared0[item] = total0;
      shared1[item] = total1;
      shared2[item] = total2;
      shared3[item] = total3;
    }
  }
  if (lane == 0) {
    operand4[0] = total0;
    operand5[0] = total1;
    operand6[0] = total2;
    operand7[0] = total3;
  }
}
