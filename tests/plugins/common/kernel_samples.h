/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernels that between them use every operation, boundary and pattern. Tests compile them, and run
 * them beside the reference executor. Each is freed with builder_clear. */
#ifndef MFG_TEST_KERNEL_SAMPLES_H
#define MFG_TEST_KERNEL_SAMPLES_H

#include "kernel_builder.h"

/* A space; `axes` are those that are reduced, or the one along which lines run. */
typedef struct kernel_space {
  uint32_t rank, axes;
  int64_t extents[3];
} kernel_space;

/* Up to eight operations of `type` from `*first` on, which moves behind the last, over all pairs of
 * special numbers: a varies along axis 0, b along axis 1. No outputs where none is left. */
kernel_builder *sample_operations(mfg_dtype type, uint32_t *first);
/* Special numbers of a type as every unsigned integer, or as every other type. */
kernel_builder *sample_conversions(mfg_dtype from, bool to_unsigned);
/* Loads and indices at sites that move by `offset`, with every boundary. */
kernel_builder *sample_sites(int64_t offset);
/* A gather along axis 0 or 1, a parameter, scalars of several types. */
kernel_builder *sample_gathers(uint32_t axis);
/* A map that computes with one type of float: shifts along the last axis with every boundary, all
 * strides, truths, functions. */
kernel_builder *sample_floats(mfg_dtype type, const kernel_space *space);
/* One reduction of each kind from one pass, and an epilogue. */
kernel_builder *sample_reductions(const kernel_space *space);
/* A map with final reductions over all axes, and over some. */
kernel_builder *sample_map_with_reductions(const kernel_space *space);
/* A sum and a product along axis `axes`; flags of the pattern. */
kernel_builder *sample_scans(const kernel_space *space, int flags);
/* (1 + c) x[i] - c1 x[i-1] - c2 x[i+1] = r with an answer in place of u, which the coefficients
 * are read from; corners hold rubbish where the line is open. */
kernel_builder *sample_solves(const kernel_space *space, bool cyclic);

#endif
