/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe: a plugin that nobody vouches for is first loaded by a program of its own, so that one
 * that crashes, exits or hangs takes that program down and not this one.
 *
 * MFG_PROBE=auto probes what has no good verdict on record, `always` probes everything, `never`
 * nothing. Good verdicts are kept by the identity of the file, so that a changed file is tried
 * again; crashes by its content, so that a copy is not tried again; all else is found anew each
 * time. The record is in the user's cache directory. Without the probing program (a build that is
 * not installed) plugins are loaded at once. */
#ifndef MFG_LOADER_PROBE_H
#define MFG_LOADER_PROBE_H

#include "file.h"

/* Whether nothing stands against loading the file here; otherwise the verdict says what. Any
 * thread.
 */
bool mfg_probe(const char *path, const char *name, const mfg_file_identity *identity,
               mfg_verdict *verdict);

/* What the probing program does: loads the plugin, enumerates its devices, and writes the verdict
 * to `descriptor`. Returns its exit status. */
int mfg_probe_run(const char *path, const char *name, int descriptor);

#endif
