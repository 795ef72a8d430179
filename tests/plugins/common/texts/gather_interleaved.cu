/* SPDX-License-Identifier: LGPL-2.1-or-later */
typedef struct {
  long offset0;
  long offset1;
  long offset2;
  long offset3;
  long offset4;
  long offset5;
  long limit0_1;
  double scalar0;
  long scalar1;
  mfg_index n1;
  mfg_index n0;
  mfg_index stride1_0;
  mfg_index stride0_0;
  mfg_index stride3_0;
  mfg_index stride4_0;
  mfg_index stride5_0;
  int scalar2;
} mfg_launch;

MFG_KERNEL void mfg_main(
    MFG_GLOBAL const double *memory0,
    MFG_GLOBAL const int *memory1,
    MFG_GLOBAL const double *memory2,
    MFG_GLOBAL double *memory3,
    MFG_GLOBAL long *memory4,
    MFG_GLOBAL mfg_byte *memory5,
    MFG_GLOBAL mfg_byte *MFG_RESTRICT scratch, MFG_GLOBAL const int *predicate,
    const mfg_launch launch MFG_SHARED_PARAMETER) {
  MFG_SHARED_DECLARATION
  if (predicate != 0 && *predicate == 0) return;
  MFG_GLOBAL const double *operand0 = memory0 + launch.offset0;
  MFG_GLOBAL const int *operand1 = memory1 + launch.offset1;
  MFG_GLOBAL const double *operand2 = memory2 + launch.offset2;
  const double parameter2 = operand2[0];
  MFG_GLOBAL double *operand3 = memory3 + launch.offset3;
  MFG_GLOBAL long *operand4 = memory4 + launch.offset4;
  MFG_GLOBAL mfg_byte *operand5 = memory5 + launch.offset5;
  const mfg_index i1 = (mfg_index)(MFG_GROUP(0) * MFG_ITEMS(0) + MFG_ITEM(0));
  if (i1 >= launch.n1) return;
  for (long row = MFG_GROUP(1) * MFG_ITEMS(1) + MFG_ITEM(1); row < launch.n0;
      row += MFG_GROUPS(1) * MFG_ITEMS(1)) {
    const mfg_index i0 = (mfg_index)row;
    const int p0 = operand1[i0 * launch.stride1_0 + i1];
    const double p1 = operand0[i0 * launch.stride0_0 + mfg_within(p0, launch.limit0_1)];
    const double p4 = fma(p1, parameter2, launch.scalar0);
    const long p7 = mfg_add_int64((long)launch.n0, launch.scalar1);
    operand3[i0 * launch.stride3_0 + i1] = p4;
    operand4[i0 * launch.stride4_0 + i1] = p7;
    operand5[i0 * launch.stride5_0 + i1] = (launch.scalar2 != 0);
  }
}
