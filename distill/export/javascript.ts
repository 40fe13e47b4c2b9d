import { inComment, javascript, quoted, wrapped } from './literal.ts';
import type { NetworkForm } from './network-form.ts';
import { type Program, type TableRows, TOLERANCE } from './program.ts';
import { SCALE } from './table-form.ts';

/** A module in JavaScript, for Node and for browsers. */
export function javascriptProgram({ name, about, phrases, actions, exclusive, example, form }: Program): string {
  const list = (texts: readonly string[]) =>
    wrapped(
      texts.map((text) => `${quoted(text, javascript)},`),
      { indent: '  ' },
    );
  return `${about.map((line) => `// ${inComment(line)}`).join('\n')}
//
//   import { probabilities, decide } from './${name}.mjs';
//   probabilities([${example.map((j) => quoted(phrases[j]!, javascript)).join(', ')}]);
//
// node ${name}.mjs compares this file with ${name}.vectors.csv.

export const PHRASES = [
${list(phrases)}
];
export const ACTIONS = [
${list(actions)}
];
// Indices of phrases of which at most one holds.
const EXCLUSIVE = [
${wrapped(
  exclusive.map((group) => `[${group.join(', ')}],`),
  { indent: '  ' },
)}
];
const INDEX = new Map(PHRASES.map((phrase, j) => [phrase, j]));

/** Which phrases hold, 0 or 1 by phrase. */
export function encode(phrases) {
  if (typeof phrases === 'string') throw new TypeError(\`expected a list of phrases, got the string \${JSON.stringify(phrases)}\`);
  const bits = new Uint8Array(PHRASES.length);
  for (const phrase of phrases) {
    const j = INDEX.get(phrase);
    if (j === undefined)
      throw new RangeError(\`unknown phrase: \${JSON.stringify(phrase)} (known: \${PHRASES.map((p) => JSON.stringify(p)).join(', ')})\`);
    bits[j] = 1;
  }
  for (const group of EXCLUSIVE) {
    const [a, b] = group.filter((j) => bits[j]).map((j) => JSON.stringify(PHRASES[j]));
    if (b !== undefined) throw new RangeError(\`\${a} and \${b} exclude each other\`);
  }
  return bits;
}

/** P of each action for somebody for whom these phrases hold: { action: p }. */
export function probabilities(phrases) {
  const row = rowOf(encode(phrases));
  return Object.fromEntries(ACTIONS.map((action, a) => [action, row[a]]));
}

/** An action drawn by its probability; \`uniform\` gives random numbers from 0 up to 1. */
export function decide(phrases, uniform = Math.random) {
  const row = rowOf(encode(phrases));
  let left = uniform();
  for (const [a, p] of row.entries()) {
    left -= p;
    if (left < 0) return ACTIONS[a];
  }
  return ACTIONS[row.findLastIndex((p) => p > 0)];
}

/** P of each action, shape [k]. bits: 0 or 1 by phrase, as \`encode\` gives them */
export function rowOf(bits) {
${form.kind === 'table' ? tableRow(actions.length) : networkRow(form)}
}

${form.kind === 'table' ? tableData(form) : networkData(form)}

/** How many test vectors there are, and the largest difference from them. */
export function check(text) {
  const lines = text.split('\\n').slice(1).filter((line) => line !== '').map((line) => line.split(',').map(Number));
  let worst = 0;
  for (const line of lines) {
    const row = rowOf(line.slice(0, PHRASES.length));
    line.slice(PHRASES.length).forEach((p, a) => {
      const difference = Math.abs(p - row[a]);
      if (!(difference <= worst)) worst = difference;
    });
  }
  return { count: lines.length, worst };
}

if (typeof process !== 'undefined' && process.argv?.[1]) {
  const { realpathSync, readFileSync } = await import('node:fs');
  const { fileURLToPath } = await import('node:url');
  const own = import.meta.url.startsWith('file:') ? fileURLToPath(import.meta.url) : '';
  if (own !== '' && realpathSync(process.argv[1]) === own) {
    const { count, worst } = check(readFileSync(own.replace(/\\.[^.]*$/, '.vectors.csv'), 'utf8'));
    console.log(\`\${count} vectors, largest difference \${worst.toExponential(1)}\`);
    process.exitCode = worst <= ${TOLERANCE} ? 0 : 1;
  }
}
`;
}

const tableRow = (actions: number) => `  let key = '';
  for (let from = (Math.ceil(PHRASES.length / 4) - 1) * 4; from >= 0; from -= 4) {
    let digit = 0;
    for (let j = 3; j >= 0; j--) digit = 2 * digit + (bits[from + j] ? 1 : 0);
    key += digit.toString(16);
  }
  const i = ROW_OF.get(key);
  if (i === undefined)
    throw new RangeError(\`no such state: {\${PHRASES.filter((_, j) => bits[j]).map((p) => JSON.stringify(p)).join(', ')}}\`);
  const others = NUMBERS.slice(i * ${actions - 1}, (i + 1) * ${actions - 1});
  return [Math.max(0, others.reduce((rest, p) => rest - p, 1)), ...others];`;

const tableData = ({ keys, values }: TableRows) => `// States as hexadecimal masks, ascending: bit j is phrase j.
const KEYS = \`
${wrapped(keys)}
\`;
// P of each action but the first, in units of ${1 / SCALE}.
const VALUES = \`
${wrapped(values.flat().map(String))}
\`;
const ROW_OF = new Map(KEYS.trim().split(/\\s+/).map((key, i) => [key, i]));
const NUMBERS = VALUES.trim().split(/\\s+/).map((value) => value / ${SCALE});`;

const networkRow = ({ head }: NetworkForm) => `  const rows = MEMBERS.map(([inputs, layers]) => {
    let x = inputs.map((phrases) => (phrases.every((j) => bits[j]) ? 1 : 0));
    layers.forEach(([weights, bias], l) => {
      const z = [...bias];
      for (let i = 0; i < x.length; i++) if (x[i] !== 0) for (let o = 0; o < z.length; o++) z[o] += x[i] * weights[i][o];
      x = l < layers.length - 1 ? z.map((one) => Math.max(0, one)) : z;
    });
${
  head.kind === 'softmax'
    ? `    const most = Math.max(...x);
    const e = x.map((one) => Math.exp(one - most));
    const sum = e.reduce((a, b) => a + b);
    return e.map((one) => one / sum);`
    : `    const levels = [${head.kind === 'ordinal' ? head.levels.join(', ') : '0, 1'}];
    const p = x.reduce((sum, one, j) => sum + (levels[j + 1] - levels[j]) / (1 + Math.exp(-one)), levels[0]);
    return [1 - p, p];`
}
  });
  return ACTIONS.map((_, a) => rows.reduce((sum, row) => sum + row[a], 0) / rows.length);`;

const networkData = ({
  members,
}: NetworkForm) => `// By member: inputs (each 1 where all of its phrases hold), then layers of weights [inputs][outputs] and biases.
const MEMBERS = ${lines(JSON.stringify(members.map(({ features, layers }) => [features, layers.map(({ weights, bias }) => [weights, bias])])))};`;

/** JSON in lines that an editor can show. */
const lines = (json: string) => wrapped(json.split(/(?<=,)/), { separator: '', width: 110 });
