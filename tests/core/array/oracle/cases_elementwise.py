# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every operation of the table in every type, promotion, conversion, and what reduces or accumulates."""
import pathlib
import re

import numpy

import library

HEADER = pathlib.Path(__file__).parents[4] / 'plugin-api/include/mfg/operations.h'
ROW = re.compile(r'X\(\w+, (\d+), "(\w+)", (\d), (\w+),')
TABLE = {name: (int(number), int(arity), rule) for number, name, arity, rule in ROW.findall(HEADER.read_text())}
ROUNDING = ('floor', 'ceil', 'trunc', 'round')
INTEGER_OR_REAL = 'iuf'


def promoted(a, b):
    """What two types become together; None where they have no common type."""
    a, b = numpy.dtype(a), numpy.dtype(b)
    kinds = {a.kind, b.kind}
    if kinds == {'i', 'u'} and 'uint64' in (a.name, b.name):
        return None
    if 'f' in kinds and kinds & set('iu'):
        return numpy.dtype('f8')
    return numpy.result_type(a, b)


def real_type(kind):
    kind = numpy.dtype(kind)
    return kind if kind.kind == 'f' else numpy.dtype('f8')


def sign_of_remainder(a, b):
    if a.dtype.kind == 'f':
        rest = numpy.fmod(a, b)
        fixed = numpy.where((rest != 0) & (numpy.signbit(rest) != numpy.signbit(b)), rest + b, rest)
        return numpy.where(rest == 0, numpy.copysign(0, b), fixed).astype(a.dtype)
    return numpy.remainder(a, b)


def floor_divide(a, b):
    return numpy.floor(a / b) if a.dtype.kind == 'f' else numpy.floor_divide(a, b)


EXACT = {
    'add': numpy.add, 'subtract': numpy.subtract, 'multiply': numpy.multiply, 'divide': numpy.divide,
    'floor_divide': floor_divide, 'remainder': sign_of_remainder, 'negative': numpy.negative, 'abs': numpy.abs,
    'sign': numpy.sign, 'minimum': numpy.minimum, 'maximum': numpy.maximum, 'sqrt': numpy.sqrt,
    'copysign': numpy.copysign, 'nextafter': numpy.nextafter, 'floor': numpy.floor, 'ceil': numpy.ceil,
    'trunc': numpy.trunc, 'round': numpy.rint, 'equal': numpy.equal, 'not_equal': numpy.not_equal,
    'less': numpy.less, 'less_equal': numpy.less_equal, 'greater': numpy.greater,
    'greater_equal': numpy.greater_equal, 'logical_and': numpy.logical_and, 'logical_or': numpy.logical_or,
    'logical_xor': numpy.logical_xor, 'logical_not': numpy.logical_not, 'bitwise_and': numpy.bitwise_and,
    'bitwise_or': numpy.bitwise_or, 'bitwise_xor': numpy.bitwise_xor, 'bitwise_invert': numpy.invert,
    'bitwise_left_shift': numpy.left_shift, 'bitwise_right_shift': numpy.right_shift, 'isnan': numpy.isnan,
    'isinf': numpy.isinf, 'isfinite': numpy.isfinite, 'signbit': numpy.signbit,
}
NEAR = {
    'pow': numpy.power, 'hypot': numpy.hypot, 'exp': numpy.exp, 'expm1': numpy.expm1, 'exp2': numpy.exp2,
    'log': numpy.log, 'log1p': numpy.log1p, 'log2': numpy.log2, 'log10': numpy.log10, 'sin': numpy.sin,
    'cos': numpy.cos, 'tan': numpy.tan, 'asin': numpy.arcsin, 'acos': numpy.arccos, 'atan': numpy.arctan,
    'atan2': numpy.arctan2, 'sinh': numpy.sinh, 'cosh': numpy.cosh, 'tanh': numpy.tanh, 'asinh': numpy.arcsinh,
    'acosh': numpy.arccosh, 'atanh': numpy.arctanh,
}


def takes(name, rule, kind):
    """Whether arrays of the type may be given to the operation."""
    if rule == 'NUMERIC':
        return kind.kind != 'b'
    if rule == 'LOGIC':
        return kind.kind == 'b'
    if rule == 'BITS':
        return kind.kind in 'iu' or (kind.kind == 'b' and 'shift' not in name)
    if rule == 'COMPARE':
        return kind.kind != 'b' or name in ('equal', 'not_equal')
    return True


def computed_type(name, rule, kind):
    """The type in which the operation is computed."""
    if rule == 'CLASSIFY' or (rule == 'REAL' and not (name in ROUNDING and kind.kind in 'iu')):
        return real_type(kind)
    return kind


def apply(case, name, *operands):
    operands = [library.operand(value) for value in operands]
    while len(operands) < 3:
        operands.append(library.operand(0.0))
    return case.api.call('mfg_apply', TABLE[name][0], *operands)


def expected(name, kind, arrays):
    given = [numpy.asarray(array, kind) for array in arrays]
    if name in ROUNDING and kind.kind in 'iu':
        return given[0]
    found = {**EXACT, **NEAR}[name](*given)
    return numpy.asarray(found, bool if TABLE[name][2] in ('COMPARE', 'LOGIC', 'CLASSIFY') else kind)


def draw(case, name, count):
    """Shapes that broadcast, values that the operation is defined for, and the type of both together."""
    shape = case.values.shape()
    arrays = []
    for _ in range(count):
        own = tuple(n if case.random.integers(4) else 1 for n in shape)[int(case.random.integers(0, len(shape) + 1)):]
        arrays.append(case.values.data(own, case.values.kind('biuf')))
    common = arrays[0].dtype if count == 1 else promoted(arrays[0].dtype, arrays[1].dtype)
    if count == 2 and common is not None and common.kind in 'iu' and (name == 'pow' or 'shift' in name):
        arrays[1] = numpy.abs(arrays[1])
    return arrays, common


def case_operation(case):
    """One row of the table with arrays of any types."""
    name = str(case.random.choice(sorted({**EXACT, **NEAR})))
    _, arity, rule = TABLE[name]
    arrays, common = draw(case, name, arity)
    there = [case.values.layout(array) for array in arrays]
    if common is None or not takes(name, rule, common):
        case.refuses('mfg_apply', TABLE[name][0], *[library.operand(a) for a in (there + there + there)[:3]])
        return
    kind = computed_type(name, rule, common)
    case.check(apply(case, name, *there), expected(name, kind, arrays), None if name in EXACT else 1e-12)


def case_number_beside_array(case):
    """A number takes the type of the array, unless its kind is above the array's."""
    data, array = case.values.pair(case.values.shape(), case.values.kind('iuf'))
    number = [int(case.random.integers(0, 100)), float(case.random.normal()), True][int(case.random.integers(3))]
    kind = numpy.dtype('f8') if isinstance(number, float) and data.dtype.kind != 'f' else data.dtype
    name = str(case.random.choice(['add', 'subtract', 'multiply', 'maximum', 'less']))
    beside = numpy.asarray(number).astype(kind)
    pairs = [((array, number), (data, beside)), ((number, array), (beside, data))]
    there, here = pairs[int(case.random.integers(2))]
    case.check(apply(case, name, *there), expected(name, kind, here))


def case_number_out_of_range(case):
    kind = case.values.kind('iu')
    info = numpy.iinfo(kind)
    array = case.api.array(case.values.data((3,), kind))
    number = [int(info.max) + 1, int(info.min) - 1][int(case.random.integers(2))]
    if -2**63 <= number < 2**63:
        case.refuses('mfg_apply', TABLE['add'][0], library.operand(array), library.operand(number),
                     library.operand(0.0))


def converted(data, kind):
    """What mfg_astype gives: floats saturate, integers wrap."""
    kind = numpy.dtype(kind)
    if data.dtype.kind != 'f' or kind.kind not in 'iu':
        return data.astype(kind)
    info = numpy.iinfo(kind)
    whole = numpy.trunc(numpy.nan_to_num(data.astype('f8'), nan=0.0, posinf=1e30, neginf=-1e30))
    values = [min(max(int(value), int(info.min)), int(info.max)) for value in whole.reshape(-1)]
    return numpy.array(values, dtype=kind).reshape(data.shape)


def case_astype(case):
    kind, to = case.values.kind('biuf'), case.values.kind('biuf')
    data = case.values.data(case.values.shape(), kind)
    if data.size and data.dtype.kind in 'fiu':
        extreme = [300, -300, 70000, -70000, 5e9, -5e9, 1e19, -1e19, 1e20, 127.5, 255.9, -0.9]
        places = case.random.integers(0, data.size, 4)
        chosen = case.random.choice(extreme, 4)
        data.reshape(-1)[places] = converted(chosen, kind) if data.dtype.kind in 'iu' else chosen
    case.check(case.api.call('mfg_astype', case.values.layout(data), library.type_code(to)), converted(data, to))


def case_where(case):
    shape = case.values.shape()
    condition = case.values.data(shape, bool)
    first, second = [case.values.data(shape, case.values.kind('biuf')) for _ in range(2)]
    common = promoted(first.dtype, second.dtype)
    if common is not None:
        found = apply(case, 'select', *[case.values.layout(a) for a in (condition, first, second)])
        case.check(found, numpy.where(condition, first.astype(common), second.astype(common)))


REDUCTIONS = {1: numpy.sum, 2: numpy.prod, 3: numpy.min, 4: numpy.max, 5: numpy.any, 6: numpy.all}


def summed_type(kind):
    """The type of a sum or product of elements of a type."""
    kind = numpy.dtype(kind)
    return {'b': numpy.dtype('i8'), 'i': numpy.dtype('i8'), 'u': numpy.dtype('u8')}.get(kind.kind, kind)


def case_reduce(case):
    data, array = case.values.pair(case.values.shape(least=1), case.values.kind('biuf'))
    axes = tuple(a for a in range(data.ndim) if case.random.integers(2))
    operation = int(case.random.integers(1, 7))
    keep = bool(case.random.integers(2))
    kind = {1: summed_type(data.dtype), 2: summed_type(data.dtype), 5: bool, 6: bool}.get(operation, data.dtype)
    data = data.astype(kind)
    found = case.api.call('mfg_reduce', operation, array, library.axes_mask(axes), keep)
    case.check(found, numpy.asarray(REDUCTIONS[operation](data, axis=axes, keepdims=keep), kind), 1e-12)


def case_argument_of_extreme(case):
    data, array = case.values.pair(case.values.shape(low=1, least=1), case.values.kind('iuf'))
    operation = int(case.random.integers(7, 9))
    axis = int(case.random.integers(data.ndim))
    found = case.api.call('mfg_reduce', operation, array, library.axes_mask((axis,)), False)
    case.check(found, (numpy.argmin if operation == 7 else numpy.argmax)(data, axis=axis))


def case_accumulate(case):
    data, array = case.values.pair(case.values.shape(low=1), case.values.kind('biuf'))
    axis = int(case.random.integers(-data.ndim, data.ndim))
    name, function = [('mfg_cumulative_sum', numpy.cumsum), ('mfg_cumulative_prod', numpy.cumprod)][
        int(case.random.integers(2))]
    kind = summed_type(data.dtype)
    case.check(case.api.call(name, array, axis), function(data.astype(kind), axis=axis), 1e-12)


def case_shift(case):
    data, array = case.values.pair(case.values.shape(low=1, least=1), case.values.kind('biuf'))
    axis = int(case.random.integers(data.ndim))
    offset = int(case.random.integers(-7, 8))
    case.check(case.api.call('mfg_shift', array, axis, offset, 1, 0.0), numpy.roll(data, -offset, axis))


def case_concatenate(case):
    shape = case.values.shape(low=1)
    axis = int(case.random.integers(len(shape)))
    pieces = [case.values.data(shape, case.values.kind('biuf')) for _ in range(int(case.random.integers(1, 4)))]
    common = pieces[0].dtype
    for piece in pieces[1:]:
        common = None if common is None else promoted(common, piece.dtype)
    there = [case.values.layout(piece) for piece in pieces]
    if common is None:
        case.refuses('mfg_concat', len(there), there, axis)
    else:
        joined = numpy.concatenate([piece.astype(common) for piece in pieces], axis)
        case.check(case.api.call('mfg_concat', len(there), there, axis), joined)
