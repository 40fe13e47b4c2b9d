import { UnderstudyError } from '../../env/error.ts';
import { inComment, netlogo, quoted, wrapped } from './literal.ts';
import type { Member, NetworkForm } from './network-form.ts';
import { type Program, type TableRows, TOLERANCE } from './program.ts';
import { SCALE } from './table-form.ts';

/**
 * Reporters in NetLogo 6 or later, for `__includes`: their names begin with that of the file. Written after the NetLogo dictionary
 * and checked by an evaluator of its own; there is no NetLogo here to run it.
 * @throws {UnderstudyError} DISTILL_ARGUMENT for a name that no reporter can have, or a text that NetLogo cannot write
 */
export function netlogoProgram({ name, about, phrases, actions, exclusive, example, form }: Program): string {
  if (!/^[A-Za-z][\w-]*$/.test(name))
    throw new UnderstudyError(
      'DISTILL_ARGUMENT',
      `NetLogo names reporters after the file: a letter, then letters, digits, _ and -; got ${name}`,
    );
  const list = (texts: readonly string[], indent = '    ') =>
    wrapped(
      texts.map((text) => quoted(text, netlogo)),
      { indent },
    );
  const constant = (what: string, literal: string) => `to-report ${name}-${what}\n  report ${literal}\nend`;
  return `${about.map((line) => `; ${inComment(line)}`).join('\n')}
;
;   __includes [ "${name}.nls" ]
;   ${name}-probabilities [ ${example.map((j) => quoted(phrases[j]!, netlogo)).join(' ')} ]
;
; For NetLogo 6 and later. Files like this one are tested by reading their numbers back, which give the test vectors
; again to within ${TOLERANCE.toFixed(6)}; they are not run in NetLogo. show ${name}-check "${name}.vectors.csv" does that: it reports the
; largest difference from the test vectors.

${constant('phrases', `[\n${list(phrases)}\n  ]`)}

${constant('actions', `[\n${list(actions)}\n  ]`)}

; Indices of phrases of which at most one holds.
${constant('exclusive', nested(exclusive))}

; Which phrases hold, 0 or 1 by phrase.
to-report ${name}-encode [ held ]
  let known ${name}-phrases
  foreach held [ phrase ->
    if not member? phrase known [ error (word "unknown phrase: " phrase) ]
  ]
  let bits map [ phrase -> (ifelse-value (member? phrase held) [ 1 ] [ 0 ]) ] known
  foreach ${name}-exclusive [ group ->
    let both filter [ j -> (item j bits) = 1 ] group
    if length both > 1 [ error (word (item (item 0 both) known) " and " (item (item 1 both) known) " exclude each other") ]
  ]
  report bits
end

; P of each action for somebody for whom these phrases hold, in the order of ${name}-actions.
to-report ${name}-probabilities [ held ]
  report ${name}-row (${name}-encode held)
end

; An action drawn by its probability.
to-report ${name}-decide [ held ]
  let p ${name}-probabilities held
  let action 0
  let beyond (random-float 1) - (item 0 p)
  while [ beyond >= 0 and action < (length p) - 1 ] [
    set action action + 1
    set beyond beyond - (item action p)
  ]
  while [ (item action p) = 0 ] [ set action action - 1 ]
  report item action ${name}-actions
end

${form.kind === 'table' ? tableCode(name, form, actions.length) : networkCode(name, form)}

; The largest difference from the test vectors in a file.
to-report ${name}-check [ file ]
  if not file-exists? file [ error (word "there is no " file) ]
  let worst 0
  let width length ${name}-phrases
  file-open file
  let titles file-read-line
  while [ not file-at-end? ] [
    let cells ${name}-cells file-read-line
    let answer ${name}-row (sublist cells 0 width)
    (foreach answer (sublist cells width (length cells)) [ [ a b ] -> set worst max (list worst (abs (a - b))) ])
  ]
  file-close
  report worst
end

; The numbers of a line that commas separate.
to-report ${name}-cells [ line ]
  let cells []
  let following (word line ",")
  while [ following != "" ] [
    let comma position "," following
    set cells lput (${name}-number (substring following 0 comma)) cells
    set following substring following (comma + 1) (length following)
  ]
  report cells
end

to-report ${name}-number [ digits ]
  let place position "e" digits
  if place = false [ report read-from-string digits ]
  report (read-from-string (substring digits 0 place)) * 10 ^ (read-from-string (substring digits (place + 1) (length digits)))
end
`;
}

type Nested = number | readonly Nested[];

/** Lists in lists, in lines that an editor can show. */
function nested(value: Nested): string {
  const written = (one: Nested): string => (typeof one === 'number' ? plain(one) : `[ ${one.map(written).join(' ')} ]`);
  return wrapped(written(value).split(' '), { indent: '    ' }).trim();
}

/** A number without an exponent, which not every version of NetLogo reads. */
const plain = (value: number): string => {
  const text = String(value);
  if (!text.includes('e')) return text;
  return Math.abs(value) >= 1 ? String(BigInt(value)) : value.toFixed(20).replace(/\.?0+$/, '');
};

const tableCode = (
  name: string,
  { keys, values }: TableRows,
  actions: number,
) => `; States as hexadecimal masks, ascending: the lowest bit is the first phrase.
to-report ${name}-keys
  report [
${wrapped(
  keys.map((key) => `"${key}"`),
  { indent: '    ' },
)}
  ]
end

; P of each action but the first, in units of ${1 / SCALE}.
to-report ${name}-values
  report [
${wrapped(values.flat().map(String), { indent: '    ' })}
  ]
end

; P of each action, from 0 or 1 by phrase.
to-report ${name}-row [ bits ]
  let key ""
  let start 4 * ((ceiling ((length bits) / 4)) - 1)
  while [ start >= 0 ] [
    let digit 0
    foreach [ 3 2 1 0 ] [ j ->
      set digit 2 * digit + (ifelse-value (start + j < length bits) [ item (start + j) bits ] [ 0 ])
    ]
    set key (word key (item digit "0123456789abcdef"))
    set start start - 4
  ]
  let keys ${name}-keys
  let low 0
  let high (length keys) - 1
  while [ low < high ] [
    let middle floor ((low + high) / 2)
    ifelse (item middle keys) < key [ set low middle + 1 ] [ set high middle ]
  ]
  if (item low keys) != key [ error (word "no such state: " key) ]
  let numbers ${name}-values
  let others n-values ${actions - 1} [ j -> (item (low * ${actions - 1} + j) numbers) / ${SCALE} ]
  report fput (max (list 0 (1 - sum others))) others
end`;

const networkCode = (
  name: string,
  { members, head }: NetworkForm,
) => `; By member: inputs (each 1 where all of its phrases hold), then layers of weights [inputs][outputs] and biases.
to-report ${name}-members
  report ${nested(members.map(numbersOf))}
end

; P of each action, from 0 or 1 by phrase.
to-report ${name}-row [ bits ]
  let rows map [ network -> ${name}-answer network bits ] ${name}-members
  let total reduce [ [ one another ] -> (map [ [ a b ] -> a + b ] one another) ] rows
  report map [ p -> p / (length rows) ] total
end

to-report ${name}-answer [ network bits ]
  let x map [ needed -> (ifelse-value (empty? filter [ j -> (item j bits) = 0 ] needed) [ 1 ] [ 0 ]) ] (item 0 network)
  let layers item 1 network
  let remaining length layers
  foreach layers [ layer ->
    let z item 1 layer
    (foreach x (item 0 layer) [ [ value row ] ->
      if value != 0 [ set z (map [ [ a b ] -> a + value * b ] z row) ]
    ])
    set remaining remaining - 1
    set x (ifelse-value (remaining > 0) [ map [ one -> max (list 0 one) ] z ] [ z ])
  ]
${
  head.kind === 'softmax'
    ? `  let most max x
  let weights map [ one -> exp (one - most) ] x
  let total sum weights
  report map [ weight -> weight / total ] weights`
    : `  let levels ${nested(head.kind === 'ordinal' ? head.levels : [0, 1])}
  let p item 0 levels
  (foreach x (but-last levels) (but-first levels) [ [ one low high ] -> set p p + (high - low) * ${name}-sigmoid one ])
  report (list (1 - p) p)`
}
end

; exp of a large number is an error in NetLogo.
to-report ${name}-sigmoid [ z ]
  report (ifelse-value (z < -700) [ 0 ] [ 1 / (1 + exp (0 - z)) ])
end`;

const numbersOf = ({ features, layers }: Member): Nested => [
  features,
  layers.map(({ weights, bias }) => [weights, bias]),
];
