/* SPDX-License-Identifier: MIT */
/* Sorting in memory that the host can see: by the digits of the keys, from the least on, which is
 * stable and looks at no two keys together. A key becomes a number without sign whose order is that
 * of the keys; zeros of both signs become one number, NaN the highest. */
#include <mfg/sdk.h>
#include <string.h>

/* ---- keys as numbers ------------------------------------------------------------------------- */

#define HIGHEST_BIT (UINT64_C(1) << 63)

static uint64_t number_of_double(double key) {
  uint64_t bits = 0;
  memcpy(&bits, &key, sizeof bits);
  if (key == 0) return HIGHEST_BIT;
  return (bits & HIGHEST_BIT) != 0 ? ~bits : bits | HIGHEST_BIT;
}

#define INTEGER_KEYS(SYMBOL, member, T, sign)                                                      \
  case MFG_##SYMBOL:                                                                               \
    for (int64_t i = first; i < first + count; i++)                                                \
      entries[i - first] =                                                                         \
          (mfg_sdk_sort_entry){((uint64_t)((const T *)keys)[i] & mask) ^ (sign) ^ turn, i};        \
    break;
#define SIGNED_KEYS(SYMBOL, member, T)                                                             \
  INTEGER_KEYS(SYMBOL, member, T, UINT64_C(1) << (8 * sizeof(T) - 1))
#define UNSIGNED_KEYS(SYMBOL, member, T) INTEGER_KEYS(SYMBOL, member, T, 0)
/* Descending turns the order of the numbers, not the place of NaN. */
#define FLOAT_KEYS(SYMBOL, member, T)                                                              \
  case MFG_##SYMBOL:                                                                               \
    for (int64_t i = first; i < first + count; i++) {                                              \
      T key = ((const T *)keys)[i];                                                                \
      uint64_t number = number_of_double((double)key) ^ turn;                                      \
      entries[i - first] = (mfg_sdk_sort_entry){key == key ? number : UINT64_MAX, i};              \
    }                                                                                              \
    break;

static int digits_of(mfg_dtype type) {
  return type == MFG_FLOAT32 ? 8 : (int)mfg_dtype_size(type);
}

void mfg_sdk_sort_entries(mfg_dtype type, bool descending, const void *keys, int64_t first,
                          int64_t count, mfg_sdk_sort_entry *entries) {
  uint64_t mask = UINT64_MAX >> (64 - 8 * digits_of(type)); /* as wide as the numbers are */
  uint64_t turn = descending ? mask : 0;
  switch (type) {
    UNSIGNED_KEYS(BOOL, boolean, uint8_t)
    MFG_SIGNED_TYPES(SIGNED_KEYS)
    MFG_UNSIGNED_TYPES(UNSIGNED_KEYS)
    MFG_FLOAT_TYPES(FLOAT_KEYS)
  default: break;
  }
}

/* ---- digits ---------------------------------------------------------------------------------- */

static unsigned digit_at(uint64_t key, int digit) {
  return (unsigned)(key >> (8 * digit)) & 0xffu;
}

int mfg_sdk_sort_digits(mfg_dtype type) {
  return digits_of(type);
}

void mfg_sdk_sort_count(const mfg_sdk_sort_entry *entries, int64_t count, int digit,
                        int64_t counts[256]) {
  memset(counts, 0, 256 * sizeof counts[0]);
  for (int64_t i = 0; i < count; i++)
    counts[digit_at(entries[i].key, digit)]++;
}

void mfg_sdk_sort_move(const mfg_sdk_sort_entry *entries, int64_t count, int digit,
                       int64_t places[256], mfg_sdk_sort_entry *target) {
  for (int64_t i = 0; i < count; i++)
    target[places[digit_at(entries[i].key, digit)]++] = entries[i];
}

void mfg_sdk_sort_finish(mfg_dtype type, const mfg_sdk_sort_entry *entries, int64_t first,
                         int64_t count, const void *unsorted, void *keys, int64_t *positions) {
  switch (mfg_dtype_size(type)) {
#define TAKE(bytes, T)                                                                             \
  case bytes:                                                                                      \
    for (int64_t i = first; i < first + count; i++)                                                \
      ((T *)keys)[i] = ((const T *)unsorted)[entries[i].index];                                    \
    break;
    TAKE(1, uint8_t)
    TAKE(2, uint16_t)
    TAKE(4, uint32_t)
    TAKE(8, uint64_t)
#undef TAKE
  default: break;
  }
  if (positions == NULL) return;
  for (int64_t i = first; i < first + count; i++)
    positions[i] = entries[i].index;
}

/* ---- one line -------------------------------------------------------------------------------- */

/* Lines up to this length are sorted by insertion: counting digits costs more. */
#define SHORT_LINE 48

static void insert_in_order(mfg_sdk_sort_entry *entries, int64_t count) {
  for (int64_t i = 1; i < count; i++) {
    mfg_sdk_sort_entry entry = entries[i];
    int64_t place = i;
    for (; place > 0 && entries[place - 1].key > entry.key; place--)
      entries[place] = entries[place - 1];
    entries[place] = entry;
  }
}

/* Sorts by every digit in which keys differ; returns which of the two holds the result. */
static mfg_sdk_sort_entry *sort_by_digits(mfg_dtype type, int64_t length,
                                          mfg_sdk_sort_entry *entries, mfg_sdk_sort_entry *other) {
  for (int digit = 0; digit < digits_of(type); digit++) {
    int64_t places[256];
    mfg_sdk_sort_count(entries, length, digit, places);
    if (places[digit_at(entries[0].key, digit)] == length) continue;
    int64_t before = 0;
    for (int value = 0; value < 256; value++) {
      int64_t here = places[value];
      places[value] = before;
      before += here;
    }
    mfg_sdk_sort_move(entries, length, digit, places, other);
    mfg_sdk_sort_entry *kept = entries;
    entries = other;
    other = kept;
  }
  return entries;
}

size_t mfg_sdk_sort_scratch(mfg_dtype type, int64_t length) {
  return (size_t)length * (2 * sizeof(mfg_sdk_sort_entry) + mfg_dtype_size(type));
}

void mfg_sdk_sort_line(mfg_dtype type, bool descending, int64_t length, void *keys,
                       int64_t *positions, void *scratch) {
  if (length == 0) return;
  mfg_sdk_sort_entry *entries = scratch;
  mfg_sdk_sort_entry *other = entries + length;
  void *unsorted = other + length;
  memcpy(unsorted, keys, (size_t)length * mfg_dtype_size(type));
  mfg_sdk_sort_entries(type, descending, keys, 0, length, entries);
  if (length <= SHORT_LINE)
    insert_in_order(entries, length);
  else
    entries = sort_by_digits(type, length, entries, other);
  mfg_sdk_sort_finish(type, entries, 0, length, unsorted, keys, positions);
}
