# SPDX-License-Identifier: LGPL-2.1-or-later
"""Arrays that follow a rule."""
import numpy

import library


def case_arange(case):
    kind = case.values.kind('iuf')
    start, stop = (float(n) for n in case.random.integers(-40, 41, 2))
    step = float(case.random.choice([-3, -1, 1, 2, 7]))
    if numpy.dtype(kind).kind == 'u':
        start, stop, step = abs(start), abs(stop), abs(step)
    if numpy.dtype(kind).kind == 'f':
        step /= 4
    found = case.api.call('mfg_arange', library.type_code(kind), start, stop, step)
    case.check(found, numpy.arange(start, stop, step).astype(kind))


def case_arange_integer(case):
    start = int(case.random.integers(-2**62, 2**62))
    step = int(case.random.choice([-2**40, -3, -1, 1, 2, 2**55 + 1]))
    stop = start + step * int(case.random.integers(-2, 9)) + int(case.random.integers(-1, 2))
    if abs(stop) >= 2**63:
        stop = start
    found = case.api.call('mfg_arange_integer', library.type_code('i8'), start, stop, step)
    case.check(found, numpy.array(list(range(start, stop, step)), 'i8'))


def case_linspace(case):
    kind = case.values.kind('f')
    start, stop = (float(n) for n in case.random.normal(0, 9, 2))
    count, endpoint = int(case.random.integers(0, 9)), bool(case.random.integers(2))
    found = case.api.call('mfg_linspace', library.type_code(kind), start, stop, count, endpoint)
    case.check(found, numpy.linspace(start, stop, count, endpoint).astype(kind), 1e-15)


def case_eye(case):
    kind = case.values.kind()
    rows, columns = (int(n) for n in case.random.integers(0, 7, 2))
    diagonal = int(case.random.integers(-8, 9))
    found = case.api.call('mfg_eye', library.type_code(kind), rows, columns, diagonal)
    case.check(found, numpy.eye(rows, columns, diagonal, kind))


def case_filled(case):
    kind, shape = case.values.kind(), case.values.shape()
    code, rank, extents = library.type_code(kind), len(shape), library.extents(shape)
    case.check(case.api.call('mfg_zeros', code, rank, extents), numpy.zeros(shape, kind))
    case.check(case.api.call('mfg_ones', code, rank, extents), numpy.ones(shape, kind))
    case.check(case.api.call('mfg_full', code, rank, extents, 3.0), numpy.full(shape, 3.0, kind))
    like = case.api.call('mfg_empty', code, rank, extents)
    case.check(case.api.call('mfg_zeros_like', like), numpy.zeros(shape, kind))
    case.check(case.api.call('mfg_ones_like', like), numpy.ones(shape, kind))
    case.check(case.api.call('mfg_full_like', like, 5.0), numpy.full(shape, 5.0, kind))
    if case.api.call('mfg_empty_like', like).shape != shape:
        raise AssertionError('mfg_empty_like: another shape')


def case_triangles(case):
    data, array = case.values.pair(case.values.shape(2), case.values.kind())
    diagonal = int(case.random.integers(-4, 5))
    case.check(case.api.call('mfg_tril', array, diagonal), numpy.tril(data, diagonal))
    case.check(case.api.call('mfg_triu', array, diagonal), numpy.triu(data, diagonal))


def case_meshgrid(case):
    kind = case.values.kind()
    count, cartesian = int(case.random.integers(0, 5)), bool(case.random.integers(2))
    pairs = [case.values.pair(case.values.shape(1, 1), kind) for _ in range(count)]
    found = case.api.call_many('mfg_meshgrid', count, [array for _, array in pairs], cartesian, results=count)
    expected = numpy.meshgrid(*[data for data, _ in pairs], indexing='xy' if cartesian else 'ij')
    for one, other in zip(found, expected):
        case.check(one, other)
