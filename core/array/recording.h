/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recordings: lists of launches and copies, with repeats in them.
 *
 * While a recording is open every new value belongs to a frame: the recording's own, or that of a
 * repeat body inside it. Work of a frame is appended to that frame's commands, so that what an
 * inner body needs from outside is computed once, before the loop. Memory of temporaries belongs to
 * the recording; blocks from outside are captured: kept, and pinned to their address. */
#ifndef MFG_ARRAY_RECORDING_H
#define MFG_ARRAY_RECORDING_H

#include "array/value.h"
#include "fusion/builder.h"
#include "fusion/cache.h"

typedef enum mfg_command_kind {
  MFG_COMMAND_NOTHING, /* a snapshot that nobody has asked for */
  MFG_COMMAND_LAUNCH,
  MFG_COMMAND_COPY,
  MFG_COMMAND_REPEAT
} mfg_command_kind;

typedef struct mfg_command {
  mfg_command_kind kind;
  mfg_kernel *kernel; /* LAUNCH: one reference */
  mfg_kernel_launch launch;
  void *memory;      /* what `launch` points to */
  mfg_block *target; /* COPY, captured; REPEAT: the block of the flag */
  mfg_block *source;
  uint64_t target_offset;
  uint64_t source_offset;
  uint64_t size;
  uint32_t maximum;       /* REPEAT */
  struct mfg_frame *body; /* REPEAT: owned */
} mfg_command;

typedef struct mfg_frame {
  uint32_t id;
  struct mfg_frame *parent;
  mfg_command *commands;
  size_t count;
  size_t capacity;
} mfg_frame;

/* A place in the commands where content can be saved that is about to be overwritten. */
typedef struct mfg_snapshot {
  mfg_frame *frame;
  size_t command;
} mfg_snapshot;

struct mfg_recording {
  mfg_context *context;
  struct mfg_recording *previous; /* all recordings of the context */
  struct mfg_recording *next;
  mfg_frame *root;
  mfg_block **captured;
  size_t captured_count;
  size_t captured_capacity;
  mfg_block **written; /* captured or owned */
  size_t written_count;
  size_t written_capacity;
  mfg_block **owned;
  size_t owned_count;
  size_t owned_capacity;
  mfg_block *free_blocks;
  bool fresh_blocks; /* memory that is written earlier than now must not be some that was used
                        between */
  mfg_snapshot *snapshots;
  size_t snapshot_count;
  size_t snapshot_capacity;
  mfg_status status; /* of the first call that failed while it was recorded */
  char *text;
  uint64_t launches;
  uint32_t repeats;
  mfg_plugin_command_list *list; /* NULL: replayed command by command */
  mfg_block *status_block;       /* int32 that the list writes; NULL without repeats */
};

/* ---- memory ---------------------------------------------------------------------------------- */

/* A block that the recording has free for this frame, or NULL. */
mfg_block *mfg_recording_reuse_block(mfg_context *context, uint64_t capacity, uint32_t frame);
mfg_status mfg_recording_own_block(mfg_context *context, mfg_block *block);
/* Takes back an owned block to which nothing refers. */
void mfg_recording_return_block(mfg_block *block);

/* ---- frames and commands ------------------------------------------------------------------------
 */

/* Whether work of the frame can still be run: 0 always, others while they are being recorded. */
bool mfg_recording_frame_open(const mfg_context *context, uint32_t frame);

mfg_status mfg_recording_launch(mfg_context *context, uint32_t frame, mfg_kernel *kernel,
                                const mfg_kernel_launch *launch, const mfg_builder *builder);
mfg_status mfg_recording_copy(mfg_context *context, uint32_t frame, mfg_block *target,
                              uint64_t target_offset, mfg_block *source, uint64_t source_offset,
                              uint64_t size);

/* Marks the place where the content that the leaf reads could be saved; nothing is copied unless
 * the leaf is lowered later. */
mfg_status mfg_recording_snapshot(mfg_value *leaf);
/* The leaf is lowered: the copy becomes real, and the leaf reads it. */
mfg_status mfg_recording_activate(mfg_context *context, mfg_value *leaf);

/* Remembers that a call failed while recording. The text is the thread's last error. */
void mfg_recording_spoil(mfg_context *context, mfg_status status);

/* MFG_ERROR_RECORDING where a recording is open: `what` needs values on the host. */
mfg_status mfg_recording_refuse(const mfg_context *context, const char *what);

/* ---- running ------------------------------------------------------------------------------------
 */

/* Hands the commands to the plugin's lists where it has them and every kernel is prepared. */
mfg_status mfg_recording_submit(mfg_recording *recording);
/* Releases the plugin's objects of all recordings: the context closes. */
void mfg_recording_close_all(mfg_context *context);

#endif
