/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LINE_SOLVE of a few lines, each cut into segments and those into parts (block_line_parts.h).
 *
 * Segments are evaluated and eliminated on all threads, then the unknowns between the parts are
 * found, then segments are substituted and written on all threads: all reads come before the first
 * write. A line of one segment goes through all of this at once. */
#include "run_solve.h"

#include <string.h>

/* Rows from which on cutting pays for the system of the separating rows. */
#define SHORTEST_CUT 96
/* Rows of a segment: its coefficients and what elimination keeps fit the second-level cache. */
#define SEGMENT_ROWS 8192

typedef struct single_job {
  cpu_solve_job solve;
  int64_t segments; /* of a line; 0: the line is not cut */
  int64_t longest;  /* places of a segment, at most */
  char *kept;       /* by elimination: 3 numbers for each of a segment's `longest` places */
  char *ends;
  char *separators; /* one a part, and one more, of each line */
  char *scratch;    /* of the system of separating rows */
} single_job;

/* ---- where a segment lies -------------------------------------------------------------------- */

typedef struct segment_place {
  cpu_bundle bundle;
  int64_t line;
  int64_t number; /* of the segment in its line */
  int64_t first;  /* place */
  int64_t count;
} segment_place;

/* Place at which part number `part` of a line begins. */
static int64_t part_start(const single_job *single, int64_t part) {
  int64_t parts = single->segments * CPU_LINE_PARTS, places = single->solve.lines.places;
  int64_t each = places / parts, more = places % parts;
  return part * each + (part < more ? part : more);
}

static segment_place segment_at(const single_job *single, int64_t item) {
  int64_t segments = single->segments > 0 ? single->segments : 1;
  segment_place at = {.line = item / segments, .count = single->solve.lines.places};
  at.number = item - at.line * segments;
  at.bundle = cpu_lines_bundle(&single->solve.lines, at.line);
  if (single->segments > 0) {
    at.first = part_start(single, at.number * CPU_LINE_PARTS);
    at.count = part_start(single, (at.number + 1) * CPU_LINE_PARTS) - at.first;
  }
  return at;
}

static cpu_line_segment segment_cut(const single_job *single, const segment_place *at) {
  cpu_line_segment segment;
  int64_t each = at->count / CPU_LINE_PARTS, more = at->count % CPU_LINE_PARTS;
  for (int64_t p = 0; p < CPU_LINE_PARTS; p++)
    segment.start[p] = (size_t)(part_start(single, at->number * CPU_LINE_PARTS + p) - at->first);
  segment.full = more > 0 ? (size_t)more : CPU_LINE_PARTS;
  segment.rows = (size_t)(more > 0 ? each : each - 1);
  return segment;
}

/* ---- the three steps ------------------------------------------------------------------------- */

static char *number_at(const single_job *single, char *numbers, int64_t index) {
  return numbers + index * (int64_t)single->solve.size;
}

/* The coefficients of a segment; the ends of an open line have no neighbours, whatever the kernel
 * computes for them. */
static void segment_evaluate(const single_job *single, cpu_solve_frames *frames,
                             const segment_place *at) {
  const cpu_solve_job *solve = &single->solve;
  cpu_solve_evaluate(solve, frames, &at->bundle, at->first, at->count);
  for (uint32_t k = 0; k < PARTS; k++)
    if (solve->uniform[k])
      cpu_splat((size_t)at->count, solve->size, frames->parts[k],
                cpu_frame_root(&frames->frame, k));
  if (solve->cyclic) return;
  if (at->first == 0) memset(frames->parts[LOWER], 0, solve->size);
  if (at->first + at->count == solve->lines.places)
    memset(number_at(single, frames->parts[UPPER], at->count - 1), 0, solve->size);
}

static void segment_eliminate(const single_job *single, cpu_solve_frames *frames,
                              const segment_place *at, int64_t item) {
  cpu_line_segment segment = segment_cut(single, at);
  segment_evaluate(single, frames, at);
  single->solve.alone->eliminate(&segment, frames->parts[LOWER], frames->parts[DIAGONAL],
                                 frames->parts[UPPER], frames->parts[RIGHT],
                                 number_at(single, single->kept, item * 3 * single->longest),
                                 number_at(single, single->ends, item * CPU_ENDS * CPU_LINE_PARTS));
}

static void line_separate(const single_job *single, int64_t line) {
  int64_t parts = single->segments * CPU_LINE_PARTS;
  single->solve.alone->separate((size_t)single->segments, single->solve.cyclic,
                                number_at(single, single->ends, line * parts * CPU_ENDS),
                                number_at(single, single->scratch, 4 * line * parts),
                                number_at(single, single->separators, line * (parts + 1)));
}

/* Overwrites the right-hand side, which is needed no more, with the solution. */
static void segment_substitute(const single_job *single, cpu_solve_frames *frames,
                               const segment_place *at, int64_t item) {
  cpu_line_segment segment = segment_cut(single, at);
  int64_t parts = single->segments * CPU_LINE_PARTS;
  char *solution = frames->parts[RIGHT];
  single->solve.alone->substitute(
      &segment, number_at(single, single->kept, item * 3 * single->longest),
      number_at(single, single->separators, at->line * (parts + 1) + at->number * CPU_LINE_PARTS),
      solution);
  cpu_solve_write(&single->solve, frames, &at->bundle, at->first, at->count, solution);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

/* A line that is not cut, or is one segment. */
static void solve_line(const single_job *single, cpu_solve_frames *frames, int64_t item) {
  segment_place at = segment_at(single, item);
  if (single->segments == 1) {
    segment_eliminate(single, frames, &at, item);
    line_separate(single, item);
    segment_substitute(single, frames, &at, item);
    return;
  }
  segment_evaluate(single, frames, &at);
  single->solve.alone->whole((size_t)at.count, single->solve.cyclic, frames->parts[LOWER],
                             frames->parts[DIAGONAL], frames->parts[UPPER], frames->parts[RIGHT],
                             frames->parts[RIGHT]);
  cpu_solve_write(&single->solve, frames, &at.bundle, 0, at.count, frames->parts[RIGHT]);
}

enum { PASS_LINES, PASS_ELIMINATE, PASS_SUBSTITUTE };

typedef struct pass_job {
  cpu_job job;
  const single_job *single;
  int pass;
} pass_job;

static mfg_status pass_items(cpu_job *job, cpu_arena *arena) {
  const pass_job *pass = (const pass_job *)job;
  const single_job *single = pass->single;
  cpu_solve_frames frames;
  mfg_status status = cpu_solve_frames_open(&single->solve, &frames, single->longest, arena);
  if (status != MFG_OK) return status;
  for (int64_t item; cpu_job_next(job, &item);) {
    segment_place at = segment_at(single, item);
    if (pass->pass == PASS_ELIMINATE) {
      segment_eliminate(single, &frames, &at, item);
      continue;
    }
    cpu_sink_item_begin(&frames.sink);
    if (pass->pass == PASS_LINES)
      solve_line(single, &frames, item);
    else
      segment_substitute(single, &frames, &at, item);
    cpu_sink_item_end(&frames.sink, item);
  }
  return MFG_OK;
}

static mfg_status run_pass(const single_job *single, int pass, int64_t items, cpu_arena *arena) {
  pass_job job = {.job = {.run = pass_items, .items = items}, .single = single, .pass = pass};
  return cpu_pool_run(&job.job, cpu_work(single->solve.bound, 10), arena);
}

static mfg_status run_passes(const single_job *single, int64_t items, cpu_arena *arena) {
  if (single->segments <= 1) return run_pass(single, PASS_LINES, items, arena);
  cpu_arena_mark mark = cpu_arena_here(arena);
  mfg_status status = run_pass(single, PASS_ELIMINATE, items, arena);
  cpu_arena_rewind(arena, mark);
  if (status != MFG_OK) return status;
  for (int64_t line = 0; line < single->solve.lines.lines; line++)
    line_separate(single, line);
  return run_pass(single, PASS_SUBSTITUTE, items, arena);
}

/* ---- the plan -------------------------------------------------------------------------------- */

static bool take(char **memory, int64_t numbers, const single_job *single, cpu_arena *arena) {
  *memory = cpu_arena_take(arena, (size_t)numbers * single->solve.size);
  return *memory != NULL;
}

static bool plan(single_job *single, cpu_arena *arena) {
  int64_t places = single->solve.lines.places, lines = single->solve.lines.lines;
  single->longest = places;
  if (places < SHORTEST_CUT) return true;
  single->segments = places < 2 * SEGMENT_ROWS ? 1 : places / SEGMENT_ROWS;
  int64_t parts = single->segments * CPU_LINE_PARTS;
  single->longest = (places + parts - 1) / parts * CPU_LINE_PARTS;
  return take(&single->kept, lines * single->segments * 3 * single->longest, single, arena) &&
         take(&single->ends, lines * parts * CPU_ENDS, single, arena) &&
         take(&single->separators, lines * (parts + 1), single, arena) &&
         take(&single->scratch, 4 * lines * parts, single, arena);
}

mfg_status cpu_solve_single_run(const cpu_solve_job *solve, cpu_arena *arena) {
  single_job single = {.solve = *solve};
  cpu_outlet outlet;
  if (!plan(&single, arena)) return MFG_ERROR_OUT_OF_MEMORY;
  int64_t items = solve->lines.lines * (single.segments > 0 ? single.segments : 1);
  mfg_status status =
      cpu_outlet_open(&outlet, solve->bound, &solve->bound->epilogue, items, false, arena);
  single.solve.outlet = &outlet;
  if (status == MFG_OK) status = run_passes(&single, items, arena);
  return status == MFG_OK ? cpu_outlet_close(&outlet, arena) : status;
}
