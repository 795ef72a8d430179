/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The OpenCL plugin loaded by itself, with the first device opened in each layout. Caches lie in a
 * temporary directory that goes when the fixture is closed, or where the environment says when
 * MFG_TEST_KEEPS_CACHES is set. */
#ifndef MFG_TEST_OPENCL_FIXTURE_H
#define MFG_TEST_OPENCL_FIXTURE_H

#include <mfg/plugin.h>

typedef struct opencl_fixture {
  const mfg_plugin *plugin;
  mfg_plugin_device *devices[2]; /* blocked, interleaved */
  mfg_plugin_queue *queues[2];
  char directory[64];
} opencl_fixture;

/* The plugin of MFG_TEST_PLUGIN, with no device looked for. */
const mfg_plugin *opencl_fixture_plugin(void);
/* Fails the test where there is no device. The plugin's path is in MFG_TEST_PLUGIN. */
void opencl_fixture_open(opencl_fixture *fixture);
void opencl_fixture_close(opencl_fixture *fixture);
/* Opens the interleaved device again so that no line is solved by a group. */
void opencl_fixture_items_solve(opencl_fixture *fixture);

/* Settings that the plugin is told: "layout", "cache", "group_lines", "timeout"; NULL takes a
 * setting back. */
void opencl_fixture_configure(const char *key, const char *value);
extern const mfg_plugin_host opencl_fixture_host;
/* Lines that the plugin logged since the fixture was opened and that contain `part`. */
int opencl_fixture_logged(const char *part);

#endif
