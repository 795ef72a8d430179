/* SPDX-License-Identifier: LGPL-2.1-or-later */
typedef struct {
  long offset0;
  long offset1;
  long offset2;
  long offset3;
  long offset4;
  long scratch24;
  long scratch25;
  long active;
  long blocks;
  long parts;
  long places;
  long chunk;
  long scratch0;
  long partials;
  long kept;
  mfg_index n0;
  mfg_index n1;
  mfg_index stride0_0;
  mfg_index stride1_0;
  mfg_index stride2_0;
  mfg_index stride3_0;
} mfg_launch;

MFG_KERNEL void mfg_main(
    MFG_GLOBAL const double *memory0,
    MFG_GLOBAL const double *memory1,
    MFG_GLOBAL double *memory2,
    MFG_GLOBAL double *memory3,
    MFG_GLOBAL double *memory4,
    MFG_GLOBAL mfg_byte *MFG_RESTRICT scratch, MFG_GLOBAL const int *predicate,
    const mfg_launch launch MFG_SHARED_PARAMETER) {
  MFG_SHARED_DECLARATION
  if (predicate != 0 && *predicate == 0) return;
  MFG_GLOBAL const double *operand0 = memory0 + launch.offset0;
  MFG_GLOBAL const double *operand1 = memory1 + launch.offset1;
  MFG_GLOBAL double *operand2 = memory2 + launch.offset2;
  MFG_GLOBAL double *operand3 = memory3 + launch.offset3;
  MFG_GLOBAL double *operand4 = memory4 + launch.offset4;
  MFG_GLOBAL double *part_total0 = (MFG_GLOBAL double *)(scratch + launch.scratch24);
  MFG_GLOBAL double *part_total1 = (MFG_GLOBAL double *)(scratch + launch.scratch25);
  double total0 = MFG_FLOAT64_BITS(0xfff0000000000000);
  const long slot = MFG_GROUP(0) * MFG_ITEMS(0) + MFG_ITEM(0);
  for (long block = slot; block < launch.blocks; block += launch.active) {
    const mfg_index i0 = (mfg_index)block;
    double running0 = 0.0;
    double running1 = 1.0;
    if (launch.parts > 1) {
      {
        running0 = part_total0[MFG_GROUP(1) * launch.places + (long)i0];
        running1 = part_total1[MFG_GROUP(1) * launch.places + (long)i0];
      }
    }
    const long begin = MFG_GROUP(1) * launch.chunk;
    const long end = launch.n1 - begin < launch.chunk ? launch.n1 : begin + launch.chunk;
    for (long step = begin; step < end; step++) {
      const mfg_index i1 = (mfg_index)step;
      {
        const double p0 = operand0[i0 * launch.stride0_0 + i1];
        const double p1 = operand1[i0 * launch.stride1_0 + i1];
        const double enter0 = p0;
        const double enter1 = p1;
        running0 = running0 + enter0;
        const double result0 = running0;
        running1 = running1 * enter1;
        const double result1 = running1;
        const double e2 = operand0[i0 * launch.stride0_0 + i1];
        const double e3 = result0 + e2;
        operand2[i0 * launch.stride2_0 + i1] = e3;
        operand3[i0 * launch.stride3_0 + i1] = result1;
        total0 = mfg_maximum_float64(total0, result0);
      }
    }
  }
  MFG_GLOBAL double *partial0 = (MFG_GLOBAL double *)(scratch + launch.scratch0);
  const long lane = MFG_ITEM(0), lanes = MFG_ITEMS(0);
  const long item = MFG_ITEM(0);
  MFG_LOCAL double *shared0 = (MFG_LOCAL double *)(shared + 0 * MFG_ITEMS(0));
  shared0[item] = total0;
  for (long reach = lanes / 2; reach > 0; reach /= 2) {
    MFG_BARRIER();
    if (lane < reach) {
      const long other = item + reach * 1;
      total0 = mfg_maximum_float64(total0, shared0[other]);
      shared0[item] = total0;
    }
  }
  if (lane != 0) return;
  const long group = MFG_GROUP(1) * MFG_GROUPS(0) + MFG_GROUP(0);
  if (launch.partials > 1) {
    partial0[group] = total0;
  } else {
    operand4[0] = total0;
  }
}

MFG_KERNEL void mfg_totals(
    MFG_GLOBAL const double *memory0,
    MFG_GLOBAL const double *memory1,
    MFG_GLOBAL double *memory2,
    MFG_GLOBAL double *memory3,
    MFG_GLOBAL double *memory4,
    MFG_GLOBAL mfg_byte *MFG_RESTRICT scratch, MFG_GLOBAL const int *predicate,
    const mfg_launch launch MFG_SHARED_PARAMETER) {
  MFG_SHARED_DECLARATION
  if (predicate != 0 && *predicate == 0) return;
  MFG_GLOBAL const double *operand0 = memory0 + launch.offset0;
  MFG_GLOBAL const double *operand1 = memory1 + launch.offset1;
  MFG_GLOBAL double *operand2 = memory2 + launch.offset2;
  MFG_GLOBAL double *operand3 = memory3 + launch.offset3;
  MFG_GLOBAL double *operand4 = memory4 + launch.offset4;
  MFG_GLOBAL double *part_total0 = (MFG_GLOBAL double *)(scratch + launch.scratch24);
  MFG_GLOBAL double *part_total1 = (MFG_GLOBAL double *)(scratch + launch.scratch25);
  const long slot = MFG_GROUP(0) * MFG_ITEMS(0) + MFG_ITEM(0);
  for (long block = slot; block < launch.blocks; block += launch.active) {
    const mfg_index i0 = (mfg_index)block;
    double running0 = 0.0;
    double running1 = 1.0;
    const long begin = MFG_GROUP(1) * launch.chunk;
    const long end = launch.n1 - begin < launch.chunk ? launch.n1 : begin + launch.chunk;
    for (long step = begin; step < end; step++) {
      const mfg_index i1 = (mfg_index)step;
      {
        const double p0 = operand0[i0 * launch.stride0_0 + i1];
        const double p1 = operand1[i0 * launch.stride1_0 + i1];
        const double enter0 = p0;
        const double enter1 = p1;
        running0 = running0 + enter0;
        running1 = running1 * enter1;
      }
    }
    {
      part_total0[MFG_GROUP(1) * launch.places + (long)i0] = running0;
      part_total1[MFG_GROUP(1) * launch.places + (long)i0] = running1;
    }
  }
}

MFG_KERNEL void mfg_offsets(
    MFG_GLOBAL const double *memory0,
    MFG_GLOBAL const double *memory1,
    MFG_GLOBAL double *memory2,
    MFG_GLOBAL double *memory3,
    MFG_GLOBAL double *memory4,
    MFG_GLOBAL mfg_byte *MFG_RESTRICT scratch, MFG_GLOBAL const int *predicate,
    const mfg_launch launch MFG_SHARED_PARAMETER) {
  MFG_SHARED_DECLARATION
  if (predicate != 0 && *predicate == 0) return;
  MFG_GLOBAL const double *operand0 = memory0 + launch.offset0;
  MFG_GLOBAL const double *operand1 = memory1 + launch.offset1;
  MFG_GLOBAL double *operand2 = memory2 + launch.offset2;
  MFG_GLOBAL double *operand3 = memory3 + launch.offset3;
  MFG_GLOBAL double *operand4 = memory4 + launch.offset4;
  MFG_GLOBAL double *part_total0 = (MFG_GLOBAL double *)(scratch + launch.scratch24);
  MFG_GLOBAL double *part_total1 = (MFG_GLOBAL double *)(scratch + launch.scratch25);
  const long line = MFG_GROUP(0) * MFG_ITEMS(0) + MFG_ITEM(0);
  if (line >= launch.places) return;
  double before0 = 0.0;
  for (long part = 0; part < launch.parts; part++) {
    const double total = part_total0[part * launch.places + line];
    part_total0[part * launch.places + line] = before0;
    before0 = before0 + total;
  }
  double before1 = 1.0;
  for (long part = 0; part < launch.parts; part++) {
    const double total = part_total1[part * launch.places + line];
    part_total1[part * launch.places + line] = before1;
    before1 = before1 * total;
  }
}

MFG_KERNEL void mfg_finish(
    MFG_GLOBAL const double *memory0,
    MFG_GLOBAL const double *memory1,
    MFG_GLOBAL double *memory2,
    MFG_GLOBAL double *memory3,
    MFG_GLOBAL double *memory4,
    MFG_GLOBAL mfg_byte *MFG_RESTRICT scratch, MFG_GLOBAL const int *predicate,
    const mfg_launch launch MFG_SHARED_PARAMETER) {
  MFG_SHARED_DECLARATION
  if (predicate != 0 && *predicate == 0) return;
  MFG_GLOBAL const double *operand0 = memory0 + launch.offset0;
  MFG_GLOBAL const double *operand1 = memory1 + launch.offset1;
  MFG_GLOBAL double *operand2 = memory2 + launch.offset2;
  MFG_GLOBAL double *operand3 = memory3 + launch.offset3;
  MFG_GLOBAL double *operand4 = memory4 + launch.offset4;
  const long kept = MFG_GROUP(0);
  MFG_GLOBAL double *partial0 = (MFG_GLOBAL double *)(scratch + launch.scratch0);
  double total0 = MFG_FLOAT64_BITS(0xfff0000000000000);
  const long lane = MFG_ITEM(0), lanes = MFG_ITEMS(0);
  for (long part = lane; part < launch.partials; part += lanes) {
    const long index = part * launch.kept + kept;
    total0 = mfg_maximum_float64(total0, partial0[index]);
  }
  const long item = MFG_ITEM(0);
  MFG_LOCAL double *shared0 = (MFG_LOCAL double *)(shared + 0 * MFG_ITEMS(0));
  shared0[item] = total0;
  for (long reach = lanes / 2; reach > 0; reach /= 2) {
    MFG_BARRIER();
    if (lane < reach) {
      const long other = item + reach * 1;
      total0 = mfg_maximum_float64(total0, shared0[other]);
      shared0[item] = total0;
    }
  }
  if (lane == 0) {
    operand4[0] = total0;
  }
}
