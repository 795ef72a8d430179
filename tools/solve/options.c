/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "options.h"

#include "suggestion.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

const char options_usage[] =
    "usage: mfg-solve FILE [--backend B] [--output R.h5] [--plot P.png] [--json] [--resume]\n"
    "                 [--set name=value]... [--quiet]\n";

const char options_help[] =
    "\nSolves the mean-field game that the problem file FILE (YAML) describes.\n\n"
    "  --backend B       where to compute: a backend (name or name:device), a list of them in\n"
    "                    order of preference, or auto; instead of MFG_BACKEND\n"
    "  --output R.h5     writes u, m and what is known about them as an HDF5 file\n"
    "  --plot P.png      draws the result (needs gnuplot)\n"
    "  --json            prints one JSON object instead of the summary\n"
    "  --resume          goes on from the checkpoint R.h5.checkpoint of an interrupted run\n"
    "  --set name=value  gives a parameter of the file another value; may be repeated\n"
    "  --quiet           prints no summary and no progress\n"
    "  --help, --version\n\n"
    "Exit status: 0 solved; 2 wrong input; 3 no usable backend; 4 not converged (the result is\n"
    "written all the same); 5 out of memory, a failing device or a full disk; 130 interrupted\n"
    "(a checkpoint is written).\n";

enum { BACKEND = 1, OUTPUT, PLOT, JSON, RESUME, SET, QUIET, HELP, VERSION };

static const struct option long_options[] = {
    {"backend", required_argument, NULL, BACKEND}, {"output", required_argument, NULL, OUTPUT},
    {"plot", required_argument, NULL, PLOT},       {"json", no_argument, NULL, JSON},
    {"resume", no_argument, NULL, RESUME},         {"set", required_argument, NULL, SET},
    {"quiet", no_argument, NULL, QUIET},           {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, VERSION},       {NULL, 0, NULL, 0}};

#define OPTION_COUNT (sizeof long_options / sizeof *long_options - 1)

static bool fail_usage(solve_failure *failure, const char *found, const char *word,
                       const char *expected) {
  return failure_set(failure, EXIT_STATUS_WRONG_INPUT, "mfg-solve: found %s%s%s%s; expected %s\n%s",
                     found, word ? " '" : "", word ? word : "", word ? "'" : "", expected,
                     options_usage);
}

/* What getopt_long could not make sense of stands before `optind`. */
static bool fail_option(int code, char **arguments, solve_failure *failure) {
  const char *word = arguments[optind - 1];
  if (code == ':') return fail_usage(failure, "nothing after", word, "a value there");
  const char *known[OPTION_COUNT];
  for (size_t i = 0; i < OPTION_COUNT; i++)
    known[i] = long_options[i].name;
  char name[64];
  size_t dashes = strspn(word, "-"), length = strcspn(word + dashes, "=");
  if (length >= sizeof name) length = sizeof name - 1;
  memcpy(name, word + dashes, length);
  name[length] = '\0';
  const char *nearest = suggestion_nearest(name, known, OPTION_COUNT);
  if (!nearest) return fail_usage(failure, "the option", word, "one of these");
  return failure_set(failure, EXIT_STATUS_WRONG_INPUT,
                     "mfg-solve: found the option '%s'; expected one of these (did you mean "
                     "--%s?)\n%s",
                     word, nearest, options_usage);
}

static bool add_setting(solve_options *options, char *setting, solve_failure *failure) {
  const char *equals = strchr(setting, '=');
  if (!equals || equals == setting || equals[1] == '\0')
    return fail_usage(failure, "--set", setting, "--set name=value");
  options->settings[options->setting_count++] = setting;
  return true;
}

static bool once(const char **place, const char *name, const char *value, solve_failure *failure) {
  if (*place) return fail_usage(failure, "a second", name, "it once");
  if (value[0] == '\0') return fail_usage(failure, "nothing after", name, "a value there");
  *place = value;
  return true;
}

static bool take(int code, solve_options *options, char **arguments, solve_failure *failure) {
  switch (code) {
  case BACKEND: return once(&options->backend, "--backend", optarg, failure);
  case OUTPUT: return once(&options->output, "--output", optarg, failure);
  case PLOT: return once(&options->plot, "--plot", optarg, failure);
  case SET: return add_setting(options, optarg, failure);
  case JSON: return options->json = true;
  case RESUME: return options->resume = true;
  case QUIET: return options->quiet = true;
  case HELP: return options->help = true;
  case VERSION: return options->version = true;
  default: return fail_option(code, arguments, failure);
  }
}

bool options_read(int count, char **arguments, solve_options *options, solve_failure *failure) {
  *options = (solve_options){0};
  options->settings = calloc((size_t)count + 1, sizeof *options->settings);
  if (!options->settings) return failure_out_of_memory(failure);
  optind = 0;
  opterr = 0;
  for (int code; (code = getopt_long(count, arguments, ":", long_options, NULL)) != -1;)
    if (!take(code, options, arguments, failure)) return false;
  if (options->help || options->version) return true;
  if (optind == count) return fail_usage(failure, "no problem file", NULL, "one");
  if (optind + 1 < count)
    return fail_usage(failure, "a second problem file", arguments[optind + 1], "one");
  if (arguments[optind][0] == '\0')
    return fail_usage(failure, "an empty name", NULL, "a problem file");
  options->problem = arguments[optind];
  return true;
}

void options_free(solve_options *options) {
  free(options->settings);
  options->settings = NULL;
}
