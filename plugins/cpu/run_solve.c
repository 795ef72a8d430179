/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LINE_SOLVE: coefficients are evaluated a few places at a time and eliminated at once, so that a
 * bundle of lines keeps two numbers a place (three where the line is closed) and no diagonals.
 *
 * All reads of a line come before its writes: elimination goes through the whole bundle before
 * substitution writes anything, and bundles are independent. Lines are solved side by side, each as
 * if it were alone; a few lines that would leave most lanes idle are solved one by one by another
 * order of elimination, so a line's result depends on the number of lines in its launch to
 * rounding, and on nothing else. */
#include "run_solve.h"

#include <string.h>

/* Numbers in the c and g arrays of a bundle, together: what fits the second-level cache. */
#define BUNDLE_NUMBERS 32768
#define WIDEST_BUNDLE 128
/* Places that are evaluated before they are eliminated, along. */
#define PLACES_AT_ONCE 256
#define PLACES_INTERLEAVED 32

/* Up to so many lines are solved one by one. */
#define MOST_SINGLE 4

struct solve_worker {
  cpu_solve_frames frames;
  char *packed[PARTS]; /* coefficients of a few places, places by lanes */
  int64_t filled;      /* width of the bundles for which the uniform ones are packed */
  char *c, *g, *q;     /* of the whole bundle, places by lanes */
  char *corner[PARTS]; /* the last row of a closed line, by lane */
  char *solution;      /* the corner unknown, then the value substitution goes on with */
  char *next;
  char *compact; /* results of a chunk, as the walk lays them out */
  cpu_elimination *carry;
};

/* ---- evaluation ----------------------------------------------------------------------------- */

void cpu_solve_evaluate(const cpu_solve_job *solve, cpu_solve_frames *frames,
                        const cpu_bundle *bundle, int64_t place, int64_t count) {
  int64_t size = (int64_t)solve->size;
  cpu_walk walk = {.lines = &solve->lines, .bundle = bundle, .place = place, .count = count};
  cpu_tile tile;
  for (int64_t offset; cpu_walk_next(&walk, &tile, &offset);) {
    for (uint32_t k = 0; k < PARTS; k++)
      cpu_frame_set_external(&frames->frame, k, frames->parts[k] + offset * size);
    cpu_frame_run(&frames->frame, &tile);
    for (uint32_t k = 0; k < PARTS; k++)
      if (!cpu_frame_direct(&frames->frame, k) && !solve->uniform[k])
        memcpy(frames->parts[k] + offset * size, cpu_frame_root(&frames->frame, k),
               (size_t)(tile.rows * tile.columns * size));
  }
}

/* Lanes beyond the bundle solve x = 0. */
static void fill_number(const cpu_solve_job *solve, char *target, int64_t count, double value) {
  float narrow = (float)value;
  cpu_splat((size_t)count, solve->size, target,
            solve->size == 4 ? (const void *)&narrow : (const void *)&value);
}

/* One row of a coefficient that is one number. */
static void fill_row(const cpu_solve_job *solve, const struct solve_worker *worker, uint32_t k,
                     int64_t width, char *row) {
  cpu_splat((size_t)width, solve->size, row, cpu_frame_root(&worker->frames.frame, k));
  fill_number(solve, row + width * (int64_t)solve->size, solve->pitch - width, k == DIAGONAL);
}

static void fill_uniform(const cpu_solve_job *solve, struct solve_worker *worker, int64_t width) {
  if (worker->filled == width) return;
  int64_t row = solve->pitch * (int64_t)solve->size;
  for (uint32_t k = 0; k < PARTS; k++)
    for (int64_t i = 0; solve->uniform[k] && i < PLACES_INTERLEAVED; i++)
      fill_row(solve, worker, k, width, worker->packed[k] + i * row);
  worker->filled = width;
}

/* Places by lanes, from the walk's layout; a bundle that fills its lanes needs nothing across. */
static void solve_pack(const cpu_solve_job *solve, struct solve_worker *worker,
                       const cpu_bundle *bundle, int64_t from, int64_t count, int64_t chunk,
                       char **packed) {
  int64_t size = (int64_t)solve->size, width = bundle->width, pitch = solve->pitch;
  for (uint32_t k = 0; k < PARTS; k++) {
    char *source = worker->frames.parts[k];
    packed[k] = worker->packed[k];
    if (solve->uniform[k]) continue;
    if (solve->lines.along) {
      if (width < pitch)
        fill_number(solve, source + width * chunk * size, (pitch - width) * chunk, k == DIAGONAL);
      solve->functions->interleave((size_t)count, (size_t)chunk, source + from * size, packed[k]);
    } else if (width == pitch) {
      packed[k] = source + from * pitch * size;
    } else {
      for (int64_t i = 0; i < count; i++) {
        char *row = packed[k] + i * pitch * size;
        memcpy(row, source + (from + i) * width * size, (size_t)(width * size));
        fill_number(solve, row + width * size, pitch - width, k == DIAGONAL);
      }
    }
  }
}

/* ---- elimination ---------------------------------------------------------------------------- */

static void carry_start(const cpu_solve_job *solve, struct solve_worker *worker) {
  int64_t groups = solve->pitch / solve->functions->lanes;
  memset(worker->carry, 0, (size_t)groups * sizeof *worker->carry);
  for (int64_t i = 0; i < groups; i++) {
    fill_number(solve, worker->carry[i].q, solve->functions->lanes, 1);
    fill_number(solve, worker->carry[i].e, solve->functions->lanes, 1);
  }
}

/* The ends of an open line have no neighbours, whatever the kernel computes for them. */
static void open_ends(const cpu_solve_job *solve, char **packed, int64_t place, int64_t count) {
  size_t row = (size_t)solve->pitch * solve->size;
  if (place == 0) memset(packed[LOWER], 0, row);
  if (place + count == solve->lines.places)
    memset(packed[UPPER] + (size_t)(count - 1) * row, 0, row);
}

/* Where the rows at the ends are those of a coefficient that is packed once, they are put back. */
static void close_ends(const cpu_solve_job *solve, const struct solve_worker *worker, int64_t width,
                       char **packed, int64_t place, int64_t count) {
  int64_t row = solve->pitch * (int64_t)solve->size;
  if (place == 0 && solve->uniform[LOWER]) fill_row(solve, worker, LOWER, width, packed[LOWER]);
  if (place + count == solve->lines.places && solve->uniform[UPPER])
    fill_row(solve, worker, UPPER, width, packed[UPPER] + (count - 1) * row);
}

static void eliminate(const cpu_solve_job *solve, struct solve_worker *worker, char **packed,
                      int64_t place, int64_t count) {
  const cpu_line_functions *functions = solve->functions;
  int64_t size = (int64_t)solve->size, pitch = solve->pitch;
  if (place + count > solve->solved) {
    count = solve->solved - place;
    for (uint32_t k = 0; k < PARTS; k++)
      memcpy(worker->corner[k], packed[k] + count * pitch * size, (size_t)(pitch * size));
  }
  if (count == 0) return;
  for (int64_t lane = 0; lane < pitch; lane += functions->lanes) {
    int64_t in = lane * size, out = (place * pitch + lane) * size;
    cpu_elimination *carry = &worker->carry[lane / functions->lanes];
    if (solve->cyclic)
      functions->forward_corner((size_t)count, (size_t)pitch, packed[LOWER] + in,
                                packed[DIAGONAL] + in, packed[UPPER] + in, packed[RIGHT] + in,
                                worker->c + out, worker->g + out, worker->q + out, carry);
    else
      functions->forward((size_t)count, (size_t)pitch, packed[LOWER] + in, packed[DIAGONAL] + in,
                         packed[UPPER] + in, packed[RIGHT] + in, worker->c + out, worker->g + out,
                         carry);
  }
}

static void solve_forward(const cpu_solve_job *solve, struct solve_worker *worker,
                          const cpu_bundle *bundle) {
  carry_start(solve, worker);
  fill_uniform(solve, worker, bundle->width);
  for (int64_t place = 0; place < solve->lines.places; place += solve->chunk) {
    int64_t chunk = solve->lines.places - place;
    if (chunk > solve->chunk) chunk = solve->chunk;
    cpu_solve_evaluate(solve, &worker->frames, bundle, place, chunk);
    for (int64_t from = 0; from < chunk; from += PLACES_INTERLEAVED) {
      int64_t count = chunk - from < PLACES_INTERLEAVED ? chunk - from : PLACES_INTERLEAVED;
      char *packed[PARTS];
      solve_pack(solve, worker, bundle, from, count, chunk, packed);
      if (!solve->cyclic) open_ends(solve, packed, place + from, count);
      eliminate(solve, worker, packed, place + from, count);
      if (!solve->cyclic) close_ends(solve, worker, bundle->width, packed, place + from, count);
    }
  }
}

/* The corner unknown from the last row, l x[n-2] + d X + u x[0] = r, where elimination has left
 * x[n-2] = g + (q - c) X and x[0] = g0 + (q0 + e) X. */
#define SOLVE_CORNER(name, T)                                                                      \
  static void name(const cpu_solve_job *solve, struct solve_worker *worker) {                      \
    const T *l = (const T *)worker->corner[LOWER], *d = (const T *)worker->corner[DIAGONAL];       \
    const T *u = (const T *)worker->corner[UPPER], *r = (const T *)worker->corner[RIGHT];          \
    T *x = (T *)worker->solution;                                                                  \
    int64_t lanes = solve->functions->lanes;                                                       \
    for (int64_t i = 0; i < solve->pitch; i++) {                                                   \
      const cpu_elimination *carry = &worker->carry[i / lanes];                                    \
      int64_t k = i % lanes;                                                                       \
      const T *c = (const T *)carry->c, *g = (const T *)carry->g, *q = (const T *)carry->q;        \
      const T *e = (const T *)carry->e, *g0 = (const T *)carry->g0, *q0 = (const T *)carry->q0;    \
      T right = r[i] - l[i] * g[k] - u[i] * g0[k];                                                 \
      x[i] = right / (d[i] + l[i] * (q[k] - c[k]) + u[i] * (q0[k] + e[k]));                        \
    }                                                                                              \
  }
SOLVE_CORNER(solve_corner32, float)
SOLVE_CORNER(solve_corner64, double)

/* ---- substitution --------------------------------------------------------------------------- */

static void substitute(const cpu_solve_job *solve, struct solve_worker *worker, int64_t place,
                       int64_t count) {
  const cpu_line_functions *functions = solve->functions;
  int64_t size = (int64_t)solve->size, pitch = solve->pitch;
  if (place + count > solve->solved) {
    count = solve->solved - place;
    memcpy(worker->g + solve->solved * pitch * size, worker->solution, (size_t)(pitch * size));
  }
  for (int64_t lane = 0; lane < pitch; lane += functions->lanes) {
    int64_t at = (place * pitch + lane) * size;
    if (solve->cyclic)
      functions->backward_corner((size_t)count, (size_t)pitch, worker->c + at, worker->g + at,
                                 worker->q + at, worker->solution + lane * size,
                                 worker->next + lane * size);
    else
      functions->backward((size_t)count, (size_t)pitch, worker->c + at, worker->g + at,
                          worker->next + lane * size);
  }
}

/* The results of a chunk as the walk lays them out. */
static const char *solve_unpack(const cpu_solve_job *solve, struct solve_worker *worker,
                                const cpu_bundle *bundle, int64_t place, int64_t count) {
  int64_t size = (int64_t)solve->size, pitch = solve->pitch, width = bundle->width;
  const char *source = worker->g + place * pitch * size;
  if (solve->lines.along) {
    solve->functions->separate((size_t)count, (size_t)count, source, worker->compact);
    return worker->compact;
  }
  if (width == pitch) return source;
  for (int64_t i = 0; i < count; i++)
    memcpy(worker->compact + i * width * size, source + i * pitch * size, (size_t)(width * size));
  return worker->compact;
}

void cpu_solve_write(const cpu_solve_job *solve, cpu_solve_frames *frames, const cpu_bundle *bundle,
                     int64_t place, int64_t count, const char *results) {
  cpu_walk walk = {.lines = &solve->lines, .bundle = bundle, .place = place, .count = count};
  cpu_tile tile;
  for (int64_t offset; cpu_walk_next(&walk, &tile, &offset);) {
    cpu_frame_set_result(&frames->sink.frame, 0,
                         (char *)(uintptr_t)(results + offset * (int64_t)solve->size));
    cpu_sink_tile(&frames->sink, &tile, 0);
  }
}

mfg_status cpu_solve_frames_open(const cpu_solve_job *solve, cpu_solve_frames *frames,
                                 int64_t numbers, cpu_arena *arena) {
  mfg_status status =
      cpu_frame_open(&frames->frame, solve->lines.view, solve->bound->kernel->block, arena);
  if (status == MFG_OK) status = cpu_sink_open(&frames->sink, solve->outlet, arena);
  for (uint32_t k = 0; k < PARTS && status == MFG_OK; k++) {
    frames->parts[k] = cpu_arena_take(arena, (size_t)numbers * solve->size);
    if (frames->parts[k] == NULL) status = MFG_ERROR_OUT_OF_MEMORY;
  }
  return status;
}

static void solve_backward(const cpu_solve_job *solve, struct solve_worker *worker,
                           const cpu_bundle *bundle) {
  memset(worker->next, 0, (size_t)solve->pitch * solve->size);
  if (solve->cyclic) memcpy(worker->next, worker->solution, (size_t)solve->pitch * solve->size);
  int64_t last = (solve->lines.places - 1) / solve->chunk * solve->chunk;
  for (int64_t place = last; place >= 0; place -= solve->chunk) {
    int64_t count = solve->lines.places - place;
    if (count > solve->chunk) count = solve->chunk;
    substitute(solve, worker, place, count);
    cpu_solve_write(solve, &worker->frames, bundle, place, count,
                    solve_unpack(solve, worker, bundle, place, count));
  }
}

/* ---- lines ---------------------------------------------------------------------------------- */

static void solve_bundle(const cpu_solve_job *solve, struct solve_worker *worker,
                         const cpu_bundle *bundle) {
  solve_forward(solve, worker, bundle);
  if (solve->cyclic && solve->size == 4) solve_corner32(solve, worker);
  if (solve->cyclic && solve->size == 8) solve_corner64(solve, worker);
  solve_backward(solve, worker, bundle);
}

static bool take(char **memory, int64_t count, const cpu_solve_job *solve, cpu_arena *arena) {
  *memory = cpu_arena_take(arena, (size_t)count * solve->size);
  return *memory != NULL;
}

static bool solve_memory(const cpu_solve_job *solve, struct solve_worker *worker,
                         cpu_arena *arena) {
  int64_t pitch = solve->pitch, whole = solve->lines.places * pitch;
  bool taken = take(&worker->g, whole, solve, arena);
  for (uint32_t k = 0; k < PARTS && taken; k++)
    taken = take(&worker->packed[k], PLACES_INTERLEAVED * pitch, solve, arena) &&
            take(&worker->corner[k], pitch, solve, arena);
  worker->carry =
      cpu_arena_take(arena, (size_t)(pitch / solve->functions->lanes) * sizeof *worker->carry);
  return taken && worker->carry != NULL && take(&worker->c, whole, solve, arena) &&
         (!solve->cyclic || take(&worker->q, whole, solve, arena)) &&
         take(&worker->solution, pitch, solve, arena) && take(&worker->next, pitch, solve, arena) &&
         take(&worker->compact, solve->chunk * pitch, solve, arena);
}

static mfg_status solve_items(cpu_job *job, cpu_arena *arena) {
  const cpu_solve_job *solve = (const cpu_solve_job *)job;
  struct solve_worker worker = {.filled = 0};
  mfg_status status =
      cpu_solve_frames_open(solve, &worker.frames, solve->chunk * solve->pitch, arena);
  if (status == MFG_OK && !solve_memory(solve, &worker, arena)) status = MFG_ERROR_OUT_OF_MEMORY;
  if (status != MFG_OK) return status;
  for (int64_t item; cpu_job_next(job, &item);) {
    cpu_bundle bundle = cpu_lines_bundle(&solve->lines, item);
    cpu_sink_item_begin(&worker.frames.sink);
    solve_bundle(solve, &worker, &bundle);
    cpu_sink_item_end(&worker.frames.sink, item);
  }
  return MFG_OK;
}

/* ---- the plan ------------------------------------------------------------------------------- */

static int64_t round_up(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

static void solve_plan(cpu_solve_job *solve) {
  const cpu_bound *bound = solve->bound;
  int64_t lanes = solve->functions->lanes,
          places = bound->prologue.extents[bound->kernel->pattern.axis];
  int64_t width = places > 0 ? BUNDLE_NUMBERS / places / lanes * lanes : lanes;
  if (width < lanes) width = lanes;
  if (width > WIDEST_BUNDLE) width = WIDEST_BUNDLE;
  solve->lines = cpu_lines_make(bound, lanes, width);
  solve->pitch = round_up(solve->lines.width, lanes);
  solve->solved = solve->cyclic ? places - 1 : places;
  solve->chunk = PLACES_AT_ONCE;
  if (!solve->lines.along && solve->lines.width > 0)
    solve->chunk = round_up(bound->kernel->block / solve->lines.width, PLACES_INTERLEAVED);
  if (solve->chunk > places) solve->chunk = places;
}

static mfg_status solve_bundles(cpu_solve_job *solve, cpu_arena *arena) {
  cpu_outlet outlet;
  solve_plan(solve);
  solve->job.run = solve_items;
  solve->job.items = solve->lines.bundles;
  solve->outlet = &outlet;
  mfg_status status = cpu_outlet_open(&outlet, solve->bound, &solve->bound->epilogue,
                                      solve->job.items, false, arena);
  if (status == MFG_OK && solve->job.items > 0)
    status = cpu_pool_run(&solve->job, cpu_work(solve->bound, 10), arena);
  return status == MFG_OK ? cpu_outlet_close(&outlet, arena) : status;
}

mfg_status cpu_solve_run(cpu_bound *bound, cpu_arena *arena) {
  const struct mfg_plugin_kernel *kernel = bound->kernel;
  cpu_solve_job solve = {.bound = bound, .size = kernel->results[0].size};
  solve.functions = solve.size == 4 ? kernel->level->lines32 : kernel->level->lines64;
  solve.alone = solve.size == 4 ? kernel->level->single32 : kernel->level->single64;
  solve.cyclic = (kernel->pattern.flags & MFG_PATTERN_CYCLIC) != 0;
  for (uint32_t k = 0; k < PARTS; k++)
    solve.uniform[k] = cpu_root_is_uniform(&kernel->prologue, k);
  solve.lines = cpu_lines_make(bound, 1, 1);
  if (solve.lines.along && solve.lines.lines > 0 && solve.lines.lines <= MOST_SINGLE)
    return cpu_solve_single_run(&solve, arena);
  return solve_bundles(&solve, arena);
}
