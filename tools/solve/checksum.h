/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_CHECKSUM_H
#define MFG_TOOLS_SOLVE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a, 64 bits: finds damage, not malice. The sum of several pieces goes on from that of the
 * pieces before. */
#define CHECKSUM_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t checksum_of_bytes(uint64_t sum, const void *data, size_t size) {
  const unsigned char *bytes = data;
  for (size_t i = 0; i < size; i++)
    sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
  return sum;
}

#endif
