/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CUDA C, as the run-time compiler reads it on a 64-bit Linux, where a long has 64 bits. It must be
 * told --fmad=false: there is no pragma against contraction. */
#define MFG_KERNEL extern "C" __global__
#define MFG_FUNCTION __device__ inline
#define MFG_GLOBAL
#define MFG_LOCAL
#define MFG_RESTRICT __restrict__
/* Local memory whose size is given at launch: a declaration here, a parameter elsewhere. */
#define MFG_SHARED_PARAMETER
#define MFG_SHARED_DECLARATION extern __shared__ unsigned long shared[];
#define MFG_BARRIER() __syncthreads()
/* Also between reads before it and writes behind it of the same element in global memory. */
#define MFG_GLOBAL_BARRIER() __syncthreads()
/* Place of an item in its group, items of a group, place of the group, groups. */
#define MFG_DIMENSION_0 x
#define MFG_DIMENSION_1 y
#define MFG_DIMENSION_2 z
#define MFG_ITEM(dimension) ((long)threadIdx.MFG_DIMENSION_##dimension)
#define MFG_ITEMS(dimension) ((long)blockDim.MFG_DIMENSION_##dimension)
#define MFG_GROUP(dimension) ((long)blockIdx.MFG_DIMENSION_##dimension)
#define MFG_GROUPS(dimension) ((long)gridDim.MFG_DIMENSION_##dimension)
/* Before a loop of fixed length that uses arrays in registers. */
#define MFG_UNROLL _Pragma("unroll")
/* Before a loop whose iterations do not depend on each other: it is the items that run abreast. */
#define MFG_INDEPENDENT
/* Numbers by their bits. */
#define MFG_FLOAT32_BITS(bits) __int_as_float((int)bits##u)
#define MFG_FLOAT64_BITS(bits) __longlong_as_double((long long)bits##ull)
typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
typedef signed char mfg_signed8;
typedef uchar mfg_byte;
