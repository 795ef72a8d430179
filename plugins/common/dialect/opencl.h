/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* OpenCL C, version 1.2. */
#pragma OPENCL FP_CONTRACT OFF
#define MFG_KERNEL kernel
#define MFG_FUNCTION static inline
#define MFG_GLOBAL global
#define MFG_LOCAL local
#define MFG_RESTRICT restrict
/* Local memory whose size is given at launch: a parameter here, a declaration elsewhere. */
#define MFG_SHARED_PARAMETER , local ulong *shared
#define MFG_SHARED_DECLARATION
#define MFG_BARRIER() barrier(CLK_LOCAL_MEM_FENCE)
/* Also between reads before it and writes behind it of the same element in global memory. */
#define MFG_GLOBAL_BARRIER() barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
/* Place of an item in its group, items of a group, place of the group, groups. */
#define MFG_ITEM(dimension) ((long)get_local_id(dimension))
#define MFG_ITEMS(dimension) ((long)get_local_size(dimension))
#define MFG_GROUP(dimension) ((long)get_group_id(dimension))
#define MFG_GROUPS(dimension) ((long)get_num_groups(dimension))
/* Before a loop of fixed length that uses arrays in registers. */
#define MFG_UNROLL _Pragma("unroll")
/* Before a loop whose iterations do not depend on each other. */
#define MFG_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
/* Numbers by their bits. */
#define MFG_FLOAT32_BITS(bits) as_float(bits##u)
#define MFG_FLOAT64_BITS(bits) as_double(bits##ul)
typedef char mfg_signed8;
typedef uchar mfg_byte;
