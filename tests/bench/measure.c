/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SAMPLES 41
/* Seconds that a sample of many runs takes, and after which a contestant gets fewer samples. */
#define SAMPLE_SECONDS 1e-3

static double now(bool wall) {
  struct timespec time;
  clock_gettime(wall ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double sample(const contestant *one, bool wall) {
  double start = now(wall);
  for (long k = 0; k < one->repeats; k++)
    one->run(one->context);
  return (now(wall) - start) / (double)one->repeats;
}

/* As many runs as make a sample long enough for the clock; the runs warm the caches as well. */
static void calibrate(contestant *one, bool wall) {
  one->repeats = 1;
  for (;;) {
    double taken = sample(one, wall) * (double)one->repeats;
    if (taken >= SAMPLE_SECONDS / 2) return;
    double wanted = (double)one->repeats * SAMPLE_SECONDS / (taken + 1e-7);
    one->repeats = wanted > 10 * (double)one->repeats ? 10 * one->repeats : (long)wanted + 1;
  }
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double quantile(const double *values, double part) {
  double sorted[SAMPLES];
  memcpy(sorted, values, sizeof sorted);
  qsort(sorted, SAMPLES, sizeof *sorted, by_size);
  return sorted[(size_t)(part * (SAMPLES - 1) + 0.5)];
}

void measure(contestant *contestants, size_t count, bool wall) {
  for (size_t i = 0; i < count; i++)
    calibrate(&contestants[i], wall);
  for (int round = 0; round < SAMPLES; round++)
    for (size_t i = 0; i < count; i++)
      contestants[i].samples[round] = sample(&contestants[i], wall);
  for (size_t i = 0; i < count; i++) {
    contestants[i].lower = quantile(contestants[i].samples, 0.25);
    contestants[i].median = quantile(contestants[i].samples, 0.5);
    contestants[i].upper = quantile(contestants[i].samples, 0.75);
  }
}

double measure_ratio(const contestant *ours, const contestant *theirs) {
  double ratios[SAMPLES];
  for (int round = 0; round < SAMPLES; round++)
    ratios[round] = ours->samples[round] / theirs->samples[round];
  return quantile(ratios, 0.5);
}

void measure_print_json(const char *row, const contestant *list, size_t count) {
  printf("{\"row\": \"%s\", \"contestants\": [", row);
  for (size_t i = 0; i < count; i++)
    printf("%s{\"name\": \"%s\", \"median\": %.4g, \"lower\": %.4g, \"upper\": %.4g, "
           "\"ratio\": %.4g}",
           i > 0 ? ", " : "", list[i].name, list[i].median, list[i].lower, list[i].upper,
           measure_ratio(&list[0], &list[i]));
  printf("]}\n");
  fflush(stdout);
}
