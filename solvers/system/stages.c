/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "system/system.h"

static int64_t axes_of(const mfg_system *system) {
  return system->model->grid.axes;
}

int64_t mfg_system_stage_count(const mfg_system *system) {
  return system->stages_shape[0] - 1;
}

int mfg_system_stage_axis(const mfg_system *system, int64_t stage) {
  int64_t axes = axes_of(system);
  return (int)(axes - 1 - stage % axes);
}

int64_t mfg_system_stage_step(const mfg_system *system, int64_t stage) {
  return stage / axes_of(system);
}

/* Every D-th stage from `first` on, `count` of them. */
static mfg_array *every(mfg_scope *s, const mfg_system *system, const mfg_array *trajectory,
                        int64_t first, int64_t count) {
  int64_t axes = axes_of(system);
  return mfg_slice(s, trajectory, 0, first, first + (count - 1) * axes + 1, axes);
}

mfg_array *mfg_system_whole(mfg_scope *s, const mfg_system *system, const mfg_array *trajectory) {
  return every(s, system, trajectory, 0, system->levels_shape[0]);
}

mfg_array *mfg_system_below(mfg_scope *s, const mfg_system *system, const mfg_array *trajectory,
                            int axis) {
  return every(s, system, trajectory, axes_of(system) - 1 - axis, system->steps_shape[0]);
}

mfg_array *mfg_system_above(mfg_scope *s, const mfg_system *system, const mfg_array *trajectory,
                            int axis) {
  return every(s, system, trajectory, axes_of(system) - axis, system->steps_shape[0]);
}
