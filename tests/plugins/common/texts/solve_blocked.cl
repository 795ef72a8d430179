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
  mfg_index n0;
  mfg_index n1;
  long scratch24;
  long scratch25;
  mfg_index shift0;
  mfg_index stride0_0;
  mfg_index stride1_0;
  mfg_index stride2_0;
  mfg_index stride3_0;
  long scratch0;
  long scratch1;
  long scratch2;
  long scratch3;
  long partials;
  long kept;
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
  double total0[8];
  for (int lane = 0; lane < 8; lane++) {
    total0[lane] = MFG_FLOAT64_BITS(0xfff0000000000000);
  }
  double total1[8];
  for (int lane = 0; lane < 8; lane++) {
    total1[lane] = 0.0;
  }
  int total2[8];
  for (int lane = 0; lane < 8; lane++) {
    total2[lane] = true;
  }
  int total3[8];
  for (int lane = 0; lane < 8; lane++) {
    total3[lane] = false;
  }
  const long slot = MFG_GROUP(0) * MFG_ITEMS(0) + MFG_ITEM(0);
  for (long block = slot; block < launch.blocks; block += launch.active) {
    const long blocks_in_a_row = (launch.n0 + 7) / 8;
    const mfg_index first = block % blocks_in_a_row * 8;
    const int lanes = launch.n0 - first < 8 ? launch.n0 - first : 8;
    if (lanes == 8) {
      MFG_GLOBAL double8 *uppers = (MFG_GLOBAL double8 *)(scratch + launch.scratch24) + slot * launch.n1;
      MFG_GLOBAL double8 *rights = (MFG_GLOBAL double8 *)(scratch + launch.scratch25) + slot * launch.n1;
      double8 above = 0;
      double8 value = 0;
      double8 carried0 = 0;
      for (mfg_index i1 = 0; i1 < launch.n1; i1++) {
        {
          const mfg_index i0 = first;
          const mfg_index p_at1_0 = mfg_clamp_up(i1, launch.shift0, launch.n1);
          const double8 p0 = i1 == 0 ? mfg_load_float64x8(&operand0[i0 * launch.stride0_0 + i1], launch.stride0_0) : carried0;
          const double8 p1 = mfg_load_float64x8(&operand0[i0 * launch.stride0_0 + p_at1_0], launch.stride0_0);
          const double8 p3 = p0 - (double8)(1.5);
          const double8 p5 = p1 - (double8)(1.25);
          const double8 p6 = p3 + p5;
          const double8 p8 = (double8)(0.5) - p6;
          const double8 p9 = mfg_load_float64x8(&operand1[i0 * launch.stride1_0 + i1], launch.stride1_0);
          carried0 = p1;
          const double8 lower = i1 == 0 ? (double8)(0) : p3;
          const double8 upper = i1 == launch.n1 - 1 ? (double8)(0) : p5;
          const double8 diagonal = p8, right = p9;
          const long at = i1;
          const double8 pivot = 1 / (diagonal - lower * above);
          value = (right - lower * value) * pivot;
          above = upper * pivot;
          uppers[at] = above;
          rights[at] = value;
        }
      }
      {
        const mfg_index i0 = first;
        value = 0;
      }
      for (mfg_index i1 = launch.n1 - 1; i1 >= 0; i1--) {
        {
          const mfg_index i0 = first;
          const long at = i1;
          const double8 result0 = rights[at] - uppers[at] * value;
          value = result0;
          const double8 e1 = mfg_load_float64x8(&operand0[i0 * launch.stride0_0 + i1], launch.stride0_0);
          const double8 e2 = result0 - e1;
          const double8 e3 = fabs(e2);
          const long8 e5 = e3 < (double8)(1e+03);
          const long8 e7 = e3 > (double8)(1e+03);
          mfg_store_float64x8(result0, &operand2[i0 * launch.stride2_0 + i1], launch.stride2_0);
          mfg_store_float64x8(e3, &operand3[i0 * launch.stride3_0 + i1], launch.stride3_0);
          {
            double8 together = vload8(0, total0);
            together = mfg_maximum_float64x8(together, e3);
            vstore8(together, 0, total0);
          }
          {
            double8 together = vload8(0, total1);
            together = together + result0;
            vstore8(together, 0, total1);
          }
          {
            int8 together = vload8(0, total2);
            together &= (convert_int8(e5) & 1);
            vstore8(together, 0, total2);
          }
          {
            int8 together = vload8(0, total3);
            together |= (convert_int8(e7) & 1);
            vstore8(together, 0, total3);
          }
        }
      }
    } else {
      MFG_GLOBAL double *uppers = (MFG_GLOBAL double *)(scratch + launch.scratch24) + slot * launch.n1 * 8;
      MFG_GLOBAL double *rights = (MFG_GLOBAL double *)(scratch + launch.scratch25) + slot * launch.n1 * 8;
      double above[8];
      for (int lane = 0; lane < 8; lane++) above[lane] = 0;
      double value[8];
      for (int lane = 0; lane < 8; lane++) value[lane] = 0;
      double carried0[8];
      for (int lane = 0; lane < 8; lane++) carried0[lane] = 0;
      for (mfg_index i1 = 0; i1 < launch.n1; i1++) {
        MFG_INDEPENDENT
        for (int lane = 0; lane < lanes; lane++) {
          const mfg_index i0 = first + lane;
          const mfg_index p_at1_0 = mfg_clamp_up(i1, launch.shift0, launch.n1);
          const double p0 = i1 == 0 ? operand0[i0 * launch.stride0_0 + i1] : carried0[lane];
          const double p1 = operand0[i0 * launch.stride0_0 + p_at1_0];
          const double p3 = p0 - 1.5;
          const double p5 = p1 - 1.25;
          const double p6 = p3 + p5;
          const double p8 = 0.5 - p6;
          const double p9 = operand1[i0 * launch.stride1_0 + i1];
          carried0[lane] = p1;
          const double lower = i1 == 0 ? (double)(0) : p3;
          const double upper = i1 == launch.n1 - 1 ? (double)(0) : p5;
          const double diagonal = p8, right = p9;
          const long at = (long)i1 * 8 + lane;
          const double pivot = 1 / (diagonal - lower * above[lane]);
          value[lane] = (right - lower * value[lane]) * pivot;
          above[lane] = upper * pivot;
          uppers[at] = above[lane];
          rights[at] = value[lane];
        }
      }
      MFG_INDEPENDENT
      for (int lane = 0; lane < lanes; lane++) {
        const mfg_index i0 = first + lane;
        value[lane] = 0;
      }
      for (mfg_index i1 = launch.n1 - 1; i1 >= 0; i1--) {
        MFG_INDEPENDENT
        for (int lane = 0; lane < lanes; lane++) {
          const mfg_index i0 = first + lane;
          const long at = (long)i1 * 8 + lane;
          const double result0 = rights[at] - uppers[at] * value[lane];
          value[lane] = result0;
          const double e1 = operand0[i0 * launch.stride0_0 + i1];
          const double e2 = result0 - e1;
          const double e3 = fabs(e2);
          const bool e5 = e3 < 1e+03;
          const bool e7 = e3 > 1e+03;
          operand2[i0 * launch.stride2_0 + i1] = result0;
          operand3[i0 * launch.stride3_0 + i1] = e3;
          total0[lane] = mfg_maximum_float64(total0[lane], e3);
          total1[lane] = total1[lane] + result0;
          total2[lane] &= e5;
          total3[lane] |= e7;
        }
      }
    }
  }
  MFG_GLOBAL double *partial0 = (MFG_GLOBAL double *)(scratch + launch.scratch0);
  MFG_GLOBAL double *partial1 = (MFG_GLOBAL double *)(scratch + launch.scratch1);
  MFG_GLOBAL mfg_byte *partial2 = (MFG_GLOBAL mfg_byte *)(scratch + launch.scratch2);
  MFG_GLOBAL mfg_byte *partial3 = (MFG_GLOBAL mfg_byte *)(scratch + launch.scratch3);
  for (int lane = 1; lane < 8; lane++) {
    total0[0] = mfg_maximum_float64(total0[0], total0[lane]);
    total1[0] = total1[0] + total1[lane];
    total2[0] &= total2[lane];
    total3[0] |= total3[lane];
  }
  const long group = MFG_GROUP(1) * launch.active + slot;
  if (launch.partials > 1) {
    partial0[group] = total0[0];
    partial1[group] = total1[0];
    partial2[group] = total2[0];
    partial3[group] = total3[0];
  } else {
    operand4[0] = total0[0];
    operand5[0] = total1[0];
    operand6[0] = total2[0];
    operand7[0] = total3[0];
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
  for (long part = 0; part < launch.partials; part += 1) {
    const long index = part * launch.kept + kept;
    total0 = mfg_maximum_float64(total0, partial0[index]);
    total1 = total1 + partial1[index];
    total2 &= (partial2[index] != 0);
    total3 |= (partial3[index] != 0);
  }
  operand4[0] = total0;
  operand5[0] = total1;
  operand6[0] = total2;
  operand7[0] = total3;
}
