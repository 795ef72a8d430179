/* SPDX-License-Identifier: MIT */
/* The plugin ABI: what the host asks of `mfg-backend-NAME.so`, and what it offers in return.
 *
 * A plugin exports one symbol, `mfg_backend_query`, hides everything else, links nothing of the
 * host, and is linked with `-z now -z defs`. The file stem is the plugin's name. All handles
 * (`mfg_plugin_device`, ...) are the plugin's own structs, opaque to the host.
 *
 * Growth. Every struct begins with `struct_size`, the size its writer knew; a reader uses a field
 * only where MFG_HAS_FIELD says that it is there. Fields are appended, never moved. Zero or NULL
 * means absent, for ever. Reserved fields are zero. While the major version is 0, host and plugin
 * must agree on the minor version too; promises of compatibility date from 1.0.
 *
 * Errors. A function that can fail returns a status and, on failure, fills the host-owned error
 * object that it is given (which may be NULL). Nothing is freed across the boundary. An
 * asynchronous failure may surface at any later call on the same queue, at the latest at
 * `synchronise`.
 *
 * Threads. `mfg_backend_query` and all functions of the device, buffer and kernel tables may be
 * called from any thread at any time, except that one buffer is used by one thread at a time. A
 * prepared kernel is immutable and may be launched on several queues at once. A queue, and a
 * command list, is used by one thread at a time; several queues may be used in parallel.
 *
 * After fork() the host calls nothing in the child on handles of the parent. A plugin registers no
 * atexit handler and runs no code at unload beyond what its libraries force on it. */
#ifndef MFG_PLUGIN_H
#define MFG_PLUGIN_H

#include <mfg/base.h>
#include <mfg/kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MFG_ABI_MAJOR 0
#define MFG_ABI_MINOR 2

/* "MFGABI" and two zero bytes, read as a little-endian number. */
#define MFG_PLUGIN_MAGIC UINT64_C(0x000049424147464D)

typedef struct mfg_plugin_device mfg_plugin_device;
typedef struct mfg_plugin_buffer mfg_plugin_buffer;
typedef struct mfg_plugin_queue mfg_plugin_queue;
typedef struct mfg_plugin_event mfg_plugin_event;
typedef struct mfg_plugin_kernel mfg_plugin_kernel;
typedef struct mfg_plugin_command_list mfg_plugin_command_list;

/* ---- what the host offers ------------------------------------------------------------------- */

/* Filled by a plugin when it returns anything but MFG_OK. The host sets `text` to memory of its own
 * and `text_capacity` to its size; the plugin writes at most that many bytes, the final NUL
 * included. `native_code` is the number that the driver underneath gave, 0 if there is none. */
typedef struct mfg_plugin_error {
  uint32_t struct_size;
  mfg_status status;
  int64_t native_code;
  char *text;
  uint64_t text_capacity;
} mfg_plugin_error;

enum mfg_log_level { MFG_LOG_ERROR = 1, MFG_LOG_WARN = 2, MFG_LOG_INFO = 3, MFG_LOG_DEBUG = 4 };

/* Services of the host. The table outlives every use of the plugin; all functions may be called
 * from any thread and take `context` as their first argument. */
typedef struct mfg_plugin_host {
  uint32_t struct_size;
  uint16_t abi_major; /* the highest version that this host speaks */
  uint16_t abi_minor;
  void *context;
  /* Memory of `size` > 0 bytes at an address that is a multiple of `alignment`, a power of two;
   * NULL when there is none. */
  void *(*allocate)(void *context, size_t size, size_t alignment);
  /* Gives back what `allocate` gave; NULL is ignored. */
  void (*release)(void *context, void *memory);
  /* Passes a line on to the program's log; `level` is enum mfg_log_level. */
  void (*log)(void *context, int32_t level, const char *text);
  /* True where a line of this level would be shown, so that building it can be saved. */
  bool (*log_enabled)(void *context, int32_t level);
  /* The value of a setting, such as "threads" or "cache", or NULL: for backend NAME the host looks
   * into the options of the program, then into the environment under MFG_NAME_KEY (upper case). The
   * text stays valid as long as the table. */
  const char *(*config)(void *context, const char *backend, const char *key);
} mfg_plugin_host;

/* ---- devices -------------------------------------------------------------------------------- */

enum mfg_device_kind { MFG_DEVICE_CPU = 1, MFG_DEVICE_GPU = 2, MFG_DEVICE_ACCELERATOR = 3 };

enum mfg_device_flag {
  MFG_DEVICE_HOST_MEMORY = 1,   /* buffers lie in memory that the host addresses; `map` is free */
  MFG_DEVICE_HOST_PROCESSOR = 2 /* runs on the processor that runs this program */
};

/* What is known of a device before it is opened. Texts belong to the plugin and stay valid until
 * the plugin is unloaded. */
typedef struct mfg_plugin_device_info {
  uint32_t struct_size;
  uint32_t kind;         /* enum mfg_device_kind */
  const char *name;      /* as its vendor writes it */
  const char *id;        /* the same across runs: a bus address or a UUID, unique in the plugin */
  const char *driver;    /* name and version of the driver, or NULL */
  uint32_t flags;        /* enum mfg_device_flag */
  uint32_t types;        /* MFG_DTYPE_BIT mask of element types that kernels may use */
  uint64_t memory_bytes; /* 0: not known */
  uint64_t largest_buffer_bytes; /* 0: not known */
  uint32_t compute_units;        /* cores or multiprocessors */
  uint32_t buffer_alignment;     /* every buffer starts at a multiple of this */
  double bandwidth_gbs;          /* declared memory bandwidth in 1e9 bytes a second; 0: not known */
  double launch_us; /* declared time of an empty launch in microseconds; 0: not known */
} mfg_plugin_device_info;

typedef struct mfg_plugin_device_table {
  uint32_t struct_size;
  uint32_t reserved;
  /* Count, then fill. Stores the number of devices in *count and, for the first `capacity` of them,
   * fills the struct at `infos + i * stride` bytes, whose struct_size says what may be written.
   * Zero devices is success; a missing driver is MFG_ERROR_NO_DEVICE with the reason in `error`. */
  mfg_status (*enumerate)(const mfg_plugin_host *host, uint32_t capacity, uint32_t stride,
                          void *infos, uint32_t *count, mfg_plugin_error *error);
  /* Opens device `index` of the enumeration. Opening one device twice gives two independent
   * handles. */
  mfg_status (*open)(const mfg_plugin_host *host, uint32_t index, mfg_plugin_device **device,
                     mfg_plugin_error *error);
  /* Closes a device on which no buffer, queue, kernel or list is left. */
  void (*close)(mfg_plugin_device *device);
  /* Optional: bytes that could be allocated now; 0 where that is not known. */
  uint64_t (*available_memory)(mfg_plugin_device *device);
} mfg_plugin_device_table;

/* ---- buffers -------------------------------------------------------------------------------- */

/* Copies between a buffer and the host happen in the order of the queue. `upload` may return before
 * the copy is done but never reads `source` after it has returned; `download` returns when the
 * bytes are in `target`, after all work queued before. A buffer may be freed only when the host
 * knows that work on it is finished. */
typedef struct mfg_plugin_buffer_table {
  uint32_t struct_size;
  uint32_t reserved;
  /* Memory of `size` bytes (0 is allowed and gives a buffer without bytes), content undefined. */
  mfg_status (*allocate)(mfg_plugin_device *device, uint64_t size, mfg_plugin_buffer **buffer,
                         mfg_plugin_error *error);
  void (*free)(mfg_plugin_device *device, mfg_plugin_buffer *buffer);
  mfg_status (*upload)(mfg_plugin_queue *queue, mfg_plugin_buffer *target, uint64_t offset,
                       const void *source, uint64_t size, mfg_plugin_error *error);
  mfg_status (*download)(mfg_plugin_queue *queue, mfg_plugin_buffer *source, uint64_t offset,
                         void *target, uint64_t size, mfg_plugin_error *error);
  /* Copies inside the device; the ranges do not overlap. */
  mfg_status (*copy)(mfg_plugin_queue *queue, mfg_plugin_buffer *target, uint64_t target_offset,
                     mfg_plugin_buffer *source, uint64_t source_offset, uint64_t size,
                     mfg_plugin_error *error);
  /* Repeats `pattern` (1, 2, 4, 8 or 16 bytes) `count` times from `offset` on. */
  mfg_status (*fill)(mfg_plugin_queue *queue, mfg_plugin_buffer *target, uint64_t offset,
                     const void *pattern, uint32_t pattern_size, uint64_t count,
                     mfg_plugin_error *error);
  /* Optional: a buffer over host memory that the caller keeps alive until the buffer is freed. The
   * device may work in place or refuse with MFG_ERROR_UNSUPPORTED; it does not copy. */
  mfg_status (*import_host)(mfg_plugin_device *device, void *memory, uint64_t size,
                            mfg_plugin_buffer **buffer, mfg_plugin_error *error);
  /* Optional: a buffer over device memory of somebody else, as DLPack passes it: `device_type` and
   * `device_id` are DLDevice's, `memory` its data pointer. */
  mfg_status (*import_dlpack)(mfg_plugin_device *device, int32_t device_type, int32_t device_id,
                              void *memory, uint64_t size, mfg_plugin_buffer **buffer,
                              mfg_plugin_error *error);
  /* Optional: what DLPack would call this buffer. `stream` receives the queue's native stream or
   * NULL. */
  mfg_status (*export_dlpack)(mfg_plugin_queue *queue, mfg_plugin_buffer *buffer,
                              int32_t *device_type, int32_t *device_id, void **memory,
                              void **stream, mfg_plugin_error *error);
  /* Optional; required with MFG_DEVICE_HOST_MEMORY. The address of the bytes for the host, after
   * all work queued before; work queued after `unmap` sees what the host wrote. */
  mfg_status (*map)(mfg_plugin_queue *queue, mfg_plugin_buffer *buffer, uint64_t offset,
                    uint64_t size, void **memory, mfg_plugin_error *error);
  mfg_status (*unmap)(mfg_plugin_queue *queue, mfg_plugin_buffer *buffer, void *memory,
                      mfg_plugin_error *error);
} mfg_plugin_buffer_table;

/* ---- queues and events ---------------------------------------------------------------------- */

typedef struct mfg_plugin_queue_table {
  uint32_t struct_size;
  uint32_t reserved;
  /* A queue runs what is put into it in order. */
  mfg_status (*create)(mfg_plugin_device *device, mfg_plugin_queue **queue,
                       mfg_plugin_error *error);
  /* Waits for the queue, then releases it. */
  void (*destroy)(mfg_plugin_queue *queue);
  /* Makes sure that queued work starts without another call. */
  mfg_status (*submit)(mfg_plugin_queue *queue, mfg_plugin_error *error);
  /* Returns when all queued work is done, with the first failure among it. */
  mfg_status (*synchronise)(mfg_plugin_queue *queue, mfg_plugin_error *error);
  /* An event that fires when the work queued so far is done. */
  mfg_status (*event_record)(mfg_plugin_queue *queue, mfg_plugin_event **event,
                             mfg_plugin_error *error);
  /* Work queued after this starts when the event, of any queue of the device, has fired. */
  mfg_status (*event_wait)(mfg_plugin_queue *queue, mfg_plugin_event *event,
                           mfg_plugin_error *error);
  /* *done is set to whether the event has fired. */
  mfg_status (*event_query)(mfg_plugin_event *event, bool *done, mfg_plugin_error *error);
  /* Returns when the event has fired. */
  mfg_status (*event_synchronise)(mfg_plugin_event *event, mfg_plugin_error *error);
  void (*event_release)(mfg_plugin_event *event);
} mfg_plugin_queue_table;

/* ---- kernels -------------------------------------------------------------------------------- */

typedef struct mfg_plugin_kernel_table {
  uint32_t struct_size;
  uint32_t reserved;
  /* Whether `prepare` would take this description. An operation, pattern or type that the plugin
   * does not know means false, never an error: the host then runs the kernel on the host and counts
   * it. Want of memory is no reason for false: `prepare` reports it. */
  bool (*supports)(mfg_plugin_device *device, const mfg_kernel_description *description);
  mfg_status (*prepare)(mfg_plugin_device *device, const mfg_kernel_description *description,
                        mfg_plugin_kernel **kernel, mfg_plugin_error *error);
  /* Queues one run. */
  mfg_status (*launch)(mfg_plugin_queue *queue, mfg_plugin_kernel *kernel,
                       const mfg_kernel_launch *launch, mfg_plugin_error *error);
  /* Releases a kernel whose launches are done and which no command list holds. */
  void (*release)(mfg_plugin_kernel *kernel);
  /* Optional: the source or listing the kernel was made into, for `MFG_DEBUG=debug`; NULL if none.
   * The text lives as long as the kernel. */
  const char *(*explain)(mfg_plugin_kernel *kernel);
} mfg_plugin_kernel_table;

/* ---- command lists -------------------------------------------------------------------------- */

/* A list holds launches, copies and fills that are recorded once and replayed many times. It keeps
 * what a launch says (the scalars and addresses), not what the buffers hold. The host keeps kernels
 * and buffers alive while the list exists.
 *
 * `repeat_begin` opens a body that is run at least once and again until the bool at `flag` +
 * `flag_offset`, device-resident, is true after a run, at most `maximum` times. Bodies nest.
 *
 * The int32 status word given to `finish` is set to 0 when a replay starts, and to k when the k-th
 * repeat of the list (counted from 1 in the order of repeat_begin) has run `maximum` times without
 * its flag; the first such k stays. The host reads it once a replay. */
typedef struct mfg_plugin_command_list_table {
  uint32_t struct_size;
  uint32_t reserved;
  mfg_status (*create)(mfg_plugin_device *device, mfg_plugin_command_list **list,
                       mfg_plugin_error *error);
  mfg_status (*launch)(mfg_plugin_command_list *list, mfg_plugin_kernel *kernel,
                       const mfg_kernel_launch *launch, mfg_plugin_error *error);
  mfg_status (*copy)(mfg_plugin_command_list *list, mfg_plugin_buffer *target,
                     uint64_t target_offset, mfg_plugin_buffer *source, uint64_t source_offset,
                     uint64_t size, mfg_plugin_error *error);
  mfg_status (*fill)(mfg_plugin_command_list *list, mfg_plugin_buffer *target, uint64_t offset,
                     const void *pattern, uint32_t pattern_size, uint64_t count,
                     mfg_plugin_error *error);
  mfg_status (*repeat_begin)(mfg_plugin_command_list *list, uint32_t maximum,
                             mfg_plugin_buffer *flag, uint64_t flag_offset,
                             mfg_plugin_error *error);
  mfg_status (*repeat_end)(mfg_plugin_command_list *list, mfg_plugin_error *error);
  /* Ends recording; `status` may be NULL only where the list has no repeat. */
  mfg_status (*finish)(mfg_plugin_command_list *list, mfg_plugin_buffer *status,
                       uint64_t status_offset, mfg_plugin_error *error);
  /* Queues one run of a finished list. */
  mfg_status (*replay)(mfg_plugin_queue *queue, mfg_plugin_command_list *list,
                       mfg_plugin_error *error);
  /* Releases a list, finished or not, whose replays are done. */
  void (*release)(mfg_plugin_command_list *list);
} mfg_plugin_command_list_table;

/* ---- the plugin ----------------------------------------------------------------------------- */

enum mfg_plugin_flag {
  MFG_PLUGIN_UNLOADABLE = 1 /* the object may be unmapped when nothing of it is in use */
};

/* Sanitizers that the plugin was built with; a host refuses others than its own. */
enum mfg_sanitizer {
  MFG_SANITIZER_NONE = 0,
  MFG_SANITIZER_ADDRESS = 1,
  MFG_SANITIZER_THREAD = 2,
  MFG_SANITIZER_MEMORY = 4
};

#if defined(__SANITIZE_ADDRESS__)
#define MFG_SANITIZER_BUILD MFG_SANITIZER_ADDRESS
#elif defined(__SANITIZE_THREAD__)
#define MFG_SANITIZER_BUILD MFG_SANITIZER_THREAD
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MFG_SANITIZER_BUILD MFG_SANITIZER_ADDRESS
#elif __has_feature(thread_sanitizer)
#define MFG_SANITIZER_BUILD MFG_SANITIZER_THREAD
#elif __has_feature(memory_sanitizer)
#define MFG_SANITIZER_BUILD MFG_SANITIZER_MEMORY
#else
#define MFG_SANITIZER_BUILD MFG_SANITIZER_NONE
#endif
#else
#define MFG_SANITIZER_BUILD MFG_SANITIZER_NONE
#endif

/* What a plugin is. Static and constant: it lives as long as the object is mapped. The part up to
 * `flags` is frozen for every version of the ABI, so that any host can say why it refuses. */
typedef struct mfg_plugin {
  uint64_t magic; /* MFG_PLUGIN_MAGIC */
  uint32_t struct_size;
  uint16_t abi_major; /* the version that this struct follows: min(host's, own) */
  uint16_t abi_minor;
  const char *name; /* equals the file stem: "acme" for mfg-backend-acme.so */
  const char *version;
  const char *vendor;
  const char *license;  /* an SPDX expression */
  const char *build_id; /* anything that tells two builds apart; may be NULL */
  uint32_t sanitizers;  /* MFG_SANITIZER_BUILD */
  uint32_t flags;       /* enum mfg_plugin_flag */
  /* The frozen prefix ends here. */
  const mfg_plugin_device_table *device; /* required */
  const mfg_plugin_buffer_table *buffer; /* required */
  const mfg_plugin_queue_table *queue;   /* required */
  const mfg_plugin_kernel_table *kernel; /* optional: without it core runs all kernels */
  const mfg_plugin_command_list_table *command_list; /* optional: without it core replays */
  /* Optional: a table of functions that this ABI does not name, or NULL. Names are reversed
   * domains. */
  const void *(*get_extension)(const char *name, uint32_t version);
} mfg_plugin;

/* The one exported function. Pure and repeatable: it starts no driver and no thread and allocates
 * nothing; devices are looked for by `enumerate`. Where the plugin cannot speak any version up to
 * the host's, it returns its own struct with its own version, and the host says so. Never NULL. */
typedef const mfg_plugin *(*mfg_backend_query_function)(const mfg_plugin_host *host);
#define MFG_BACKEND_QUERY_SYMBOL "mfg_backend_query"
MFG_EXPORT const mfg_plugin *mfg_backend_query(const mfg_plugin_host *host);

#if UINTPTR_MAX == UINT64_MAX
MFG_STATIC_ASSERT(sizeof(mfg_plugin_error) == 32, "ABI 0.1");
MFG_STATIC_ASSERT(sizeof(mfg_plugin_host) == 56, "ABI 0.1");
MFG_STATIC_ASSERT(sizeof(mfg_plugin_device_info) == 80, "ABI 0.1");
MFG_STATIC_ASSERT(sizeof(mfg_plugin_device_table) == 40, "ABI 0.1");
MFG_STATIC_ASSERT(sizeof(mfg_plugin_buffer_table) == 96, "ABI 0.1");
MFG_STATIC_ASSERT(sizeof(mfg_plugin_queue_table) == 80, "ABI 0.1");
MFG_STATIC_ASSERT(sizeof(mfg_plugin_kernel_table) == 48, "ABI 0.1");
MFG_STATIC_ASSERT(sizeof(mfg_plugin_command_list_table) == 80, "ABI 0.1");
MFG_STATIC_ASSERT(offsetof(mfg_plugin, name) == 16, "frozen prefix");
MFG_STATIC_ASSERT(offsetof(mfg_plugin, flags) == 60, "frozen prefix");
MFG_STATIC_ASSERT(offsetof(mfg_plugin, device) == 64, "frozen prefix");
MFG_STATIC_ASSERT(sizeof(mfg_plugin) == 112, "ABI 0.1");
#endif

#ifdef __cplusplus
}
#endif

#endif
