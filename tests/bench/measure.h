/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Timing of contestants that do the same work.
 *
 * Samples are short and taken in turn, so that whatever else the machine does falls on all of them;
 * a sample is the processor time of the calling thread where the work is done by that thread alone,
 * the time of the wall clock where several threads take part. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

#define MEASURE_MOST_SAMPLES 64

typedef struct contestant {
  const char *name;
  void (*run)(void *context);
  void *context;
  /* Seconds that one run takes, set by measure: */
  double median;
  double lower; /* quartiles */
  double upper;
  double samples[MEASURE_MOST_SAMPLES];
  long repeats; /* runs in a sample */
} contestant;

/* Measures all contestants; `wall` asks for the wall clock. */
void measure(contestant *contestants, size_t count, bool wall);

/* Prints one line of JSON: the row's name, and each contestant's median and quartiles in seconds,
 * and the ratio of the first one to it. */
void measure_print_json(const char *row, const contestant *list, size_t count);

/* The median of the ratios of two contestants' samples that were taken in the same round. */
double measure_ratio(const contestant *ours, const contestant *theirs);

#endif
