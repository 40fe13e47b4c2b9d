import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPolicy } from '../../policies/open.ts';
import type { Policy } from '../../policies/policy.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { exportStudent } from './export-student.ts';
import { juliaProgram } from './julia.ts';
import { runNetlogo } from './netlogo.test-support.ts';
import { netlogoProgram } from './netlogo.ts';
import { answerOf, type Member, type NetworkForm } from './network-form.ts';
import type { Program } from './program.ts';

let root: string;
let mlp: Policy;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'understudy-unrun-'));
  mlp = await openPolicy('student:mlp', { scenario: iceCream });
});
afterAll(async () => {
  await mlp[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

/** Without strings and comments; every bracket has its partner. */
function requireBalanced(text: string, comment: ';' | '#'): void {
  const open: string[] = [];
  const partner: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
  for (let i = 0; i < text.length; i++) {
    if (text.startsWith('"""', i)) i = text.indexOf('"""', i + 3) + 2;
    else if (text[i] === '"') while (text[++i] !== '"') i += text[i] === '\\' ? 1 : 0;
    else if (text[i] === comment) i = text.indexOf('\n', i);
    else if ('([{'.includes(text[i]!)) open.push(text[i]!);
    else if (Object.hasOwn(partner, text[i]!)) expect(open.pop(), text.slice(i - 60, i + 1)).toBe(partner[text[i]!]);
  }
  expect(open).toEqual([]);
}

type Nested = number | string | Nested[];

/** The list that a NetLogo reporter of constants reports. */
function netlogoList(text: string, reporter: string): Nested[] {
  const body = new RegExp(`to-report \\S+-${reporter}\\n\\s+report (\\[[\\s\\S]*?\\])\\nend`).exec(text)![1]!;
  return JSON.parse(
    body
      .replace(/"(?:[^"\\]|\\.)*"|-?[\d.]+/g, '$&,')
      .replaceAll(']', '],')
      .replace(/,\s*\]/g, ']')
      .replace(/,\s*$/, ''),
  );
}

/** The texts between three quotes that a Julia constant is read from. */
const juliaBlocks = (text: string): string[][] =>
  [...text.matchAll(/"""\n([\s\S]*?)\n"""/g)].map(([, block]) => block!.split(/\s+/));

/** What a program in NetLogo computes from its lists, said once more. */
function netlogoRow(text: string, actions: number): (bits: readonly number[]) => number[] {
  if (!text.includes('-members')) {
    const keys = netlogoList(text, 'keys') as string[];
    expect(keys).toEqual([...keys].sort());
    return tableRow(keys, netlogoList(text, 'values') as number[], actions);
  }
  const levels = /let levels (\[.*\])/.exec(text)?.[1];
  const members = netlogoList(text, 'members') as unknown as [number[][], [number[][], number[]][]][];
  return networkRow(
    members.map(([features, layers]) => ({
      features,
      layers: layers.map(([weights, bias]) => ({ weights, bias })),
    })),
    levels === undefined ? undefined : JSON.parse(levels.replace(/(\d) /g, '$1, ').replace(', ]', ']')),
  );
}

function juliaRow(text: string, actions: number): (bits: readonly number[]) => number[] {
  const blocks = juliaBlocks(text);
  if (text.includes('const KEYS')) return tableRow(blocks[0]!, blocks[1]!.map(Number), actions);
  const levels = /levels = Float64(\[.*\])/.exec(text)?.[1];
  const inputs = [...text.matchAll(/inputs = Vector\{Int\}\[\n([\s\S]*?)\n {4}\]/g)].map(
    ([, list]) => JSON.parse(`[${list!.trim().replace(/,$/, '')}]`) as number[][],
  );
  const outputs = [...text.matchAll(/outputs = (\d+)/g)].map(([, n]) => Number(n));
  const layersOf = text.split('(inputs = ').slice(1).map((part) => part.split('(outputs').length - 1); // biome-ignore format: one line
  let at = 0;
  const members: Member[] = inputs.map((phrases, m) => ({
    features: phrases.map((one) => one.map((j) => j - 1)),
    layers: Array.from({ length: layersOf[m]! }, () => {
      const [weights, bias] = [blocks[2 * at]!.filter(Boolean).map(Number), blocks[2 * at + 1]!.map(Number)];
      const k = outputs[at++]!;
      return {
        weights: Array.from({ length: weights.length / k }, (_, i) => weights.slice(i * k, (i + 1) * k)),
        bias,
      };
    }),
  }));
  return networkRow(members, levels === undefined ? undefined : JSON.parse(levels));
}

const tableRow =
  (keys: readonly string[], values: readonly number[], actions: number) =>
  (bits: readonly number[]): number[] => {
    const digits = Math.ceil(bits.length / 4);
    const mask = bits.reduce((sum, bit, j) => sum + BigInt(bit) * 2n ** BigInt(j), 0n);
    const row = keys.indexOf(mask.toString(16).padStart(digits, '0'));
    const others = values.slice(row * (actions - 1), (row + 1) * (actions - 1)).map((value) => value / 1e7);
    return [Math.max(0, 1 - others.reduce((sum, p) => sum + p, 0)), ...others];
  };

const networkRow =
  (members: readonly Member[], levels: readonly number[] | undefined) =>
  (bits: readonly number[]): number[] =>
    answerOf(
      {
        kind: 'network',
        members,
        head: (levels ? { kind: 'ordinal', levels } : { kind: 'softmax', actions: 3 }) as NetworkForm['head'],
      },
      (j) => bits[j] === 1,
    );

async function vectorsApart(file: string, row: (bits: readonly number[]) => number[]): Promise<number> {
  const vectors = await readFile(file.replace(/\.\w+$/, '.vectors.csv'), 'utf8');
  const n = iceCream.phrases.length;
  const rows = vectors.trim().split('\n').slice(1).map((line) => line.split(',').map(Number)); // biome-ignore format: one line
  expect(rows.length).toBeGreaterThan(30);
  return Math.max(...rows.flatMap((cells) => row(cells.slice(0, n)).map((p, a) => Math.abs(p - cells[n + a]!))));
}

describe.each([
  ['netlogo', '.nls', ';', netlogoRow],
  ['julia', '.jl', '#', juliaRow],
] as const)('a program in %s, which is not run here', (to, ending, comment, rowOf) => {
  it.each([
    ['student:logistic', 'weights'],
    ['mlp', 'weights'],
    ['mlp', 'table'],
  ] as const)('holds what %s says, as %s', async (name, form) => {
    const out = join(root, `${to}_${form}_${name.replace(/\W/g, '_')}${ending}`);
    const policy = name === 'mlp' ? mlp : name;
    await exportStudent({ scenario: iceCream, policy, to, form, out, vectors: 60 });
    const text = await readFile(out, 'utf8');
    requireBalanced(text, comment);
    expect(text).toMatch(/are not run in (NetLogo|Julia)\./);
    for (const phrase of [...iceCream.phrases, ...iceCream.actions]) expect(text).toContain(JSON.stringify(phrase));
    expect(await vectorsApart(out, rowOf(text, iceCream.actions.length))).toBeLessThan(1e-6);
  });

  it('writes odd words so that a string ends where it should, and several actions with conjunctions of phrases', () => {
    const network: NetworkForm = {
      kind: 'network',
      members: [
        {
          features: [[0], [0, 1]],
          layers: [
            { weights: [[1, -2e-7, 0.5], [3, 1e21, -1]], bias: [0, 1, 2] }, // biome-ignore format: rows
          ],
        },
      ],
      head: { kind: 'softmax', actions: 3 },
    };
    const program: Program = {
      ...{ name: 'odd', about: ['a "note"\nin two lines'], actions: ['go', 'st$ay', 'a\\b'], exclusive: [[0, 1]] },
      ...{ phrases: ['say "hi"', 'costs $5 {x}', 'back\\slash'], example: [0], form: network },
    };
    const text = to === 'julia' ? juliaProgram(program) : netlogoProgram(program);
    requireBalanced(text, comment);
    const row = rowOf(text, 3);
    for (const bits of [[1, 0, 0], [0, 1, 1], [0, 0, 0]]) // biome-ignore format: rows
      row(bits).forEach((p, a) => expect(p).toBeCloseTo(answerOf(network, (j) => bits[j] === 1)[a]!, 9));
    expect(text).toContain(to === 'julia' ? '"costs \\$5 {x}"' : '"costs $5 {x}"');
    expect(text).toContain('"back\\\\slash"');
    if (to === 'netlogo') {
      expect(text).not.toMatch(/^(?!;).*\d[eE][-+]?\d/m);
      expect(() => netlogoProgram({ ...program, phrases: ['a\u2028b'] })).toThrow('no escape for');
      expect(() => netlogoProgram({ ...program, name: '2nd' })).toThrow('NetLogo names reporters after the file');
    } else expect(() => juliaProgram({ ...program, name: '2nd' })).toThrow('Julia names the module after the file');
  });
});

describe('the code around the numbers, run by an interpreter of the part of NetLogo that it uses', () => {
  it.each([
    ['student:logistic', 'weights'],
    ['mlp', 'table'],
  ] as const)('%s, as %s, encodes, answers, decides and compares itself with its vectors', async (name, form) => {
    const out = join(root, `person-${form}.nls`);
    await exportStudent({ scenario: iceCream, policy: name === 'mlp' ? mlp : name, to: 'netlogo', form, out, vectors: 40 }); // biome-ignore format: one line
    const vectors = (await readFile(join(root, `person-${form}.vectors.csv`), 'utf8')).trimEnd().split('\n');
    const run = runNetlogo(await readFile(out, 'utf8'), { 'v.csv': vectors });
    const reporter = `person-${form}`;
    expect(run(`${reporter}-phrases`, [])).toEqual([...iceCream.phrases]);
    expect(run(`${reporter}-check`, ['v.csv'])).toBeLessThan(1e-6);
    const held = [iceCream.phrases[0]!, iceCream.phrases[10]!];
    const p = run(`${reporter}-probabilities`, [held]) as number[];
    expect(p[0]! + p[1]!).toBeCloseTo(1, 12);
    expect(iceCream.actions).toContain(run(`${reporter}-decide`, [held]));
    const [a, b] = iceCream.conflicts[0]!.map((phrase) => iceCream.phrases[phrase]!);
    expect(() => run(`${reporter}-encode`, [[a!, b!]])).toThrow(`${a} and ${b} exclude each other`);
    expect(() => run(`${reporter}-encode`, [['nobody says this']])).toThrow('unknown phrase: nobody says this');
    expect(() => run(`${reporter}-check`, ['w.csv'])).toThrow('there is no w.csv');
    // A vector that says something else is found.
    const other = runNetlogo(await readFile(out, 'utf8'), { 'v.csv': [vectors[0]!, vectors[1]!.replace(/[\d.]+(?:e-\d+)?$/, '0.5')] }); // biome-ignore format: one line
    expect(other(`${reporter}-check`, ['v.csv'])).toBeGreaterThan(1e-3);
  });
});
