/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report.h"

#include "json.h"

#include <inttypes.h>
#include <string.h>

static const char *field_name(int field) {
  return field == MFG_RESULT_DENSITY ? "m" : "u";
}

/* ---- for programs ---------------------------------------------------------------------------- */

static void put_string(text_buffer *json, const char *key, const char *value) {
  text_format(json, "\"%s\":", key);
  json_string(json, value);
  text_append(json, ",");
}

static void put_number(text_buffer *json, const char *key, double value) {
  text_format(json, "\"%s\":", key);
  json_number(json, value);
  text_append(json, ",");
}

/* One string for each line. */
static void put_fallbacks(text_buffer *json, const char *lines) {
  text_append(json, "\"fallbacks\":[");
  for (bool first = true; *lines;) {
    size_t length = strcspn(lines, "\n");
    if (length > 0) {
      text_buffer line = {0};
      text_append_bytes(&line, lines, length);
      if (!first) text_append(json, ",");
      json_string(json, text_string(&line));
      json->failed |= line.failed;
      text_free(&line);
      first = false;
    }
    lines += length + (lines[length] == '\n');
  }
  text_append(json, "],");
}

static void put_probes(text_buffer *json, const solve_report *report) {
  text_append(json, "\"probes\":[");
  for (size_t i = 0; i < report->problem->probe_count; i++) {
    const problem_probe *probe = &report->problem->probes[i];
    text_format(json, "%s{\"field\":\"%s\",", i ? "," : "", field_name(probe->field));
    put_number(json, "t", probe->time);
    text_append(json, "\"at\":[");
    for (int axis = 0; axis < report->problem->axes; axis++) {
      if (axis) text_append(json, ",");
      json_number(json, probe->place[axis]);
    }
    text_append(json, "],\"value\":");
    json_number(json, report->probe_values[i]);
    text_append(json, "}");
  }
  text_append(json, "],");
}

void report_json(const solve_report *report, text_buffer *json) {
  const mfg_result_information *facts = &report->view->information;
  text_append(json, "{");
  put_string(json, "title", report->view->title);
  text_format(json, "\"converged\":%s,\"iterations\":%" PRId64 ",",
              facts->converged ? "true" : "false", facts->iterations);
  put_number(json, "residual", facts->residual);
  put_number(json, "mass_error", facts->mass_error);
  put_number(json, "min_density", facts->min_density);
  put_number(json, "mass_left", facts->mass_left);
  put_string(json, "backend", facts->backend);
  put_string(json, "device", facts->device);
  put_string(json, "method", facts->method);
  put_string(json, "precision", facts->precision);
  put_fallbacks(json, facts->fallbacks);
  if (facts->stationary) put_number(json, "lambda", facts->lambda);
  text_append(json, "\"seconds\":{");
  put_number(json, "total", facts->seconds_total);
  put_number(json, "setup", facts->seconds_setup);
  text_append(json, "\"solve\":");
  json_number(json, facts->seconds_solve);
  text_append(json, "},");
  put_probes(json, report);
  text_format(json,
              "\"kernels\":{\"launched\":%" PRIu64 ",\"compiled\":%" PRIu64
              "},\"peak_device_bytes\":%" PRIu64 "}\n",
              facts->kernels_launched, facts->kernels_compiled, facts->peak_device_bytes);
}

/* ---- for people ------------------------------------------------------------------------------ */

static void say_grid(text_buffer *text, const solve_report *report) {
  const mfg_result_information *facts = &report->view->information;
  text_append(text, "  grid         ");
  for (int axis = 0; axis < facts->axes; axis++)
    text_format(text, "%s%" PRId64 " cells in %s", axis ? " x " : "", facts->cells[axis],
                report->view->axis_names[axis]);
  if (facts->stationary)
    text_append(text, ", stationary\n");
  else
    text_format(text, ", %" PRId64 " steps to t = %.10g\n", facts->steps, facts->horizon);
}

static void say_fallbacks(text_buffer *text, const char *lines) {
  while (*lines) {
    size_t length = strcspn(lines, "\n");
    text_append(text, "  on the host  ");
    text_append_bytes(text, lines, length);
    text_append(text, "\n");
    lines += length + (lines[length] == '\n');
  }
}

static void say_probes(text_buffer *text, const solve_report *report) {
  for (size_t i = 0; i < report->problem->probe_count; i++) {
    const problem_probe *probe = &report->problem->probes[i];
    text_format(text, "  %s(", field_name(probe->field));
    if (!report->view->information.stationary) text_format(text, "t=%.10g, ", probe->time);
    for (int axis = 0; axis < report->problem->axes; axis++)
      text_format(text, "%s%s=%.10g", axis ? ", " : "", report->view->axis_names[axis],
                  probe->place[axis]);
    text_format(text, ") = %.12g\n", report->probe_values[i]);
  }
}

void report_summary(const solve_report *report, text_buffer *text) {
  const mfg_result_information *facts = &report->view->information;
  text_format(text, "%s\n", report->view->title[0] ? report->view->title : "(no title)");
  say_grid(text, report);
  text_format(text, "  backend      %s on %s, %s\n", facts->backend, facts->device,
              facts->precision);
  text_format(text, "  method       %s, %s after %" PRId64 " iteration%s, residual %.3g\n",
              facts->method, facts->converged ? "converged" : "NOT converged", facts->iterations,
              facts->iterations == 1 ? "" : "s", facts->residual);
  text_format(text, "  mass error   %.3g, smallest density %.6g\n", facts->mass_error,
              facts->min_density);
  if (facts->mass_left > 0) text_format(text, "  mass left    %.6g\n", facts->mass_left);
  if (facts->stationary) text_format(text, "  lambda       %.12g\n", facts->lambda);
  text_format(text, "  time         %.3g s, of which %.3g s to set up\n", facts->seconds_total,
              facts->seconds_setup);
  say_fallbacks(text, facts->fallbacks);
  say_probes(text, report);
  if (report->output) text_format(text, "  result       %s\n", report->output);
  if (report->plot) text_format(text, "  picture      %s\n", report->plot);
}
