import { inComment, python, quoted, wrapped } from './literal.ts';
import type { Member, NetworkForm } from './network-form.ts';
import { type Program, type TableRows, TOLERANCE } from './program.ts';
import { SCALE } from './table-form.ts';

/** With more phrases, a table is looked up by its keys instead of standing in an array with a place for every set. */
const DENSE_WIDTH = 20;
/** Most bits of an integer that NumPy computes with. */
const INTEGER_WIDTH = 62;

/** A program in Python, which uses NumPy where it is installed. */
export function pythonProgram({ name, about, phrases, actions, exclusive, example, form }: Program): string {
  const list = (texts: readonly string[]) =>
    wrapped(
      texts.map((text) => `${quoted(text, python)},`),
      { indent: '    ' },
    );
  const groups = exclusive.map((group) => `(${group.join(', ')}${group.length === 1 ? ',' : ''}),`);
  return `${about.map((line) => `# ${inComment(line)}`).join('\n')}
#
#     from ${name} import probabilities, decide
#     probabilities([${example.map((j) => quoted(phrases[j]!, python)).join(', ')}])
#
# python3 ${name}.py compares this file with ${name}.vectors.csv.
import math
import os
import random
import sys

try:
    import numpy as np
except ImportError:  # Everything but speed is there without it.
    np = None

PHRASES = (
${list(phrases)}
)
ACTIONS = (
${list(actions)}
)
# Indices of phrases of which at most one holds.
EXCLUSIVE = (
${wrapped(groups, { indent: '    ' })}
)
_WIDTH = ${phrases.length}
_INDEX = {phrase: j for j, phrase in enumerate(PHRASES)}


def encode(phrases):
    """The phrases that hold as an integer: bit j says that PHRASES[j] does."""
    if isinstance(phrases, str):
        raise TypeError("expected a list of phrases, got the string %r" % phrases)
    mask = 0
    for phrase in phrases:
        j = _INDEX.get(phrase)
        if j is None:
            raise ValueError("unknown phrase: %r (known: %s)" % (phrase, ", ".join(map(repr, PHRASES))))
        mask |= 1 << j
    for group in EXCLUSIVE:
        held = [PHRASES[j] for j in group if mask >> j & 1]
        if len(held) > 1:
            raise ValueError("%r and %r exclude each other" % (held[0], held[1]))
    return mask


def probabilities(phrases):
    """P of each action for somebody for whom these phrases hold: {action: p}."""
    return dict(zip(ACTIONS, _row(encode(phrases))))


def decide(phrases, uniform=random.random):
    """An action drawn by its probability; \`uniform\` gives random numbers from 0 up to 1."""
    left = uniform()
    row = _row(encode(phrases))
    for action, p in zip(ACTIONS, row):
        left -= p
        if left < 0:
            return action
    return ACTIONS[max(a for a, p in enumerate(row) if p > 0)]


def probabilities_of(masks):
    """
    P of each action for many people, shape [n, k].
    masks: integers as \`encode\` gives them, or 0 and 1 by phrase, shape [n, ${phrases.length}]
    """
    if np is None:
        return [_row(mask if isinstance(mask, int) else sum(1 << j for j, bit in enumerate(mask) if bit)) for mask in masks]
    return _rows(np.asarray(masks))


def decide_all(masks, uniforms):
    """Indices into ACTIONS, one for each person, drawn with uniform random numbers from 0 up to 1. Needs NumPy."""
    return _decided(np.asarray(masks), np.asarray(uniforms))


${form.kind === 'table' ? tableCode(form, phrases.length, actions.length) : networkCode(form)}

def check(vectors=os.path.splitext(os.path.abspath(__file__))[0] + ".vectors.csv"):
    """How many test vectors there are, and the largest difference from them."""
    with open(vectors, encoding="utf-8") as file:
        lines = [[float(cell) for cell in line.split(",")] for line in file.read().split("\\n")[1:] if line]
    bits = [[int(bit) for bit in line[:_WIDTH]] for line in lines]
    expected = [line[_WIDTH:] for line in lines]
    masks = [sum(1 << j for j, bit in enumerate(row) if bit) for row in bits]
    # Pure Python is compared on ${PURE_ROWS} of them, NumPy on all.
    pairs = list(zip(map(_row, masks[:: max(1, len(masks) // ${PURE_ROWS})]), expected[:: max(1, len(masks) // ${PURE_ROWS})]))
    if np is not None:
        pairs += zip(probabilities_of(bits), expected)
        if _WIDTH <= ${INTEGER_WIDTH}:
            pairs += zip(probabilities_of(masks), expected)
    return len(lines), max(abs(a - b) for got, wanted in pairs for a, b in zip(got, wanted))


if __name__ == "__main__":
    count, worst = check()
    print("%d vectors%s, largest difference %.1e" % (count, "" if np is None else ", NumPy %s" % np.__version__, worst))
    sys.exit(0 if worst <= ${TOLERANCE} else 1)
`;
}

const PURE_ROWS = 500;

function tableCode({ keys, values }: TableRows, width: number, actions: number): string {
  const block = (items: readonly string[]) => wrapped(items);
  const dense = width <= DENSE_WIDTH;
  const integers = width <= INTEGER_WIDTH;
  return `# States as hexadecimal masks, ascending.
_KEYS = """
${block(keys)}
"""
# P of each action but the first, in units of ${1 / SCALE}.
_VALUES = """
${block(values.flat().map(String))}
"""
_MASKS = [int(key, 16) for key in _KEYS.split()]
_NUMBERS = [int(value) / ${SCALE} for value in _VALUES.split()]
_ROW_OF = {mask: i for i, mask in enumerate(_MASKS)}


def _missing(mask):
    return ValueError("no such state: {%s}" % ", ".join(repr(p) for j, p in enumerate(PHRASES) if mask >> j & 1))


def _row(mask):
    i = _ROW_OF.get(mask)
    if i is None:
        raise _missing(mask)
    others = _NUMBERS[i * ${actions - 1} : (i + 1) * ${actions - 1}]
    return [max(0.0, 1 - sum(others))] + others


_made = []
_CHUNK = 32768


def _table():
    """P by state, shape [states, k], and cumulated P of each action but the last${dense ? ', by mask; NaN for a mask that is not a state' : ''}."""
    if not _made:
        others = np.array(_NUMBERS).reshape(-1, ${actions - 1})
        rows = np.column_stack([np.maximum(0, 1 - others.sum(axis=1)), others])
${
  dense
    ? `        table = np.full((1 << _WIDTH, ${actions}), np.nan)
        table[_MASKS] = rows`
    : `        table = rows`
}
        _made.extend([table, [np.ascontiguousarray(column) for column in np.cumsum(table, axis=1).T[:-1]]])
    return _made


def _places(masks):
    """Rows of the table."""
${
  dense
    ? `    if masks.ndim == 2:
        masks = masks.astype(np.int64) @ (1 << np.arange(_WIDTH))
    if len(masks) and not 0 <= masks.min() <= masks.max() < 1 << _WIDTH:
        raise ValueError("a mask lies between 0 and %d" % ((1 << _WIDTH) - 1))
    return masks`
    : integers
      ? `    if masks.ndim == 2:
        masks = masks.astype(np.int64) @ (1 << np.arange(_WIDTH, dtype=np.int64))
    known = np.array(_MASKS, dtype=np.int64)
    places = np.searchsorted(known, masks).clip(max=len(known) - 1)
    wrong = known[places] != masks
    if wrong.any():
        raise _missing(int(masks[wrong][0]))
    return places`
      : `    if masks.ndim == 2:
        masks = [sum(1 << int(j) for j in np.flatnonzero(row)) for row in masks]
    try:
        return np.array([_ROW_OF[int(mask)] for mask in masks], dtype=np.int64)
    except KeyError as error:
        raise _missing(error.args[0]) from None`
}


def _rows(masks):
    places = _places(masks)
    rows = _table()[0][places]
${dense ? `    _require(places, rows[:, 0])\n` : ''}    return rows


def _decided(masks, uniforms):
    decided = np.zeros(len(masks), dtype=np.${actions > 127 ? 'int16' : 'int8'})
    # In pieces that stay in the processor's cache.
    for i in range(0, len(masks), _CHUNK):
        places, drawn, into = _places(masks[i : i + _CHUNK]), uniforms[i : i + _CHUNK], decided[i : i + _CHUNK]
        for column in _table()[1]:
            reached = column.take(places)
${dense ? `            _require(places, reached)\n` : ''}            into += (drawn >= reached).view(np.int8)
    return decided
${
  dense
    ? `

def _require(masks, values):
    if np.isnan(values.sum()):
        raise _missing(int(masks[np.isnan(values)][0]))
`
    : ''
}`;
}

function networkCode({ members, head }: NetworkForm): string {
  return `# By member: inputs (each 1 where all of its phrases hold), then layers of weights [inputs][outputs] and biases.
_MEMBERS = (
${members.map(memberCode).join('\n')}
)


def _sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z > -700 else 0.0


def _head(z):
${
  head.kind === 'softmax'
    ? `    most = max(z)
    weights = [math.exp(one - most) for one in z]
    return [weight / sum(weights) for weight in weights]`
    : head.kind === 'sigmoid'
      ? `    p = _sigmoid(z[0])
    return [1 - p, p]`
      : `    p = _LEVELS[0] + sum(_sigmoid(one) * (b - a) for one, a, b in zip(z, _LEVELS, _LEVELS[1:]))
    return [1 - p, p]`
}


def _row(mask):
    rows = []
    for inputs, layers in _MEMBERS:
        x = [(i, 1.0) for i, phrases in enumerate(inputs) if all(mask >> j & 1 for j in phrases)]
        for l, (weights, bias) in enumerate(layers):
            z = list(bias)
            for i, value in x:
                z = [a + value * b for a, b in zip(z, weights[i])]
            x = [(i, a) for i, a in enumerate(z) if a > 0]
        rows.append(_head(z))
    return [sum(column) / len(rows) for column in zip(*rows)]


_made = []
_CHUNK = 65536


def _rows(masks):
    if len(masks) > _CHUNK:
        return np.concatenate([_rows(masks[i : i + _CHUNK]) for i in range(0, len(masks), _CHUNK)])
    if not _made:
        _made.extend(
            (inputs, [(np.array(w, dtype=float).reshape(-1, len(b)), np.array(b)) for w, b in layers]) for inputs, layers in _MEMBERS
        )
    if masks.ndim == 2:
        bits = masks.astype(float)
    elif _WIDTH <= ${INTEGER_WIDTH}:
        bits = (masks[:, None] >> np.arange(_WIDTH) & 1).astype(float)
    else:
        bits = np.array([[int(mask) >> j & 1 for j in range(_WIDTH)] for mask in masks], dtype=float)
    total = 0
    for inputs, layers in _made:
        x = np.column_stack([bits[:, list(phrases)].prod(axis=1) for phrases in inputs]) if inputs else np.zeros((len(bits), 0))
        for l, (weights, bias) in enumerate(layers):
            x = x @ weights + bias
            if l < len(layers) - 1:
                x = np.maximum(x, 0)
${
  head.kind === 'softmax'
    ? `        e = np.exp(x - x.max(axis=1, keepdims=True))
        total = total + e / e.sum(axis=1, keepdims=True)`
    : `        s = 1 / (1 + np.exp(-x.clip(-700, 700)))
        p = ${head.kind === 'sigmoid' ? 's[:, 0]' : '_LEVELS[0] + s @ np.diff(_LEVELS)'}
        total = total + np.column_stack([1 - p, p])`
}
    return total / len(_made)


def _decided(masks, uniforms):
    return (uniforms[:, None] >= np.cumsum(_rows(masks), axis=1)[:, :-1]).sum(axis=1).astype(np.int16)

${head.kind === 'ordinal' ? `\n_LEVELS = (${head.levels.join(', ')})\n` : ''}`;

  function memberCode({ features, layers }: Member): string {
    const tuple = (items: readonly (string | number)[]) => `(${items.join(', ')}${items.length === 1 ? ',' : ''})`;
    const rows = (matrix: readonly (readonly number[])[]) =>
      matrix.length === 0
        ? '()'
        : `(\n${matrix.map((row) => `${wrapped(tuple(row).split(/(?<=,) /), { indent: '                ' })},`).join('\n')}\n            )`;
    return `    (
        (
${wrapped(
  features.map((phrases) => `${tuple(phrases)},`),
  { indent: '            ' },
)}
        ),
        (
${layers.map(({ weights, bias }) => `            (${rows(weights)},\n${wrapped(tuple(bias).split(/(?<=,) /), { indent: '            ' })}),`).join('\n')}
        ),
    ),`;
  }
}
