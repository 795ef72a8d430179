/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of stationary problems, run by the program of solve/solve_tests.h. */
#ifndef MFG_STATIONARY_TESTS_H
#define MFG_STATIONARY_TESTS_H

#include "solve/solve_tests.h"

TCase *ergodic_tests(void);
TCase *exact_ergodic_tests(void); /* tagged `large` */

#endif
