/* SPDX-License-Identifier: LGPL-2.1-or-later */
typedef struct {
  long offset0;
  long offset1;
  long offset2;
  long offset3;
  long kept_items;
  long kept;
  long parts;
  long places;
  long scratch0;
  long scratch1;
  long scratch9;
  long advance0;
  long partials;
  mfg_index n0;
  int unused0;
} mfg_launch;

MFG_KERNEL void mfg_main(
    MFG_GLOBAL const double *memory0,
    MFG_GLOBAL double *memory1,
    MFG_GLOBAL double *memory2,
    MFG_GLOBAL long *memory3,
    MFG_GLOBAL mfg_byte *MFG_RESTRICT scratch, MFG_GLOBAL const int *predicate,
    const mfg_launch launch MFG_SHARED_PARAMETER) {
  MFG_SHARED_DECLARATION
  if (predicate != 0 && *predicate == 0) return;
  MFG_GLOBAL const double *operand0 = memory0 + launch.offset0;
  MFG_GLOBAL double *operand1 = memory1 + launch.offset1;
  MFG_GLOBAL double *operand2 = memory2 + launch.offset2;
  MFG_GLOBAL long *operand3 = memory3 + launch.offset3;
  const long lane = MFG_ITEM(0) / launch.kept_items, lanes = MFG_ITEMS(0) / launch.kept_items;
  const long kept = MFG_GROUP(0) * launch.kept_items + MFG_ITEM(0) % launch.kept_items;
  MFG_GLOBAL double *partial0 = (MFG_GLOBAL double *)(scratch + launch.scratch0);
  MFG_GLOBAL double *partial1 = (MFG_GLOBAL double *)(scratch + launch.scratch1);
  MFG_GLOBAL long *partial_place1 = (MFG_GLOBAL long *)(scratch + launch.scratch9);
  double total0 = 0.0;
  double total1 = 0.0;
  long place1 = -1;
  long place = MFG_GROUP(1) * lanes + lane;
  if (kept < launch.kept && place < launch.places) {
    mfg_index i0 = (mfg_index)place;
    for (; place < launch.places; place += launch.parts * lanes) {
      {
        const double p0 = operand0[i0];
        const double p1 = p0 * p0;
        operand1[i0] = p1;
        total0 = total0 + p1;
        if (mfg_replaces_float64_argmax(p0, place, total1, place1)) {
          total1 = p0;
          place1 = place;
        }
      }
      long next, carry = 0;
      next = i0 + launch.advance0 + carry;
      i0 = (mfg_index)next;
    }
  }
  const long item = MFG_ITEM(0);
  MFG_LOCAL double *shared0 = (MFG_LOCAL double *)(shared + 0 * MFG_ITEMS(0));
  MFG_LOCAL double *shared1 = (MFG_LOCAL double *)(shared + 1 * MFG_ITEMS(0));
  MFG_LOCAL long *where1 = (MFG_LOCAL long *)(shared + 2 * MFG_ITEMS(0));
  shared0[item] = total0;
  shared1[item] = total1;
  where1[item] = place1;
  for (long reach = lanes / 2; reach > 0; reach /= 2) {
    MFG_BARRIER();
    if (lane < reach) {
      const long other = item + reach * launch.kept_items;
      total0 = total0 + shared0[other];
      if (mfg_replaces_float64_argmax(shared1[other], where1[other], total1, place1)) {
        total1 = shared1[other];
        place1 = where1[other];
      }
      shared0[item] = total0;
      shared1[item] = total1;
      where1[item] = place1;
    }
  }
  if (lane != 0 || kept >= launch.kept) return;
  if (launch.parts > 1) {
    partial0[MFG_GROUP(1) * launch.kept + kept] = total0;
    partial1[MFG_GROUP(1) * launch.kept + kept] = total1;
    partial_place1[MFG_GROUP(1) * launch.kept + kept] = place1;
  } else {
    operand2[0] = total0;
    operand3[0] = (place1 < 0 ? 0 : place1);
  }
}

MFG_KERNEL void mfg_finish(
    MFG_GLOBAL const double *memory0,
    MFG_GLOBAL double *memory1,
    MFG_GLOBAL double *memory2,
    MFG_GLOBAL long *memory3,
    MFG_GLOBAL mfg_byte *MFG_RESTRICT scratch, MFG_GLOBAL const int *predicate,
    const mfg_launch launch MFG_SHARED_PARAMETER) {
  MFG_SHARED_DECLARATION
  if (predicate != 0 && *predicate == 0) return;
  MFG_GLOBAL const double *operand0 = memory0 + launch.offset0;
  MFG_GLOBAL double *operand1 = memory1 + launch.offset1;
  MFG_GLOBAL double *operand2 = memory2 + launch.offset2;
  MFG_GLOBAL long *operand3 = memory3 + launch.offset3;
  const long kept = MFG_GROUP(0);
  MFG_GLOBAL double *partial0 = (MFG_GLOBAL double *)(scratch + launch.scratch0);
  MFG_GLOBAL double *partial1 = (MFG_GLOBAL double *)(scratch + launch.scratch1);
  MFG_GLOBAL long *partial_place1 = (MFG_GLOBAL long *)(scratch + launch.scratch9);
  double total0 = 0.0;
  double total1 = 0.0;
  long place1 = -1;
  const long lane = MFG_ITEM(0), lanes = MFG_ITEMS(0);
  for (long part = lane; part < launch.partials; part += lanes) {
    const long index = part * launch.kept + kept;
    total0 = total0 + partial0[index];
    if (mfg_replaces_float64_argmax(partial1[index], partial_place1[index], total1, place1)) {
      total1 = partial1[index];
      place1 = partial_place1[index];
    }
  }
  const long item = MFG_ITEM(0);
  MFG_LOCAL double *shared0 = (MFG_LOCAL double *)(shared + 0 * MFG_ITEMS(0));
  MFG_LOCAL double *shared1 = (MFG_LOCAL double *)(shared + 1 * MFG_ITEMS(0));
  MFG_LOCAL long *where1 = (MFG_LOCAL long *)(shared + 2 * MFG_ITEMS(0));
  shared0[item] = total0;
  shared1[item] = total1;
  where1[item] = place1;
  for (long reach = lanes / 2; reach > 0; reach /= 2) {
    MFG_BARRIER();
    if (lane < reach) {
      const long other = item + reach * 1;
      total0 = total0 + shared0[other];
      if (mfg_replaces_float64_argmax(shared1[other], where1[other], total1, place1)) {
        total1 = shared1[other];
        place1 = where1[other];
      }
      shared0[item] = total0;
      shared1[item] = total1;
      where1[item] = place1;
    }
  }
  if (lane == 0) {
    operand2[0] = total0;
    operand3[0] = (place1 < 0 ? 0 : place1);
  }
}
