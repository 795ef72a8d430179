/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The conformance cases, as a library: groups of cases that run against any `const mfg_plugin *`.
 *
 * A group is a function that walks its cases in an order that never changes. It opens each with
 * `check_begin`, says what is wrong with `check_fail`, and closes it with `check_end`. Cases before
 * `first` are passed over, so that a run which a crash has ended goes on with the next case in a
 * new process. A run belongs to one thread. */
#ifndef MFG_CONFORMANCE_H
#define MFG_CONFORMANCE_H

#include <mfg/sdk.h>

typedef enum check_outcome { CHECK_PASS, CHECK_FAIL, CHECK_SKIP } check_outcome;

/* Told about each case as it goes. */
typedef struct check_report {
  void *context;
  void (*begin)(void *context, const char *name);
  /* `detail` says why, and is "" for a case that passed. */
  void (*end)(void *context, const char *name, check_outcome outcome, const char *detail);
} check_report;

/* One run of one group. The first five fields are the caller's; the rest is the group's. */
typedef struct check_run {
  const mfg_plugin *plugin;
  const char *stem; /* NAME of mfg-backend-NAME.so, or NULL where the file is not known */
  uint32_t device_index;
  const check_report *report;
  uint64_t first;

  uint64_t next;
  char name[160];
  char detail[600];
  check_outcome outcome;
  mfg_plugin_device *device;
  mfg_plugin_queue *queue;
  mfg_plugin_device_info info;
  mfg_plugin_error error;
  char error_text[300];
} check_run;

typedef struct check_group {
  const char *name;
  bool needs_device;
  void (*cases)(check_run *run);
} check_group;

extern const check_group check_groups[];
extern const uint32_t check_group_count;

/* Host services over malloc, for the plugin under test. */
extern const mfg_plugin_host check_host;

/* Runs one group, opening and closing the device around it where it needs one. */
void check_group_run(const check_group *group, check_run *run);

/* Opens the next case; false when it is to be passed over. The name starts with the group's. */
bool check_begin(check_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
void check_end(check_run *run);
/* Only the first failure of a case is kept; a failure outweighs a skip. */
void check_fail(check_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
void check_skip(check_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* True when `status` is MFG_OK; otherwise the case fails with the plugin's own words. */
bool check_ok(check_run *run, mfg_status status, const char *call);
/* The error object to hand to the plugin, emptied. */
mfg_plugin_error *check_error(check_run *run);

/* Fails the case unless `condition` holds. */
#define CHECK_THAT(run, condition, ...)                                                            \
  do {                                                                                             \
    if (!(condition)) check_fail(run, __VA_ARGS__);                                                \
  } while (0)

/* The groups' walks. */
void check_query_cases(check_run *run);
void check_device_cases(check_run *run);
void check_memory_cases(check_run *run);
void check_event_cases(check_run *run);
void check_support_cases(check_run *run);
void check_instruction_cases(check_run *run);
void check_conversion_cases(check_run *run);
void check_site_cases(check_run *run);
void check_layout_cases(check_run *run);
void check_gather_cases(check_run *run);
void check_reduce_cases(check_run *run);
void check_scan_cases(check_run *run);
void check_line_solve_cases(check_run *run);
void check_final_reduction_cases(check_run *run);
void check_random_cases(check_run *run);
void check_list_cases(check_run *run);
void check_thread_cases(check_run *run);
void check_extension_cases(check_run *run);

#endif
