/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run.h"

#include "checkpointing.h"
#include "gnuplot.h"
#include "output_file.h"
#include "plot.h"
#include "problem_file.h"
#include "progress.h"
#include "report.h"
#include "result_file.h"
#include "result_view.h"
#include "xdmf_file.h"

#include <inttypes.h>
#include <mfg/error.h>
#include <mfg/solver.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* All that a run holds; zero at first, given back by `release`. */
typedef struct run {
  const solve_options *options;
  problem_file problem;
  mfg_context *context;
  mfg_state *start;
  mfg_result *result;
  checkpointing checkpoints;
  solve_failure failure;
  double *probe_values;
  text_buffer settings;
} run;

static void release(run *r) {
  mfg_result_release(r->result);
  mfg_state_release(r->start);
  mfg_context_close(r->context);
  checkpointing_end(&r->checkpoints);
  problem_file_free(&r->problem);
  failure_clear(&r->failure);
  free(r->probe_values);
  text_free(&r->settings);
}

/* ---- before ---------------------------------------------------------------------------------- */

static bool is_same_file(const char *a, const char *b) {
  struct stat first, second;
  if (strcmp(a, b) == 0) return true;
  return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

static bool check_output(run *r, const char *option, const char *path) {
  if (is_same_file(path, r->options->problem))
    return failure_set(&r->failure, EXIT_STATUS_WRONG_INPUT,
                       "%s: found the problem file itself; expected another name", option);
  return output_file_check(path, &r->failure);
}

static bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), end_length = strlen(end);
  return length > end_length && strcmp(text + length - end_length, end) == 0;
}

/* Looks for what would make a long computation useless in the end. */
static bool check_outputs(run *r) {
  const char *output = r->options->output, *plot = r->options->plot;
  if ((output || r->options->resume) && !result_file_is_supported())
    return failure_set(&r->failure, EXIT_STATUS_WRONG_INPUT,
                       "mfg-solve was built without HDF5: it has no --output and no --resume");
  if (output && !check_output(r, "--output", output)) return false;
  if (!plot) return true;
  if (!ends_with(plot, ".png"))
    return failure_set(&r->failure, EXIT_STATUS_WRONG_INPUT,
                       "--plot: found '%s'; expected a name that ends in .png", plot);
  if (output && is_same_file(output, plot))
    return failure_set(&r->failure, EXIT_STATUS_WRONG_INPUT,
                       "--plot: found the result file; expected another name");
  return check_output(r, "--plot", plot) && gnuplot_check(&r->failure);
}

static bool open_context(run *r) {
  mfg_dtype precision = r->problem.options.precision ? r->problem.options.precision : MFG_FLOAT64;
  mfg_context_options wanted = {.struct_size = sizeof wanted, .types = MFG_DTYPE_BIT(precision)};
  mfg_status status = mfg_context_open(r->options->backend, &wanted, &r->context);
  if (status == MFG_OK) return true;
  int exit_status = status == MFG_ERROR_OUT_OF_MEMORY || status == MFG_ERROR_DEVICE_MEMORY
                        ? EXIT_STATUS_FAILED
                    : status == MFG_ERROR_INVALID_ARGUMENT ? EXIT_STATUS_WRONG_INPUT
                                                           : EXIT_STATUS_NO_BACKEND;
  return failure_set(&r->failure, exit_status, "%s", mfg_last_error());
}

static bool prepare_checkpoints(run *r) {
  if (!checkpointing_begin(&r->checkpoints, r->options->output, r->options->problem, &r->failure))
    return false;
  r->checkpoints.origin = (checkpoint_origin){.identity = text_string(&r->problem.identity),
                                              .backend = mfg_context_backend(r->context),
                                              .device = mfg_context_device(r->context)};
  return !r->options->resume || checkpointing_resume(&r->checkpoints, &r->start, &r->failure);
}

/* ---- solving --------------------------------------------------------------------------------- */

static bool note_progress(const mfg_progress *progress, void *user) {
  run *r = user;
  bool goes_on = !progress_is_interrupted();
  bool converged = progress->residual <= progress->tolerance;
  bool is_last = !goes_on || progress->iteration >= progress->max_iterations;
  progress_show(progress);
  if (!converged && result_file_is_supported())
    checkpointing_note(&r->checkpoints, progress, is_last);
  return goes_on;
}

/* The exit status that follows from what mfg_solve returned. */
static int status_of(mfg_status status, bool has_result) {
  bool has_place = mfg_problem_last_error()->field[0] != '\0';
  switch (status) {
  case MFG_OK: return EXIT_STATUS_SOLVED;
  case MFG_ERROR_NOT_CONVERGED: return EXIT_STATUS_NOT_CONVERGED;
  case MFG_ERROR_NOT_FINITE:
  case MFG_ERROR_REPEAT_LIMIT:
    return !has_result && has_place ? EXIT_STATUS_WRONG_INPUT : EXIT_STATUS_NOT_CONVERGED;
  case MFG_ERROR_INTERRUPTED: return EXIT_STATUS_INTERRUPTED;
  case MFG_ERROR_INVALID_ARGUMENT:
  case MFG_ERROR_SYNTAX:
  case MFG_ERROR_SHAPE:
  case MFG_ERROR_TYPE:
  case MFG_ERROR_UNSUPPORTED: return EXIT_STATUS_WRONG_INPUT;
  case MFG_ERROR_NO_BACKEND:
  case MFG_ERROR_NO_DEVICE: return EXIT_STATUS_NO_BACKEND;
  default: return EXIT_STATUS_FAILED;
  }
}

/* Adds where the work done so far is to be found. */
static void name_checkpoint(run *r, int exit_status) {
  char *text = r->failure.text;
  if (!text || !r->checkpoints.is_known || exit_status == EXIT_STATUS_WRONG_INPUT) return;
  if (asprintf(&r->failure.text,
               "%s\nThe checkpoint %s holds iteration %" PRId64 "; --resume goes on from it.", text,
               r->checkpoints.path, r->checkpoints.iteration) < 0)
    r->failure.text = text;
  else
    free(text);
}

/* What is left to do where the problem was not solved. The failure is filled. */
static void keep_state(run *r, int exit_status) {
  bool wants_state = exit_status == EXIT_STATUS_INTERRUPTED ||
                     (exit_status == EXIT_STATUS_NOT_CONVERGED && r->options->output);
  solve_failure unwritten = {0};
  if (wants_state && !checkpointing_finish(&r->checkpoints, &unwritten) &&
      unwritten.exit_status != EXIT_STATUS_SOLVED)
    fprintf(stderr, "mfg-solve: %s\n", failure_text(&unwritten));
  failure_clear(&unwritten);
  name_checkpoint(r, exit_status);
}

static void solve(run *r) {
  mfg_solver_options options = r->problem.options;
  options.start = r->start;
  options.progress = note_progress;
  options.progress_user = r;
  progress_begin(r->options->quiet);
  mfg_status status = mfg_solve(r->context, r->problem.problem, &options, &r->result);
  progress_end();
  int exit_status = status_of(status, r->result != NULL);
  if (exit_status == EXIT_STATUS_SOLVED) return;
  problem_file_fail(&r->problem, exit_status, &r->failure);
  r->failure.exit_status = exit_status;
  keep_state(r, exit_status);
}

/* ---- after ----------------------------------------------------------------------------------- */

static bool make_view(run *r, result_view *view, solve_failure *failure) {
  if (!result_view_of(r->result, view, failure)) return false;
  view->title = r->problem.title;
  view->problem_text = r->problem.document.text;
  for (size_t i = 0; i < r->options->setting_count; i++)
    text_format(&r->settings, "%s\n", r->options->settings[i]);
  view->settings = text_string(&r->settings);
  for (int axis = 0; axis < r->problem.axes; axis++) {
    view->lower[axis] = r->problem.lower[axis];
    view->upper[axis] = r->problem.upper[axis];
    view->periodic[axis] = r->problem.periodic[axis];
  }
  return true;
}

static bool read_probe_values(run *r, solve_failure *failure) {
  r->probe_values = calloc(r->problem.probe_count + 1, sizeof *r->probe_values);
  if (!r->probe_values) return failure_out_of_memory(failure);
  for (size_t i = 0; i < r->problem.probe_count; i++) {
    const problem_probe *probe = &r->problem.probes[i];
    if (mfg_result_probe(r->result, probe->field, probe->time, probe->place, &r->probe_values[i]) !=
        MFG_OK)
      return failure_set(failure, EXIT_STATUS_FAILED, "probes[%zu]: %s", i,
                         mfg_problem_last_error()->text);
  }
  return true;
}

static bool print(const run *r, const solve_report *report, solve_failure *failure) {
  text_buffer text = {0};
  if (r->options->json)
    report_json(report, &text);
  else if (!r->options->quiet)
    report_summary(report, &text);
  bool ok = !text.failed || failure_out_of_memory(failure);
  if (ok &&
      (fwrite(text_string(&text), 1, text.length, stdout) != text.length || fflush(stdout) != 0))
    ok = failure_set(failure, EXIT_STATUS_FAILED,
                     "standard output cannot be written; expected room for the report");
  text_free(&text);
  return ok;
}

/* Writes what was asked for. What fails does not keep the rest from being written. */
static void deliver(run *r) {
  result_view view;
  solve_failure unread = {0}, unwritten = {0}, undrawn = {0}, unprinted = {0};
  solve_report report = {.problem = &r->problem, .view = &view};
  if (make_view(r, &view, &unread) && read_probe_values(r, &unread)) {
    report.probe_values = r->probe_values;
    if (r->options->output && result_file_write(r->options->output, &view, &unwritten) &&
        xdmf_file_write(r->options->output, &view, &unwritten))
      report.output = r->options->output;
    if (r->options->plot && plot_write(r->options->plot, &view, &undrawn))
      report.plot = r->options->plot;
    print(r, &report, &unprinted);
  }
  solve_failure *all[] = {&unread, &unwritten, &undrawn, &unprinted};
  bool is_kept = r->failure.exit_status == EXIT_STATUS_SOLVED &&
                 unread.exit_status == EXIT_STATUS_SOLVED &&
                 unwritten.exit_status == EXIT_STATUS_SOLVED;
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    if (all[i]->exit_status == EXIT_STATUS_SOLVED) continue;
    /* A file that cannot be written outweighs an iteration that did not converge. */
    if (r->failure.exit_status != EXIT_STATUS_SOLVED)
      fprintf(stderr, "mfg-solve: %s\n", failure_text(&r->failure));
    failure_clear(&r->failure);
    failure_set(&r->failure, EXIT_STATUS_FAILED, "%s", failure_text(all[i]));
    failure_clear(all[i]);
  }
  if (is_kept) checkpointing_remove(&r->checkpoints);
}

static bool check_interrupted(run *r) {
  return !progress_is_interrupted() || failure_set(&r->failure, EXIT_STATUS_INTERRUPTED,
                                                   "interrupted before the first iteration");
}

int run_solve(const solve_options *options) {
  run r = {.options = options};
  progress_watch_signals();
  if (check_outputs(&r) &&
      problem_file_read(&r.problem, options->problem, options->settings, options->setting_count,
                        &r.failure) &&
      open_context(&r) && prepare_checkpoints(&r) && check_interrupted(&r)) {
    solve(&r);
    if (r.result && r.failure.exit_status != EXIT_STATUS_INTERRUPTED) deliver(&r);
  }
  int exit_status = r.failure.exit_status;
  if (exit_status != EXIT_STATUS_SOLVED) fprintf(stderr, "%s\n", failure_text(&r.failure));
  release(&r);
  return exit_status;
}
