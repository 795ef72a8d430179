/* SPDX-License-Identifier: MIT */
/* The SDK: a static library that a plugin may link, and that core links for its own fallback.
 *
 * It holds the reference executor (the executable form of the kernel specification), a validator
 * and a serialised form of descriptions, and ready-made queue, kernel and command-list tables for
 * memory that the host can see. Everything is hidden in the object that links it, allocates with
 * malloc and is safe to call from any thread. */
#ifndef MFG_SDK_H
#define MFG_SDK_H

#include <mfg/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- facts ---------------------------------------------------------------------------------- */

/* Bytes of one element; 0 for a number that is no type of this version. */
size_t mfg_dtype_size(mfg_dtype type);
/* "float64", or "unknown type". Static. */
const char *mfg_dtype_name(mfg_dtype type);
/* One line for a status code, never NULL. Static. */
const char *mfg_status_text(mfg_status status);
/* Name of an operation ("add", "load", ...), or NULL for a number that is none of this version. */
const char *mfg_operation_name(uint32_t operation);
/* Arguments of an operation of operations.h (1 to 3), or -1. */
int mfg_operation_arity(uint32_t operation);
/* enum mfg_operation_rule of an operation of operations.h, or 0. */
int mfg_operation_type_rule(uint32_t operation);
/* "sum", ..., or NULL. */
const char *mfg_reduction_name(uint32_t operation);

/* Fills `error` (which may be NULL), truncating at its capacity; returns `status`. */
mfg_status mfg_plugin_error_set(mfg_plugin_error *error, mfg_status status, int64_t native_code,
                                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Defines the one symbol that a plugin exports, for a plugin that speaks this version of the ABI
 * alone: the descriptor's name, version, vendor and licence, then its tables as designated fields.
 */
#define MFG_SDK_PLUGIN(plugin_name, plugin_version, plugin_vendor, plugin_license, ...)            \
  const mfg_plugin *mfg_backend_query(const mfg_plugin_host *host) {                               \
    static const mfg_plugin plugin = {.magic = MFG_PLUGIN_MAGIC,                                   \
                                      .struct_size = sizeof plugin,                                \
                                      .abi_major = MFG_ABI_MAJOR,                                  \
                                      .abi_minor = MFG_ABI_MINOR,                                  \
                                      .name = plugin_name,                                         \
                                      .version = plugin_version,                                   \
                                      .vendor = plugin_vendor,                                     \
                                      .license = plugin_license,                                   \
                                      .sanitizers = MFG_SANITIZER_BUILD,                           \
                                      __VA_ARGS__};                                                \
    (void)host; /* says what it speaks, and compares */                                            \
    return &plugin;                                                                                \
  }

/* ---- descriptions --------------------------------------------------------------------------- */

/* MFG_OK where every rule of kernel.h and operations.h holds, else MFG_ERROR_INVALID_ARGUMENT (or
 * MFG_ERROR_UNSUPPORTED for an operation, pattern or type that this version does not know), with a
 * text that says which instruction, what was found and what was expected. Reads only what the spans
 * cover and is safe for any content. */
mfg_status mfg_kernel_validate(const mfg_kernel_description *description, mfg_plugin_error *error);

/* MFG_OK where a launch fits a description: counts, extents, stride classes, NULL pointers,
 * alignment of offsets, index width. `sizes`, when not NULL, holds the byte size of each bound
 * buffer, and every element that could be touched is checked against it. */
mfg_status mfg_kernel_launch_validate(const mfg_kernel_description *description,
                                      const mfg_kernel_launch *launch, const uint64_t *sizes,
                                      mfg_plugin_error *error);

/* A flat, canonical form: equal kernels have equal bytes, on any machine of the same byte order.
 * Writes at most `capacity` bytes and returns the number needed; the description must be valid. */
size_t mfg_kernel_serialise(const mfg_kernel_description *description, void *target,
                            size_t capacity);
/* A description that points into `memory`, which the caller frees with free(); *description is
 * inside it. Reads the bytes of mfg_kernel_serialise, checks and validates them. */
mfg_status mfg_kernel_deserialise(const void *source, size_t size, void **memory,
                                  mfg_kernel_description **description, mfg_plugin_error *error);
/* 64-bit hash of the flat form (FNV-1a), for caches. */
uint64_t mfg_kernel_hash(const mfg_kernel_description *description);

/* A readable listing, as `MFG_DEBUG=debug` prints it. Writes at most `capacity` bytes, NUL
 * included, and returns the length that the whole text has. */
size_t mfg_kernel_print(const mfg_kernel_description *description, char *target, size_t capacity);

/* ---- the reference executor ----------------------------------------------------------------- */

/* Runs a validated kernel element by element on the calling thread. `memory[i]` is the address that
 * the buffer of operand i has for the host; the binding's `buffer` is not looked at. Meant to be
 * read and trusted rather than to be fast. */
mfg_status mfg_reference_run(const mfg_kernel_description *description,
                             const mfg_kernel_launch *launch, void *const *memory,
                             mfg_plugin_error *error);

/* ---- ready-made tables for memory that the host can see ---------------------------------------
 */

/* A plugin that uses these tables lets its `struct mfg_plugin_device`, `struct mfg_plugin_buffer`
 * and, where it brings kernels of its own, `struct mfg_plugin_kernel` begin with these, and fills
 * them in `open`, `allocate` and `prepare`. */
typedef struct mfg_sdk_host_device {
  const mfg_plugin_host *host;
} mfg_sdk_host_device;

typedef struct mfg_sdk_host_buffer {
  void *memory;
  uint64_t size;
} mfg_sdk_host_buffer;

/* What a command list must know of a kernel to keep a copy of a launch. */
typedef struct mfg_sdk_host_kernel {
  uint32_t rank; /* of the description */
} mfg_sdk_host_kernel;

/* Buffer functions that a plugin may put into its own table beside its `allocate` and `free`. */
mfg_status mfg_sdk_host_upload(mfg_plugin_queue *queue, mfg_plugin_buffer *target, uint64_t offset,
                               const void *source, uint64_t size, mfg_plugin_error *error);
mfg_status mfg_sdk_host_download(mfg_plugin_queue *queue, mfg_plugin_buffer *source,
                                 uint64_t offset, void *target, uint64_t size,
                                 mfg_plugin_error *error);
mfg_status mfg_sdk_host_copy(mfg_plugin_queue *queue, mfg_plugin_buffer *target,
                             uint64_t target_offset, mfg_plugin_buffer *source,
                             uint64_t source_offset, uint64_t size, mfg_plugin_error *error);
mfg_status mfg_sdk_host_fill(mfg_plugin_queue *queue, mfg_plugin_buffer *target, uint64_t offset,
                             const void *pattern, uint32_t pattern_size, uint64_t count,
                             mfg_plugin_error *error);
mfg_status mfg_sdk_host_map(mfg_plugin_queue *queue, mfg_plugin_buffer *buffer, uint64_t offset,
                            uint64_t size, void **memory, mfg_plugin_error *error);
mfg_status mfg_sdk_host_unmap(mfg_plugin_queue *queue, mfg_plugin_buffer *buffer, void *memory,
                              mfg_plugin_error *error);
mfg_status mfg_sdk_host_export_dlpack(mfg_plugin_queue *queue, mfg_plugin_buffer *buffer,
                                      int32_t *device_type, int32_t *device_id, void **memory,
                                      void **stream, mfg_plugin_error *error);

/* Queues that run everything at once, in the call that queues it. */
extern const mfg_plugin_queue_table mfg_sdk_host_queue_table;
/* All but the life of such a queue, for a plugin whose queues hold something: nothing is ever
 * pending, and an event has fired when it is recorded. */
mfg_status mfg_sdk_host_queue_submit(mfg_plugin_queue *queue, mfg_plugin_error *error);
mfg_status mfg_sdk_host_queue_synchronise(mfg_plugin_queue *queue, mfg_plugin_error *error);
mfg_status mfg_sdk_host_event_record(mfg_plugin_queue *queue, mfg_plugin_event **event,
                                     mfg_plugin_error *error);
mfg_status mfg_sdk_host_event_wait(mfg_plugin_queue *queue, mfg_plugin_event *event,
                                   mfg_plugin_error *error);
mfg_status mfg_sdk_host_event_query(mfg_plugin_event *event, bool *done, mfg_plugin_error *error);
mfg_status mfg_sdk_host_event_synchronise(mfg_plugin_event *event, mfg_plugin_error *error);
void mfg_sdk_host_event_release(mfg_plugin_event *event);
/* Kernels that the reference executor runs. */
extern const mfg_plugin_kernel_table mfg_sdk_host_kernel_table;

/* Command lists over any synchronous kernel table: for a plugin whose launches are done when the
 * call returns, whose buffers begin with mfg_sdk_host_buffer and whose kernels begin with
 * mfg_sdk_host_kernel. Its list table holds the functions below and a `create` of one line,
 *     return mfg_sdk_host_list_create(device, &kernel_table, list, error);
 * The kernel table lives as long as the list. A replay stops at the first failure. */
mfg_status mfg_sdk_host_list_create(mfg_plugin_device *device,
                                    const mfg_plugin_kernel_table *kernels,
                                    mfg_plugin_command_list **list, mfg_plugin_error *error);
mfg_status mfg_sdk_host_list_launch(mfg_plugin_command_list *list, mfg_plugin_kernel *kernel,
                                    const mfg_kernel_launch *launch, mfg_plugin_error *error);
mfg_status mfg_sdk_host_list_copy(mfg_plugin_command_list *list, mfg_plugin_buffer *target,
                                  uint64_t target_offset, mfg_plugin_buffer *source,
                                  uint64_t source_offset, uint64_t size, mfg_plugin_error *error);
mfg_status mfg_sdk_host_list_fill(mfg_plugin_command_list *list, mfg_plugin_buffer *target,
                                  uint64_t offset, const void *pattern, uint32_t pattern_size,
                                  uint64_t count, mfg_plugin_error *error);
mfg_status mfg_sdk_host_list_repeat_begin(mfg_plugin_command_list *list, uint32_t maximum,
                                          mfg_plugin_buffer *flag, uint64_t flag_offset,
                                          mfg_plugin_error *error);
mfg_status mfg_sdk_host_list_repeat_end(mfg_plugin_command_list *list, mfg_plugin_error *error);
mfg_status mfg_sdk_host_list_finish(mfg_plugin_command_list *list, mfg_plugin_buffer *status,
                                    uint64_t status_offset, mfg_plugin_error *error);
mfg_status mfg_sdk_host_list_replay(mfg_plugin_queue *queue, mfg_plugin_command_list *list,
                                    mfg_plugin_error *error);
void mfg_sdk_host_list_release(mfg_plugin_command_list *list);
/* The functions above over mfg_sdk_host_kernel_table. */
extern const mfg_plugin_command_list_table mfg_sdk_host_command_list_table;

/* ---- sorting --------------------------------------------------------------------------------- */

/* For a plugin that offers MFG_EXTENSION_SORT (extensions.h) over memory that the host can see. */

/* Sorts one line in place, as the extension says; `positions` may be NULL. `scratch` has
 * mfg_sdk_sort_scratch bytes and is aligned for int64. */
size_t mfg_sdk_sort_scratch(mfg_dtype type, int64_t length);
void mfg_sdk_sort_line(mfg_dtype type, bool descending, int64_t length, void *keys,
                       int64_t *positions, void *scratch);

/* The steps of it, for several threads on one line: make entries of the keys, for each digit count
 * its values and move the entries to their places, and write what has come out. */
typedef struct mfg_sdk_sort_entry {
  uint64_t key; /* a number in the order of the keys */
  int64_t index;
} mfg_sdk_sort_entry;

/* Entries of the keys `first` to first + count - 1. */
void mfg_sdk_sort_entries(mfg_dtype type, bool descending, const void *keys, int64_t first,
                          int64_t count, mfg_sdk_sort_entry *entries);
/* Digits that keys of the type have, 0 the least. */
int mfg_sdk_sort_digits(mfg_dtype type);
/* How many entries have each value of the digit. */
void mfg_sdk_sort_count(const mfg_sdk_sort_entry *entries, int64_t count, int digit,
                        int64_t counts[256]);
/* Moves each entry to the next place of its value, which `places` holds and counts on. */
void mfg_sdk_sort_move(const mfg_sdk_sort_entry *entries, int64_t count, int digit,
                       int64_t places[256], mfg_sdk_sort_entry *target);
/* Writes the keys, and the positions where they are wanted, of the places `first` and so on. */
void mfg_sdk_sort_finish(mfg_dtype type, const mfg_sdk_sort_entry *entries, int64_t first,
                         int64_t count, const void *unsorted, void *keys, int64_t *positions);

#ifdef __cplusplus
}
#endif

#endif
