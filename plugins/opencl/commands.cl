/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What command lists are made of beside the kernels of their launches. Offsets are bytes.
 *
 * Where `predicate` is not NULL and holds 0, an entry does nothing. The state of a repeat is
 * state[0], whether it goes on, and state[1], how often its body has run. */

/* Copies `count` units of 1, 4 or 8 bytes, an item each. */
kernel void mfg_copy(global const int *predicate, global uchar *target, global const uchar *source,
                     const ulong target_offset, const ulong source_offset, const ulong count,
                     const int unit) {
  const ulong i = get_global_id(0);
  if (i >= count || (predicate != 0 && *predicate == 0)) return;
  target += target_offset;
  source += source_offset;
  if (unit == 8)
    ((global ulong *)target)[i] = ((global const ulong *)source)[i];
  else if (unit == 4)
    ((global uint *)target)[i] = ((global const uint *)source)[i];
  else
    target[i] = source[i];
}

/* Writes `count` units of 1, 4 or 8 bytes, an item each, of a pattern of 16 bytes. */
kernel void mfg_fill(global const int *predicate, global uchar *target, const ulong offset,
                     const ulong count, const ulong low, const ulong high, const int unit) {
  const ulong i = get_global_id(0), byte = i * unit;
  if (i >= count || (predicate != 0 && *predicate == 0)) return;
  const ulong bits = ((byte & 8) ? high : low) >> (8 * (byte & 7));
  target += offset;
  if (unit == 8)
    ((global ulong *)target)[i] = bits;
  else if (unit == 4)
    ((global uint *)target)[i] = (uint)bits;
  else
    target[i] = (uchar)bits;
}

/* Before the first run of a body: it goes on where the repeat around it does. */
kernel void mfg_repeat_begin(global const int *predicate, global int *state) {
  state[0] = predicate != 0 ? *predicate != 0 : 1;
  state[1] = 0;
}

/* After a run of a body. The first repeat that reaches its maximum leaves its number in `status`. */
kernel void mfg_repeat_turn(global int *state, global const uchar *flag, const ulong flag_offset,
                            const uint maximum, const int number, global uchar *status,
                            const ulong status_offset) {
  if (state[0] == 0) return;
  global int *word = (global int *)(status + status_offset);
  const uint runs = (uint)state[1] + 1;
  state[1] = (int)runs;
  if (flag[flag_offset] != 0) {
    state[0] = 0;
  } else if (runs == maximum) {
    state[0] = 0;
    if (*word == 0) *word = number;
  }
}
