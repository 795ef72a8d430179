/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "search.h"

#include "support/environment.h"
#include "support/error.h"
#include "support/log.h"
#include "support/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *mfg_place_status_name(mfg_place_status status) {
  static const char *const names[] = {"searched",   "not-found", "insecure",
                                      "unreadable", "duplicate", "invalid"};
  return names[status];
}

static bool conclude(mfg_place *place, mfg_place_status status, const char *detail) {
  place->status = status;
  place->detail = strdup(detail);
  return place->detail != NULL;
}

static const mfg_place *same_place(const mfg_search *search, const mfg_place *place) {
  for (size_t i = 0; i < search->count; i++) {
    const mfg_place *other = &search->places[i];
    if (other->status == MFG_PLACE_SEARCHED && other->device == place->device &&
        other->inode == place->inode)
      return other;
  }
  return NULL;
}

/* Decides about a place; false where memory is out. */
static bool look_at(const mfg_search *search, mfg_place *place, bool files) {
  struct stat status;
  if (place->path[0] != '/') return conclude(place, MFG_PLACE_INVALID, "not an absolute path");
  if (stat(place->path, &status) != 0) {
    bool absent = errno == ENOENT || errno == ENOTDIR;
    return conclude(place, absent ? MFG_PLACE_NOT_FOUND : MFG_PLACE_UNREADABLE, strerror(errno));
  }
  place->device = status.st_dev;
  place->inode = status.st_ino;
  place->is_file = files && !S_ISDIR(status.st_mode);
  if (!S_ISDIR(status.st_mode) && !place->is_file)
    return conclude(place, MFG_PLACE_INVALID, "not a directory");
  const mfg_place *earlier = same_place(search, place);
  if (earlier != NULL) {
    mfg_text detail = {0};
    mfg_text_append(&detail, "the same as %s", earlier->path);
    place->status = MFG_PLACE_DUPLICATE;
    place->detail = mfg_text_take(&detail);
    return place->detail != NULL;
  }
  if (S_ISDIR(status.st_mode) && (status.st_mode & S_IWOTH) != 0)
    return conclude(place, MFG_PLACE_INSECURE, "anybody may write to the directory");
  return conclude(place, MFG_PLACE_SEARCHED, "");
}

/* Takes `path`, which was allocated. */
static bool add(mfg_search *search, char *path, const char *origin, bool files) {
  mfg_place *places = realloc(search->places, (search->count + 1) * sizeof *places);
  if (places != NULL) search->places = places;
  if (places == NULL || path == NULL) {
    free(path);
    return false;
  }
  mfg_place *place = &places[search->count];
  *place = (mfg_place){.path = path};
  place->record.origin = origin;
  bool done = look_at(search, place, files);
  search->count++;
  return done;
}

static bool add_list(mfg_search *search, const char *list, const char *origin, bool files) {
  while (list != NULL && *list != '\0') {
    size_t length = strcspn(list, ":");
    if (length > 0 && !add(search, strndup(list, length), origin, files)) return false;
    list += length + (list[length] == ':');
  }
  return true;
}

static char *joined(const char *directory, const char *rest) {
  mfg_text path = {0};
  mfg_text_append(&path, "%s/%s", directory, rest);
  return mfg_text_take(&path);
}

static bool add_user(mfg_search *search) {
  const char *data = mfg_environment("XDG_DATA_HOME");
  const char *home = mfg_environment("HOME");
  if (data != NULL && data[0] == '/')
    return add(search, joined(data, "mfg/backends-1"), "user", false);
  if (home != NULL) return add(search, joined(home, ".local/share/mfg/backends-1"), "user", false);
  return true;
}

static bool add_environment(mfg_search *search) {
  const char *replacement = mfg_environment("MFG_BACKEND_PATH");
  if (!add_list(search, mfg_environment("MFG_ADD_BACKEND_PATH"), "MFG_ADD_BACKEND_PATH", false))
    return false;
  if (replacement != NULL) return add_list(search, replacement, "MFG_BACKEND_PATH", false);
  return add_user(search) && add(search, strdup(MFG_PLUGIN_DIRECTORY), "system", false);
}

static bool add_system_alone(mfg_search *search) {
  mfg_log_line(MFG_LOG_WARN,
               "this program runs with elevated rights: of the directories for plugins "
               "only " MFG_PLUGIN_DIRECTORY " is looked at");
  return add(search, strdup(MFG_PLUGIN_DIRECTORY), "system", false);
}

mfg_status mfg_search_open(const char *plugin_path, mfg_search *search) {
  *search = (mfg_search){0};
  bool done = add_list(search, plugin_path, "program", true) &&
              (mfg_environment_elevated() ? add_system_alone(search) : add_environment(search));
  if (!done) {
    mfg_search_close(search);
    return mfg_fail_memory(sizeof(mfg_place), "the search path of plugins");
  }
  for (size_t i = 0; i < search->count; i++) {
    mfg_place *place = &search->places[i];
    place->record.path = place->path;
    place->record.status = mfg_place_status_name(place->status);
    place->record.detail = place->detail;
  }
  return MFG_OK;
}

void mfg_search_close(mfg_search *search) {
  for (size_t i = 0; i < search->count; i++) {
    free(search->places[i].path);
    free(search->places[i].detail);
  }
  free(search->places);
  *search = (mfg_search){0};
}
