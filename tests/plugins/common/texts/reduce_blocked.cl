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
  long offset8;
  long offset9;
  long scratch0;
  long scratch1;
  long scratch2;
  long scratch3;
  long scratch11;
  long scratch4;
  long scratch12;
  long scratch5;
  long scratch6;
  long scratch7;
  long kept;
  mfg_index n0;
  long chunk;
  long places;
  mfg_index n1;
  mfg_index stride0_0;
  mfg_index stride1_0;
  long parts;
  long partials;
} mfg_launch;

MFG_KERNEL void mfg_main(
    MFG_GLOBAL const double *memory0,
    MFG_GLOBAL const int *memory1,
    MFG_GLOBAL double *memory2,
    MFG_GLOBAL double *memory3,
    MFG_GLOBAL int *memory4,
    MFG_GLOBAL long *memory5,
    MFG_GLOBAL long *memory6,
    MFG_GLOBAL int *memory7,
    MFG_GLOBAL mfg_byte *memory8,
    MFG_GLOBAL mfg_byte *memory9,
    MFG_GLOBAL mfg_byte *MFG_RESTRICT scratch, MFG_GLOBAL const int *predicate,
    const mfg_launch launch MFG_SHARED_PARAMETER) {
  MFG_SHARED_DECLARATION
  if (predicate != 0 && *predicate == 0) return;
  MFG_GLOBAL const double *operand0 = memory0 + launch.offset0;
  MFG_GLOBAL const int *operand1 = memory1 + launch.offset1;
  MFG_GLOBAL double *operand2 = memory2 + launch.offset2;
  MFG_GLOBAL double *operand3 = memory3 + launch.offset3;
  MFG_GLOBAL int *operand4 = memory4 + launch.offset4;
  MFG_GLOBAL long *operand5 = memory5 + launch.offset5;
  MFG_GLOBAL long *operand6 = memory6 + launch.offset6;
  MFG_GLOBAL int *operand7 = memory7 + launch.offset7;
  MFG_GLOBAL mfg_byte *operand8 = memory8 + launch.offset8;
  MFG_GLOBAL mfg_byte *operand9 = memory9 + launch.offset9;
  MFG_GLOBAL double *partial0 = (MFG_GLOBAL double *)(scratch + launch.scratch0);
  MFG_GLOBAL double *partial1 = (MFG_GLOBAL double *)(scratch + launch.scratch1);
  MFG_GLOBAL int *partial2 = (MFG_GLOBAL int *)(scratch + launch.scratch2);
  MFG_GLOBAL double *partial3 = (MFG_GLOBAL double *)(scratch + launch.scratch3);
  MFG_GLOBAL long *partial_place3 = (MFG_GLOBAL long *)(scratch + launch.scratch11);
  MFG_GLOBAL int *partial4 = (MFG_GLOBAL int *)(scratch + launch.scratch4);
  MFG_GLOBAL long *partial_place4 = (MFG_GLOBAL long *)(scratch + launch.scratch12);
  MFG_GLOBAL int *partial5 = (MFG_GLOBAL int *)(scratch + launch.scratch5);
  MFG_GLOBAL mfg_byte *partial6 = (MFG_GLOBAL mfg_byte *)(scratch + launch.scratch6);
  MFG_GLOBAL mfg_byte *partial7 = (MFG_GLOBAL mfg_byte *)(scratch + launch.scratch7);
  const long kept = MFG_GROUP(0) * MFG_ITEMS(0) + MFG_ITEM(0);
  if (kept >= launch.kept) return;
  const mfg_index i0 = (mfg_index)kept;
  double total0[16];
  for (int lane = 0; lane < 16; lane++) {
    total0[lane] = 0.0;
  }
  double total1[16];
  for (int lane = 0; lane < 16; lane++) {
    total1[lane] = MFG_FLOAT64_BITS(0x7ff0000000000000);
  }
  int total2[16];
  for (int lane = 0; lane < 16; lane++) {
    total2[lane] = (-2147483647 - 1);
  }
  double total3[16];
  long place3[16];
  for (int lane = 0; lane < 16; lane++) {
    total3[lane] = 0.0;
    place3[lane] = -1;
  }
  int total4[16];
  long place4[16];
  for (int lane = 0; lane < 16; lane++) {
    total4[lane] = 0;
    place4[lane] = -1;
  }
  int total5[16];
  for (int lane = 0; lane < 16; lane++) {
    total5[lane] = 1;
  }
  int total6[16];
  for (int lane = 0; lane < 16; lane++) {
    total6[lane] = false;
  }
  int total7[16];
  for (int lane = 0; lane < 16; lane++) {
    total7[lane] = true;
  }
  long place = MFG_GROUP(1) * launch.chunk;
  const long end = launch.places - place < launch.chunk ? launch.places : place + launch.chunk;
  if (place < end) {
    mfg_index i1 = (mfg_index)place;
    while (place < end) {
      const long left = end - place, room = launch.n1 - i1;
      const long run = left < room ? left : room;
      long base = 0;
      for (; base + 16 <= run; base += 16) {
        const mfg_index first = i1 + base;
        MFG_INDEPENDENT
        for (int lane = 0; lane < 16; lane++) {
          const mfg_index i1 = first + lane;
          const double p0 = operand0[i0 * launch.stride0_0 + i1];
          const int p1 = operand1[i0 * launch.stride1_0 + i1];
          const bool p3 = p0 < 0.9;
          total0[lane] = total0[lane] + p0;
          total1[lane] = mfg_minimum_float64(total1[lane], p0);
          total2[lane] = mfg_maximum_int32(total2[lane], p1);
          if (mfg_replaces_float64_argmin(p0, (place + base + lane), total3[lane], place3[lane])) {
            total3[lane] = p0;
            place3[lane] = (place + base + lane);
          }
          if (mfg_replaces_int32_argmax(p1, (place + base + lane), total4[lane], place4[lane])) {
            total4[lane] = p1;
            place4[lane] = (place + base + lane);
          }
          total5[lane] = mfg_multiply_int32(total5[lane], p1);
          total6[lane] |= p3;
          total7[lane] &= p3;
        }
      }
      {
        const mfg_index first = i1 + base;
        MFG_INDEPENDENT
        for (int lane = 0; lane < (int)(run - base); lane++) {
          const mfg_index i1 = first + lane;
          const double p0 = operand0[i0 * launch.stride0_0 + i1];
          const int p1 = operand1[i0 * launch.stride1_0 + i1];
          const bool p3 = p0 < 0.9;
          total0[lane] = total0[lane] + p0;
          total1[lane] = mfg_minimum_float64(total1[lane], p0);
          total2[lane] = mfg_maximum_int32(total2[lane], p1);
          if (mfg_replaces_float64_argmin(p0, (place + base + lane), total3[lane], place3[lane])) {
            total3[lane] = p0;
            place3[lane] = (place + base + lane);
          }
          if (mfg_replaces_int32_argmax(p1, (place + base + lane), total4[lane], place4[lane])) {
            total4[lane] = p1;
            place4[lane] = (place + base + lane);
          }
          total5[lane] = mfg_multiply_int32(total5[lane], p1);
          total6[lane] |= p3;
          total7[lane] &= p3;
        }
      }
      place += run;
      i1 = 0;
    }
  }
  for (int lane = 1; lane < 16; lane++) {
    total0[0] = total0[0] + total0[lane];
    total1[0] = mfg_minimum_float64(total1[0], total1[lane]);
    total2[0] = mfg_maximum_int32(total2[0], total2[lane]);
    if (mfg_replaces_float64_argmin(total3[lane], place3[lane], total3[0], place3[0])) {
      total3[0] = total3[lane];
      place3[0] = place3[lane];
    }
    if (mfg_replaces_int32_argmax(total4[lane], place4[lane], total4[0], place4[0])) {
      total4[0] = total4[lane];
      place4[0] = place4[lane];
    }
    total5[0] = mfg_multiply_int32(total5[0], total5[lane]);
    total6[0] |= total6[lane];
    total7[0] &= total7[lane];
  }
  if (launch.parts > 1) {
    partial0[MFG_GROUP(1) * launch.kept + kept] = total0[0];
    partial1[MFG_GROUP(1) * launch.kept + kept] = total1[0];
    partial2[MFG_GROUP(1) * launch.kept + kept] = total2[0];
    partial3[MFG_GROUP(1) * launch.kept + kept] = total3[0];
    partial_place3[MFG_GROUP(1) * launch.kept + kept] = place3[0];
    partial4[MFG_GROUP(1) * launch.kept + kept] = total4[0];
    partial_place4[MFG_GROUP(1) * launch.kept + kept] = place4[0];
    partial5[MFG_GROUP(1) * launch.kept + kept] = total5[0];
    partial6[MFG_GROUP(1) * launch.kept + kept] = total6[0];
    partial7[MFG_GROUP(1) * launch.kept + kept] = total7[0];
  } else {
    const double result0 = total0[0];
    const double result1 = total1[0];
    const int result2 = total2[0];
    const long result3 = (place3[0] < 0 ? 0 : place3[0]);
    const long result4 = (place4[0] < 0 ? 0 : place4[0]);
    const int result5 = total5[0];
    const bool result6 = total6[0];
    const bool result7 = total7[0];
    const double e2 = result0 * 0.5;
    operand2[i0] = e2;
    operand3[i0] = result1;
    operand4[i0] = result2;
    operand5[i0] = result3;
    operand6[i0] = result4;
    operand7[i0] = result5;
    operand8[i0] = result6;
    operand9[i0] = result7;
  }
}

MFG_KERNEL void mfg_finish(
    MFG_GLOBAL const double *memory0,
    MFG_GLOBAL const int *memory1,
    MFG_GLOBAL double *memory2,
    MFG_GLOBAL double *memory3,
    MFG_GLOBAL int *memory4,
    MFG_GLOBAL long *memory5,
    MFG_GLOBAL long *memory6,
    MFG_GLOBAL int *memory7,
    MFG_GLOBAL mfg_byte *memory8,
    MFG_GLOBAL mfg_byte *memory9,
    MFG_GLOBAL mfg_byte *MFG_RESTRICT scratch, MFG_GLOBAL const int *predicate,
    const mfg_launch launch MFG_SHARED_PARAMETER) {
  MFG_SHARED_DECLARATION
  if (predicate != 0 && *predicate == 0) return;
  MFG_GLOBAL const double *operand0 = memory0 + launch.offset0;
  MFG_GLOBAL const int *operand1 = memory1 + launch.offset1;
  MFG_GLOBAL double *operand2 = memory2 + launch.offset2;
  MFG_GLOBAL double *operand3 = memory3 + launch.offset3;
  MFG_GLOBAL int *operand4 = memory4 + launch.offset4;
  MFG_GLOBAL long *operand5 = memory5 + launch.offset5;
  MFG_GLOBAL long *operand6 = memory6 + launch.offset6;
  MFG_GLOBAL int *operand7 = memory7 + launch.offset7;
  MFG_GLOBAL mfg_byte *operand8 = memory8 + launch.offset8;
  MFG_GLOBAL mfg_byte *operand9 = memory9 + launch.offset9;
  const long kept = MFG_GROUP(0);
  MFG_GLOBAL double *partial0 = (MFG_GLOBAL double *)(scratch + launch.scratch0);
  MFG_GLOBAL double *partial1 = (MFG_GLOBAL double *)(scratch + launch.scratch1);
  MFG_GLOBAL int *partial2 = (MFG_GLOBAL int *)(scratch + launch.scratch2);
  MFG_GLOBAL double *partial3 = (MFG_GLOBAL double *)(scratch + launch.scratch3);
  MFG_GLOBAL long *partial_place3 = (MFG_GLOBAL long *)(scratch + launch.scratch11);
  MFG_GLOBAL int *partial4 = (MFG_GLOBAL int *)(scratch + launch.scratch4);
  MFG_GLOBAL long *partial_place4 = (MFG_GLOBAL long *)(scratch + launch.scratch12);
  MFG_GLOBAL int *partial5 = (MFG_GLOBAL int *)(scratch + launch.scratch5);
  MFG_GLOBAL mfg_byte *partial6 = (MFG_GLOBAL mfg_byte *)(scratch + launch.scratch6);
  MFG_GLOBAL mfg_byte *partial7 = (MFG_GLOBAL mfg_byte *)(scratch + launch.scratch7);
  double total0 = 0.0;
  double total1 = MFG_FLOAT64_BITS(0x7ff0000000000000);
  int total2 = (-2147483647 - 1);
  double total3 = 0.0;
  long place3 = -1;
  int total4 = 0;
  long place4 = -1;
  int total5 = 1;
  int total6 = false;
  int total7 = true;
  for (long part = 0; part < launch.partials; part += 1) {
    const long index = part * launch.kept + kept;
    total0 = total0 + partial0[index];
    total1 = mfg_minimum_float64(total1, partial1[index]);
    total2 = mfg_maximum_int32(total2, partial2[index]);
    if (mfg_replaces_float64_argmin(partial3[index], partial_place3[index], total3, place3)) {
      total3 = partial3[index];
      place3 = partial_place3[index];
    }
    if (mfg_replaces_int32_argmax(partial4[index], partial_place4[index], total4, place4)) {
      total4 = partial4[index];
      place4 = partial_place4[index];
    }
    total5 = mfg_multiply_int32(total5, partial5[index]);
    total6 |= (partial6[index] != 0);
    total7 &= (partial7[index] != 0);
  }
  const mfg_index i0 = (mfg_index)kept;
  const double result0 = total0;
  const double result1 = total1;
  const int result2 = total2;
  const long result3 = (place3 < 0 ? 0 : place3);
  const long result4 = (place4 < 0 ? 0 : place4);
  const int result5 = total5;
  const bool result6 = total6;
  const bool result7 = total7;
  const double e2 = result0 * 0.5;
  operand2[i0] = e2;
  operand3[i0] = result1;
  operand4[i0] = result2;
  operand5[i0] = result3;
  operand6[i0] = result4;
  operand7[i0] = result5;
  operand8[i0] = result6;
  operand9[i0] = result7;
}
