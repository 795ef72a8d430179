# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random cases for functions of arrays, compared with NumPy element by element.

    compare.py LIBRARY GROUP CASES

GROUP is the name of a module of cases beside this file. Every function `case_...` in it is run CASES times, each
time with a generator of its own, so that a case that fails is found again by its number.
"""
import importlib
import sys
import traceback
import warnings

import numpy

import library
import values


def check(found, expected, tolerance):
    """Raises where an array is not what NumPy gives."""
    expected = numpy.asarray(expected)
    if found.shape != expected.shape:
        raise AssertionError(f'shape {found.shape}, expected {expected.shape}')
    if found.dtype != expected.dtype:
        raise AssertionError(f'type {found.dtype}, expected {expected.dtype}')
    data = found.numpy()
    if tolerance is None:
        equal = data == expected
        if expected.dtype.kind in 'fc':
            equal |= numpy.isnan(data) & numpy.isnan(expected)
        good = bool(numpy.all(equal))
    else:
        relative = tolerance if expected.dtype.itemsize >= 8 and expected.dtype.kind != 'c' else 1e-5
        good = numpy.allclose(data, expected, rtol=relative, atol=relative, equal_nan=True)
    if not good:
        raise AssertionError(f'found\n{data}\nexpected\n{expected}')


class Case:
    """What one case works with: the library, random numbers, and the comparison."""

    def __init__(self, api, number):
        self.api = api
        self.number = number
        self.random = numpy.random.default_rng(number)
        self.values = values.Values(api, self.random)

    def check(self, found, expected, tolerance=None):
        check(found, expected, tolerance)

    def refuses(self, name, *arguments):
        """The call is an error, and the case goes on in a new scope."""
        try:
            self.api.call(name, *arguments)
        except library.LibraryError:
            self.api.handle.mfg_scope_close(self.api.scope)
            self.api.open_scope()
            return
        raise AssertionError(f'{name}: expected an error')


def run(api, name, function, cases):
    """Runs one function's cases; returns how many failed."""
    failed = 0
    for number in range(cases):
        case = Case(api, number)
        api.open_scope()
        try:
            function(case)
            api.close_scope()
        except (AssertionError, library.LibraryError):
            failed += 1
            print(f'{name}, case {number}:')
            traceback.print_exc(limit=-2, file=sys.stdout)
            api.handle.mfg_scope_close(api.scope)
            if failed == 3:
                break
    return failed


def main(path, group, cases):
    api = library.Library(path)
    module = importlib.import_module(f'cases_{group}')
    names = sorted(name for name in vars(module) if name.startswith('case_'))
    warnings.simplefilter('ignore')  # of means of nothing, of sums that overflow
    with numpy.errstate(all='ignore'):
        failed = [name for name in names if run(api, name, getattr(module, name), cases) > 0]
    print(f'{cases} random cases of each function')
    print(f'{len(names) - len(failed)} passed, {len(failed)} failed')
    api.close()
    return 1 if failed or not names else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
