/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What became of a file: how far it came, and why no further. */
#ifndef MFG_LOADER_VERDICT_H
#define MFG_LOADER_VERDICT_H

#include <stdbool.h>

typedef enum mfg_reason {
  MFG_REASON_NONE,
  MFG_REASON_NOT_FOUND,
  MFG_REASON_BAD_ELF,
  MFG_REASON_MISSING_DEPENDENCY,
  MFG_REASON_NO_ENTRY,
  MFG_REASON_VERSION,
  MFG_REASON_SANITIZER,
  MFG_REASON_NO_DRIVER,
  MFG_REASON_NO_DEVICE,
  MFG_REASON_ISA,
  MFG_REASON_DUPLICATE,
  MFG_REASON_DISABLED,
  MFG_REASON_INSECURE,
  MFG_REASON_CRASHED,
  MFG_REASON_TIMEOUT,
  MFG_REASON_INVALID
} mfg_reason;

/* The steps that a file takes, in order. */
typedef enum mfg_stage {
  MFG_STAGE_NAME,   /* the file name is read */
  MFG_STAGE_FILTER, /* MFG_BACKENDS_SELECT and MFG_BACKENDS_DISABLE */
  MFG_STAGE_FILE,   /* kind, rights and identity of the file */
  MFG_STAGE_OBJECT, /* what the ELF file says, before anything of it runs */
  MFG_STAGE_OPEN,   /* mapped and bound; constructors run here */
  MFG_STAGE_ENTRY,  /* the entry point is looked up */
  MFG_STAGE_QUERY,  /* the entry point is called and its answer checked */
  MFG_STAGE_DEVICES /* the devices are enumerated */
} mfg_stage;

/* A refusal; all zero where nothing stands against the file. */
typedef struct mfg_verdict {
  mfg_reason reason;
  mfg_stage stage;
  char *detail;
} mfg_verdict;

/* "bad-elf", ...; "" for MFG_REASON_NONE. Static. */
const char *mfg_reason_name(mfg_reason reason);
/* "name", ... Static. */
const char *mfg_stage_name(mfg_stage stage);

/* Fills the verdict, with a text that names what was found and what was expected. Returns false, so
 * that a check can end with it. */
bool mfg_refuse(mfg_verdict *verdict, mfg_stage stage, mfg_reason reason, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
