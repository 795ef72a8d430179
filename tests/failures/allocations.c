/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "allocations.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the allocator underneath ---------------------------------------------------------------- */

/* The next object's functions, not the C library's by name: under a sanitizer they are its own. */
static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void *(*next_aligned_alloc)(size_t, size_t);
static void (*next_free)(void *);

static void find(void *function, const char *name) {
  void *address = dlsym(RTLD_NEXT, name);
  if (address == NULL) abort();
  memcpy(function, &address, sizeof address);
}

static void find_next(void) {
  if (next_free != NULL) return;
  find(&next_malloc, "malloc");
  find(&next_calloc, "calloc");
  find(&next_realloc, "realloc");
  find(&next_aligned_alloc, "aligned_alloc");
  find(&next_free, "free");
}

/* ---- failing --------------------------------------------------------------------------------- */

static atomic_bool armed;
static atomic_bool fails_for_ever;
static atomic_long number; /* of the next allocation since the program was armed */
static atomic_long failing_number;
static atomic_bool has_failed;

static uintptr_t linker_first;
static uintptr_t linker_last;

static int note_linker(struct dl_phdr_info *object, size_t size, void *user) {
  (void)size, (void)user;
  if (strstr(object->dlpi_name, "/ld-") == NULL && strstr(object->dlpi_name, "/ld.so") == NULL)
    return 0;
  linker_first = object->dlpi_addr;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    uintptr_t end = object->dlpi_addr + object->dlpi_phdr[i].p_vaddr + object->dlpi_phdr[i].p_memsz;
    if (object->dlpi_phdr[i].p_type == PT_LOAD && end > linker_last) linker_last = end;
  }
  return 1;
}

static bool is_linker(const void *caller) {
  return (uintptr_t)caller >= linker_first && (uintptr_t)caller < linker_last;
}

static bool fails(const void *caller) {
  if (!atomic_load(&armed) || is_linker(caller)) return false;
  long mine = atomic_fetch_add(&number, 1);
  long chosen = atomic_load(&failing_number);
  if (mine != chosen && !(mine > chosen && atomic_load(&fails_for_ever))) return false;
  atomic_store(&has_failed, true);
  errno = ENOMEM;
  return true;
}

void allocations_fail(long first, bool lasting) {
  atomic_store(&number, 0);
  atomic_store(&failing_number, first);
  atomic_store(&fails_for_ever, lasting);
  atomic_store(&has_failed, false);
  atomic_store(&armed, true);
}

bool allocations_allow(void) {
  atomic_store(&armed, false);
  return atomic_load(&has_failed);
}

/* ---- what is not given back ------------------------------------------------------------------ */

#define NOTES 65536u /* a power of two, more than a test holds at one time */

typedef struct note {
  void *memory;
  const void *caller;
  long number;
} note;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool watching;
static note notes[NOTES];
static size_t note_count;
static long noted;

static size_t place_of(const void *memory) {
  return (size_t)(((uintptr_t)memory >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 40) & (NOTES - 1);
}

static void *made(void *memory, const void *caller) {
  if (memory == NULL) return NULL;
  pthread_mutex_lock(&lock);
  if (watching && !is_linker(caller)) {
    if (note_count > NOTES / 2) abort();
    size_t place = place_of(memory);
    while (notes[place].memory != NULL)
      place = (place + 1) & (NOTES - 1);
    notes[place] = (note){memory, caller, noted++};
    note_count++;
  }
  pthread_mutex_unlock(&lock);
  return memory;
}

/* Removes the note, and moves back what had to give way to it. */
static void remove_note(size_t place) {
  notes[place].memory = NULL;
  note_count--;
  for (size_t i = (place + 1) & (NOTES - 1); notes[i].memory != NULL; i = (i + 1) & (NOTES - 1)) {
    note moved = notes[i];
    notes[i].memory = NULL;
    size_t home = place_of(moved.memory);
    while (notes[home].memory != NULL)
      home = (home + 1) & (NOTES - 1);
    notes[home] = moved;
  }
}

static void gone(const void *memory) {
  if (memory == NULL) return;
  pthread_mutex_lock(&lock);
  if (watching) {
    size_t place = place_of(memory);
    while (notes[place].memory != NULL && notes[place].memory != memory)
      place = (place + 1) & (NOTES - 1);
    if (notes[place].memory == memory) remove_note(place);
  }
  pthread_mutex_unlock(&lock);
}

void allocations_watch(void) {
  if (linker_last == 0) dl_iterate_phdr(note_linker, NULL);
  pthread_mutex_lock(&lock);
  memset(notes, 0, sizeof notes);
  note_count = 0;
  noted = 0;
  watching = true;
  pthread_mutex_unlock(&lock);
}

size_t allocations_kept(void) {
  pthread_mutex_lock(&lock);
  watching = false;
  size_t kept = note_count;
  pthread_mutex_unlock(&lock);
  for (size_t i = 0, shown = 0; i < NOTES && shown < 4 && shown < kept; i++) {
    if (notes[i].memory == NULL) continue;
    Dl_info object = {0};
    dladdr(notes[i].caller, &object);
    fprintf(stderr, "allocation %ld is kept: asked for by %s+%#zx\n", notes[i].number,
            object.dli_fname != NULL ? object.dli_fname : "?",
            (size_t)((uintptr_t)notes[i].caller - (uintptr_t)object.dli_fbase));
    shown++;
  }
  return kept;
}

/* ---- what the process calls ------------------------------------------------------------------ */

#define EXPORTED __attribute__((visibility("default"), noinline))
#define CALLER __builtin_return_address(0)

EXPORTED void *malloc(size_t size) {
  find_next();
  return fails(CALLER) ? NULL : made(next_malloc(size), CALLER);
}

EXPORTED void *calloc(size_t count, size_t size) {
  find_next();
  return fails(CALLER) ? NULL : made(next_calloc(count, size), CALLER);
}

EXPORTED void *realloc(void *memory, size_t size) {
  find_next();
  if (fails(CALLER)) return NULL;
  /* Noted as gone before it is: its address may be another thread's the moment after. */
  gone(memory);
  void *grown = next_realloc(memory, size);
  if (grown == NULL && size != 0) return made(memory, CALLER), NULL;
  return made(grown, CALLER);
}

EXPORTED void *aligned_alloc(size_t alignment, size_t size) {
  find_next();
  return fails(CALLER) ? NULL : made(next_aligned_alloc(alignment, size), CALLER);
}

EXPORTED int posix_memalign(void **memory, size_t alignment, size_t size) {
  find_next();
  if (fails(CALLER)) return ENOMEM;
  void *found = made(next_aligned_alloc(alignment, size), CALLER);
  if (found == NULL) return ENOMEM;
  *memory = found;
  return 0;
}

EXPORTED void free(void *memory) {
  find_next();
  gone(memory);
  next_free(memory);
}
