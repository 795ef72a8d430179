/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The locks of the library's own state. They are taken across fork(), so that a child of a process
 * with several threads finds them free and the state behind them whole. A thread that holds one
 * takes only those further down. */
#ifndef MFG_SUPPORT_LOCK_H
#define MFG_SUPPORT_LOCK_H

typedef enum mfg_lock_name {
  MFG_LOCK_LOADER,   /* libltdl, the plugins that are loaded, their reference counts */
  MFG_LOCK_SETTINGS, /* host tables and the settings that they have given out */
  MFG_LOCK_LOG,      /* where the log goes */
  MFG_LOCK_COUNT
} mfg_lock_name;

void mfg_lock(mfg_lock_name name);
void mfg_unlock(mfg_lock_name name);

#endif
