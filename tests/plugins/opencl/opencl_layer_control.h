/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The layer of tests/fakes between this program's OpenCL loader and the driver. */
#ifndef MFG_TEST_OPENCL_LAYER_CONTROL_H
#define MFG_TEST_OPENCL_LAYER_CONTROL_H

#include "fakes/opencl_layer.h"

/* The layer that MFG_TEST_OPENCL_LAYER names. Before the first use of OpenCL in the process. */
struct opencl_layer *opencl_layer_use(void);
/* Fails the test where an object is held. */
void opencl_layer_expect_nothing_held(const struct opencl_layer *layer);

#endif
