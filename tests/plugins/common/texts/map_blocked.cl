/* SPDX-License-Identifier: LGPL-2.1-or-later */
typedef struct {
  long offset0;
  long offset1;
  long offset2;
  long offset3;
  long offset4;
  long offset5;
  mfg_index n0;
  long chunk;
  mfg_index back0;
  mfg_index back1;
  mfg_index shift2;
  mfg_index shift3;
  mfg_index shift4;
  mfg_index shift5;
  mfg_index fold6;
  mfg_index back6;
  mfg_index fold7;
  mfg_index back7;
  mfg_index shift8;
  mfg_index high9;
  mfg_index low9;
  mfg_index shift9;
  mfg_index high10;
  mfg_index low10;
  mfg_index shift10;
  mfg_index shift11;
} mfg_launch;

MFG_KERNEL void mfg_main(
    MFG_GLOBAL const float *memory0,
    MFG_GLOBAL const float *memory1,
    MFG_GLOBAL const float *memory2,
    MFG_GLOBAL const float *memory3,
    MFG_GLOBAL float *memory4,
    MFG_GLOBAL float *memory5,
    MFG_GLOBAL mfg_byte *MFG_RESTRICT scratch, MFG_GLOBAL const int *predicate,
    const mfg_launch launch MFG_SHARED_PARAMETER) {
  MFG_SHARED_DECLARATION
  if (predicate != 0 && *predicate == 0) return;
  MFG_GLOBAL const float *operand0 = memory0 + launch.offset0;
  MFG_GLOBAL const float *operand1 = memory1 + launch.offset1;
  MFG_GLOBAL const float *operand2 = memory2 + launch.offset2;
  const float parameter2 = operand2[0];
  MFG_GLOBAL const float *operand3 = memory3 + launch.offset3;
  const float parameter3 = operand3[0];
  MFG_GLOBAL float *operand4 = memory4 + launch.offset4;
  MFG_GLOBAL float *operand5 = memory5 + launch.offset5;
  const long begin = MFG_GROUP(0) * launch.chunk;
  const mfg_index end = launch.n0 - begin < launch.chunk ? launch.n0 : begin + launch.chunk;
  for (mfg_index place = begin; place < end;) {
    if (place + 8 <= end && place >= 2 && place < launch.n0 - 10) {
      const mfg_index i0 = place;
      const float8 p0 = vload8(0, &operand0[i0]);
      const float8 p1 = vload8(0, &operand0[(i0 + 2)]);
      const float8 p2 = p0 + p1;
      const float8 p3 = vload8(0, &operand0[(i0 + 1)]);
      const float8 p4 = p2 + p3;
      const float8 p5 = vload8(0, &operand0[(i0 - 2)]);
      const float8 p6 = p4 + p5;
      const float8 p7 = vload8(0, &operand0[(i0 - 1)]);
      const float8 p8 = p6 + p7;
      const float8 p9 = vload8(0, &operand1[i0]);
      const long8 p12 = (long8)((i0 + 2)) + (long8)(0, 1, 2, 3, 4, 5, 6, 7);
      const float8 p13 = convert_float8(p12);
      const float8 p15 = convert_float8((long8)((long)launch.n0));
      const int8 p16 = p8 < p9;
      const int8 p17 = (p8 != p8);
      const int8 p18 = (p9 < MFG_FLOAT32_BITS(0x7f800000) && -p9 < MFG_FLOAT32_BITS(0x7f800000));
      const int8 p19 = (signbit(p9) != 0);
      const int8 p20 = p17 != p18;
      const int8 p21 = p16 || p20;
      const int8 p22 = !p19;
      const int8 p23 = p21 && p22;
      const float8 p24 = (float8)(parameter3) * p8;
      const float8 p25 = tanh(p24);
      const float8 p26 = mfg_maximum_float32x8(p25, (float8)(parameter2));
      const float8 p27 = mfg_minimum_float32x8(p26, p9);
      const float8 p29 = exp(p27);
      const float8 p30 = hypot(p29, (float8)(3.0f));
      const float8 p31 = -p27;
      const float8 p32 = p23 ? p30 : p31;
      const float8 p33 = p15 + (float8)(parameter3);
      const float8 p34 = floor(p13 / p33);
      const float8 p35 = convert_float8(-p23);
      const float8 p36 = p34 + p35;
      vstore8(p32, 0, &operand4[i0]);
      vstore8(p36, 0, &operand5[i0]);
      place += 8;
      continue;
    }
    const mfg_index i0 = place++;
    const mfg_index p_at1_0 = mfg_wrap(i0, launch.back0, launch.n0);
    const mfg_index p_at1_1 = mfg_wrap(p_at1_0, launch.back1, launch.n0);
    const mfg_index p_at1_2 = mfg_clamp_down(p_at1_1, launch.shift2);
    const mfg_index p_at2_0 = mfg_clamp_up(i0, launch.shift3, launch.n0);
    const mfg_index p_at2_1 = mfg_clamp_up(p_at2_0, launch.shift4, launch.n0);
    const mfg_index p_at2_2 = mfg_clamp_down(p_at2_1, launch.shift5);
    const mfg_index p_at3_0 = mfg_mirror(i0, launch.back6, launch.fold6, launch.n0);
    const mfg_index p_at3_1 = mfg_mirror(p_at3_0, launch.back7, launch.fold7, launch.n0);
    const mfg_index p_at3_2 = mfg_clamp_down(p_at3_1, launch.shift8);
    const bool p_in4_0 = i0 >= launch.low9 && i0 < launch.high9;
    const mfg_index p_at4_0 = p_in4_0 ? i0 + launch.shift9 : i0;
    const bool p_in4_1 = p_at4_0 >= launch.low10 && p_at4_0 < launch.high10;
    const mfg_index p_at4_1 = p_in4_1 ? p_at4_0 + launch.shift10 : p_at4_0;
    const mfg_index p_at4_2 = mfg_clamp_down(p_at4_1, launch.shift11);
    const float p0 = operand0[i0];
    const float p1 = operand0[p_at1_2];
    const float p2 = p0 + p1;
    const float p3 = operand0[p_at2_2];
    const float p4 = p2 + p3;
    const float p5 = operand0[p_at3_2];
    const float p6 = p4 + p5;
    const float p7 = !p_in4_0 ? 0.5f : !p_in4_1 ? 0.5f : operand0[p_at4_2];
    const float p8 = p6 + p7;
    const float p9 = operand1[i0];
    const long p12 = p_at1_2;
    const float p13 = (float)p12;
    const float p15 = (float)(long)launch.n0;
    const bool p16 = p8 < p9;
    const bool p17 = (p8 != p8);
    const bool p18 = (p9 < MFG_FLOAT32_BITS(0x7f800000) && -p9 < MFG_FLOAT32_BITS(0x7f800000));
    const bool p19 = (signbit(p9) != 0);
    const bool p20 = p17 != p18;
    const bool p21 = p16 || p20;
    const bool p22 = !p19;
    const bool p23 = p21 && p22;
    const float p24 = parameter3 * p8;
    const float p25 = tanh(p24);
    const float p26 = mfg_maximum_float32(p25, parameter2);
    const float p27 = mfg_minimum_float32(p26, p9);
    const float p29 = exp(p27);
    const float p30 = hypot(p29, 3.0f);
    const float p31 = -p27;
    const float p32 = p23 ? p30 : p31;
    const float p33 = p15 + parameter3;
    const float p34 = floor(p13 / p33);
    const float p35 = (float)p23;
    const float p36 = p34 + p35;
    operand4[i0] = p32;
    operand5[i0] = p36;
  }
}
