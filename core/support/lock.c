/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lock.h"

#include <pthread.h>

static pthread_mutex_t locks[MFG_LOCK_COUNT] = {
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_once_t registered = PTHREAD_ONCE_INIT;

static void take_all(void) {
  for (int i = 0; i < MFG_LOCK_COUNT; i++)
    pthread_mutex_lock(&locks[i]);
}

static void give_all(void) {
  for (int i = MFG_LOCK_COUNT; i-- > 0;)
    pthread_mutex_unlock(&locks[i]);
}

static void follow_forks(void) {
  pthread_atfork(take_all, give_all, give_all);
}

void mfg_lock(mfg_lock_name name) {
  pthread_once(&registered, follow_forks);
  pthread_mutex_lock(&locks[name]);
}

void mfg_unlock(mfg_lock_name name) {
  pthread_mutex_unlock(&locks[name]);
}
