import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnderstudyError } from '../../env/error.ts';
import { sequence } from '../../env/random.ts';
import { labelLine } from '../../workspace/label.ts';
import { LabelStore } from './store.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mutations-'));
  path = join(folder, 'labels.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const keyOf = (i: number) => createHash('sha256').update(`label ${i}`).digest('hex');
const record = (i: number) => ({
  scenario: 'ice-cream-v1',
  traits: [`ünïcode ${i}`],
  context: [],
  outcome: 'ok',
  probabilities: [1 - i / 16, i / 16],
  probability_LLM: i / 16,
  reply: `{"buy": ${i / 16}}\n`,
});
const model = { model: 'tiny', template: '<user>{prompt}<model>' };
const N = 8;
const sealed = [labelLine(keyOf(99), model), ...Array.from({ length: N }, (_, i) => labelLine(keyOf(i), record(i)))];
/** As versions before the checksum wrote them. */
const plain = [
  JSON.stringify({ key: keyOf(99), ...model }),
  ...Array.from({ length: N }, (_, i) => JSON.stringify({ key: keyOf(i), ...record(i) })),
];

type Draw = (below: number) => number;
type Mutation = (lines: readonly string[], draw: Draw) => Buffer;
const whole = (lines: readonly string[], end = '\n') => Buffer.from(lines.map((line) => line + end).join(''));
const insert = (bytes: Buffer, at: number, what: Uint8Array) =>
  Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at)]);

/** What happens to files, by name. */
const mutations: Record<string, Mutation> = {
  'a flipped bit': (lines, draw) => {
    const bytes = whole(lines);
    bytes[draw(bytes.length)]! ^= 1 << draw(8);
    return bytes;
  },
  'a cut': (lines, draw) => whole(lines).subarray(0, draw(whole(lines).length)),
  'a lost end of line': (lines, draw) => {
    const i = draw(lines.length);
    return Buffer.from(lines.map((line, j) => (i === j ? line : `${line}\n`)).join(''));
  },
  'lines twice': (lines, draw) => whole([...lines, ...lines.slice(draw(lines.length))]),
  'lines in another order': (lines, draw) => {
    const i = draw(lines.length);
    return whole([...lines.slice(i), ...lines.slice(0, i)]);
  },
  'bytes inserted': (lines, draw) =>
    insert(
      whole(lines),
      draw(whole(lines).length),
      Uint8Array.from({ length: 1 + draw(9) }, () => draw(256)),
    ),
  'bytes removed': (lines, draw) => {
    const bytes = whole(lines);
    const at = draw(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + draw(40))]);
  },
  'zeros inserted': (lines, draw) => insert(whole(lines), draw(whole(lines).length), Buffer.alloc(1 + draw(600))),
  'zeros at the end': (lines, draw) => {
    const bytes = whole(lines);
    return Buffer.concat([bytes.subarray(0, bytes.length - draw(2) * draw(200)), Buffer.alloc(1 + draw(600))]);
  },
  'a byte order mark': (lines) => Buffer.concat([Buffer.from('\uFEFF'), whole(lines)]),
  'UTF-16': (lines, draw) => Buffer.from((draw(2) ? '\uFEFF' : '') + whole(lines).toString(), 'utf16le'),
  'Windows line ends': (lines, draw) => {
    const bytes = whole(lines, '\r\n');
    return bytes.subarray(0, bytes.length - draw(4));
  },
  'lone carriage returns': (lines, draw) => {
    const from = draw(lines.length);
    return Buffer.from(lines.map((line, i) => `${line}${i < from ? '\n' : '\r'}`).join(''));
  },
  'two files one after the other': (lines, draw) => {
    const bytes = whole(lines);
    return Buffer.concat([bytes.subarray(0, bytes.length - draw(3)), Buffer.from(draw(2) ? '\uFEFF' : ''), bytes]);
  },
  'something else at the end': (lines, draw) => {
    const texts = ['x', '\n\n', '{}', '{"traits":[]}\n', '}', '[1]', '<<<<<<< HEAD\n', '\u001a', ' ', '\t\n'];
    return Buffer.concat([whole(lines), Buffer.from(texts[draw(texts.length)]!)]);
  },
  'an edited number': (lines, draw) => {
    const i = 1 + draw(lines.length - 1);
    const value = ['7.3', 'null', '-0.1', '"0.5"', '1e999', 'NaN', '[]'][draw(7)];
    return whole(
      lines.map((line, j) => (i === j ? line.replace(/"probability_LLM":[^,]*/, `"probability_LLM":${value}`) : line)),
    );
  },
};

/** Opens a damaged store, reads and writes it; gives what became of it. */
async function outcomeOf(bytes: Buffer, lines: readonly string[], exact: boolean): Promise<string> {
  writeFileSync(path, bytes);
  const repairs: string[] = [];
  let store: LabelStore;
  try {
    store = LabelStore.open(path, (line) => repairs.push(line));
  } catch (error) {
    expect(error).toBeInstanceOf(UnderstudyError);
    expect((error as UnderstudyError).code).toBe('POLICY_FILE');
    expect((error as UnderstudyError).message).toMatch(/labels\.jsonl(, line [0-9]+: | is )/);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    return 'refused';
  }
  try {
    expect(readFileSync(path).equals(bytes)).toBe(true);
    let known = 0;
    for (let i = 0; i < N; i++) {
      const found = store.get(keyOf(i));
      if (found) known++;
      if (found && exact) expect(found).toEqual(record(i));
    }
    await store.append(keyOf(1000), record(3));
    const after = readFileSync(path).toString();
    for (const line of lines) if (bytes.includes(line)) expect(after).toContain(line);
    await store.close();
    store = LabelStore.open(path);
    expect(store.get(keyOf(1000))).toEqual(record(3));
    for (let i = 0; i < N; i++) if (bytes.includes(lines[i + 1]!)) expect(store.get(keyOf(i))).toEqual(record(i));
    return repairs.length > 0 ? 'repaired' : known === N ? 'same' : 'fewer';
  } finally {
    await store.close();
  }
}

describe.each([
  ['with checksums', sealed, true],
  ['from before there were checksums', plain, false],
])('a label store %s', (_, lines, exact) => {
  it.each(Object.entries(mutations))(
    'loses no valid line to %s, and says what it cannot read',
    async (name, mutate) => {
      for (let i = 0; i < 25; i++) {
        const random = sequence(25 * Object.keys(mutations).indexOf(name) + i, 'resampling');
        const bytes = mutate(lines, (below) => Math.floor(random() * below));
        await outcomeOf(bytes, lines, exact);
      }
    },
  );
});

describe('what becomes of a label store', () => {
  const label = (more: object) => JSON.stringify({ key: keyOf(0), ...record(0), ...more });
  const text = sealed.map((line) => `${line}\n`).join('');
  const old = plain.map((line) => `${line}\n`).join('');
  it.each([
    ['Windows line ends', text.replaceAll('\n', '\r\n'), 'same'],
    ['a byte order mark', `\uFEFF${text}`, 'same'],
    [
      'lines of earlier versions and new ones',
      `${plain.slice(0, 4).join('\n')}\n${sealed.slice(4).join('\n')}\n`,
      'same',
    ],
    ['empty lines', text.replaceAll('\n', '\n\n'), 'same'],
    ['no last line end', text.slice(0, -1), 'same'],
    ['a last line cut off', text.slice(0, -10), 'repaired'],
    ['zeros at its end', `${text}\0\0\0`, 'repaired'],
    ['nothing in it', '', 'fewer'],
    ['zeros alone', '\0'.repeat(100), 'repaired'],
    ["somebody else's rows", '{"traits": ["cheap"], "context": [], "probability_LLM": 0.1}\n', 'refused'],
    ['a line of text without an end', 'my labels', 'refused'],
    ['an array', `[${plain.join(',')}]`, 'refused'],
    ['a bare key', `{"key":"${keyOf(0)}`, 'repaired'],
    ['another kind of key', `${old}{"key":"row1","outcome":"ok","probabilities":[0.5,0.5]}\n`, 'refused'],
    ['a label of an older store after new ones', `${text}${label({})}\n`, 'refused'],
    ['a probability of 7.3', `${old}${label({ probability_LLM: 7.3, probabilities: [-6.3, 7.3] })}\n`, 'refused'],
    ['null for a probability', `${old}${label({ probabilities: [null, null] })}\n`, 'refused'],
    ['one probability of two', `${old}${label({ probabilities: [1], probability_LLM: undefined })}\n`, 'refused'],
    ['probabilities that do not sum to 1', `${old}${label({ probabilities: [0.5, 0] })}\n`, 'refused'],
    ['two probabilities of one action', `${old}${label({ probability_LLM: 0.4 })}\n`, 'refused'],
    ['no probabilities', `${old}${label({ probabilities: undefined, probability_LLM: undefined })}\n`, 'refused'],
    ['an outcome nobody knows', `${old}${label({ outcome: 'fine' })}\n`, 'refused'],
    ['a refusal with probabilities', `${old}${label({ outcome: 'refused' })}\n`, 'refused'],
    ['a number for a reply', `${old}${label({ reply: 5 })}\n`, 'refused'],
  ])('with %s', async (_, bytes, outcome) => {
    expect(await outcomeOf(Buffer.from(bytes), sealed, true)).toBe(outcome);
  });

  it('names the line that was edited, whichever way', () => {
    const edited = sealed.with(3, sealed[3]!.replace('"probability_LLM":0.125', '"probability_LLM":0.5'));
    for (const lines of [
      edited,
      edited.with(3, JSON.stringify(JSON.parse(edited[3]!), undefined, 0).replace(',', ', ')),
    ]) {
      writeFileSync(path, whole(lines));
      expect(() => LabelStore.open(path)).toThrow(`${path}, line 4: does not match its checksum`);
    }
  });

  it('goes on with the line ends that it has, and moves aside what a power cut left', async () => {
    writeFileSync(path, `${text.replaceAll('\n', '\r\n')}{"key":"ab\0\0`);
    const said: string[] = [];
    const store = LabelStore.open(path, (line) => said.push(line));
    await store.append(keyOf(1000), record(3));
    await store.close();
    expect(readFileSync(path, 'utf8')).toBe(
      [...sealed, labelLine(keyOf(1000), record(3))].map((line) => `${line}\r\n`).join(''),
    );
    expect(readFileSync(`${path}.damaged-1`, 'latin1')).toBe('{"key":"ab\0\0');
    expect(said).toEqual([`${path} ended in zeros, as after a power cut; they were moved to ${path}.damaged-1`]);
  });

  it('is not lost with what is appended when the file is replaced or deleted meanwhile', async () => {
    writeFileSync(path, text);
    const store = LabelStore.open(path);
    rmSync(path);
    writeFileSync(path, `${sealed.slice(0, 3).join('\n')}\n`);
    await store.append(keyOf(1000), record(3));
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(5);
    rmSync(path);
    await store.append(keyOf(1001), record(4));
    expect(readFileSync(path, 'utf8')).toBe(`${labelLine(keyOf(1001), record(4))}\n`);
    await store.close();
  });

  it('takes no label that it would refuse to read', async () => {
    const store = LabelStore.open(path);
    for (const more of [{ probabilities: [Number.NaN, 1] }, { sum: 1 }, { outcome: 'fine' }])
      await expect(store.append(keyOf(0), { ...record(0), ...more })).rejects.toThrow(RangeError);
    await store.close();
  });
});
