/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xdmf_file.h"

#include "output_file.h"
#include "text_buffer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *xdmf_file_path(const char *result_path) {
  size_t length = strlen(result_path);
  if (length > 3 && strcmp(result_path + length - 3, ".h5") == 0) length -= 3;
  char *path = NULL;
  if (asprintf(&path, "%.*s.xdmf", (int)length, result_path) < 0) return NULL;
  return path;
}

static void append_escaped(text_buffer *text, const char *raw) {
  for (; *raw; raw++) {
    switch (*raw) {
    case '&': text_append(text, "&amp;"); break;
    case '<': text_append(text, "&lt;"); break;
    case '>': text_append(text, "&gt;"); break;
    case '"': text_append(text, "&quot;"); break;
    default: text_append_bytes(text, raw, 1);
    }
  }
}

static void append_cells(text_buffer *text, const result_view *view) {
  for (int axis = 0; axis < view->information.axes; axis++)
    text_format(text, "%s%" PRId64, axis ? " " : "", view->information.cells[axis]);
}

static void append_source(text_buffer *text, const char *file, const char *dataset) {
  append_escaped(text, file);
  text_format(text, ":%s</DataItem>\n", dataset);
}

/* The points are written out one by one: the fields vary fastest along the last axis, and the
 * shorter forms of XDMF would take that one for x. */
static void append_mesh(text_buffer *text, const result_view *view, const char *file) {
  static const char *const datasets[] = {"/mesh/X", "/mesh/Y", "/mesh/Z"};
  int axes = view->information.axes;
  text_format(text, "        <Topology TopologyType=\"%dDSMesh\" Dimensions=\"", axes);
  append_cells(text, view);
  text_format(text, "\"/>\n        <Geometry GeometryType=\"%s\">\n", axes == 2 ? "X_Y" : "X_Y_Z");
  for (int axis = 0; axis < axes; axis++) {
    text_append(text, "          <DataItem Format=\"HDF\" NumberType=\"Float\" Precision=\"8\" "
                      "Dimensions=\"");
    append_cells(text, view);
    text_append(text, "\">");
    append_source(text, file, datasets[axis]);
  }
  text_append(text, "        </Geometry>\n");
}

static void append_field(text_buffer *text, const result_view *view, const char *file,
                         const char *name, const char *dataset, int64_t level) {
  int axes = view->information.axes;
  text_format(text, "        <Attribute Name=\"%s\" AttributeType=\"Scalar\" Center=\"Node\">\n",
              name);
  text_append(text, "          <DataItem ItemType=\"HyperSlab\" Dimensions=\"");
  append_cells(text, view);
  text_format(text, "\">\n            <DataItem Format=\"XML\" Dimensions=\"3 %d\">%" PRId64,
              axes + 1, level);
  for (int axis = 0; axis < axes; axis++)
    text_append(text, " 0");
  for (int axis = 0; axis <= axes; axis++)
    text_append(text, " 1");
  text_append(text, " 1 ");
  append_cells(text, view);
  text_format(text,
              "</DataItem>\n            <DataItem Format=\"HDF\" NumberType=\"Float\" "
              "Precision=\"8\" Dimensions=\"%" PRId64 " ",
              view->information.steps + 1);
  append_cells(text, view);
  text_append(text, "\">");
  append_source(text, file, dataset);
  text_append(text, "          </DataItem>\n        </Attribute>\n");
}

static void append_document(text_buffer *text, const result_view *view, const char *file) {
  text_append(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<Xdmf Version=\"2.0\">\n  <Domain>\n    <Grid Name=\"");
  append_escaped(text, view->title[0] ? view->title : "result");
  text_append(text, "\" GridType=\"Collection\" CollectionType=\"Temporal\">\n");
  for (int64_t level = 0; level <= view->information.steps; level++) {
    text_format(text, "      <Grid Name=\"level %" PRId64 "\" GridType=\"Uniform\">\n", level);
    text_format(text, "        <Time Value=\"%.17g\"/>\n", view->times[level]);
    append_mesh(text, view, file);
    append_field(text, view, file, "u", "/u", level);
    append_field(text, view, file, "m", "/m", level);
    text_append(text, "      </Grid>\n");
  }
  text_append(text, "    </Grid>\n  </Domain>\n</Xdmf>\n");
}

bool xdmf_file_write(const char *result_path, const result_view *view, solve_failure *failure) {
  if (view->information.axes < 2) return true;
  const char *slash = strrchr(result_path, '/');
  text_buffer text = {0};
  append_document(&text, view, slash ? slash + 1 : result_path);
  char *path = xdmf_file_path(result_path);
  bool ok = path && !text.failed ? output_file_write(path, text.bytes, text.length, failure)
                                 : failure_out_of_memory(failure);
  free(path);
  text_free(&text);
  return ok;
}
