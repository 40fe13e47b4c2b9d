import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { csvRows } from '../csv.ts';
import { readDecisions } from '../decisions.ts';
import { workspace } from '../paths.ts';
import type { DatasetRow, DatasetRows } from '../rows.ts';
import { exportRows, requireExportable, researchLine } from './export.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'understudy-export-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const common = { scenario: 'ice-cream-v1', teacher: 'someone-0123', elicitation: 'sample', seed: 2 ** 40 } as const;
const plain: DatasetRow = { traits: ['cheap'], context: [], probability_LLM: 1, ...common };
const full: DatasetRow = {
  traits: ['likes sweets', 'impulsive buyer'],
  context: ['ice cream is cheap today (discount)', 'hungry'],
  probability_LLM: 0.123456,
  repeats: 2,
  probability_sd: 0.05,
  probability_repeats: [0.1, 0.15],
  explanation: 'He said "yes, please",\nand it is 30 °C.',
  explained_probability: 0.1,
  ...common,
  temperature: 0.7,
  template: '0123456789ab',
  model: 'ba9876543210',
};
const single: DatasetRow = { ...plain, repeats: 1, probability_sd: null, probability_repeats: [1] };
const rows: DatasetRows = { train: [full, plain], test: [single], rejects: [] };

const written = async (name: string, of = rows) => {
  const path = join(root, name);
  const file = await exportRows(path, of, root);
  return { file, content: readFileSync(path) };
};

describe('an export to .csv', () => {
  it('reads back as the rows, with the part that each is in', async () => {
    const { file, content } = await written('rows.csv');
    expect(file).toMatchObject({ path: 'rows.csv', rows: 3 });
    const [first, second, third] = csvRows(content.toString());
    expect(first).toEqual({
      split: 'train',
      traits: 'likes sweets; impulsive buyer',
      context: 'ice cream is cheap today (discount); hungry',
      probability_LLM: '0.123456',
      repeats: '2',
      probability_sd: '0.05',
      probability_repeats: '0.1; 0.15',
      explanation: 'He said "yes, please",\nand it is 30 °C.',
      explained_probability: '0.1',
      scenario: 'ice-cream-v1',
      teacher: 'someone-0123',
      elicitation: 'sample',
      temperature: '0.7',
      seed: '1099511627776',
      template: '0123456789ab',
      model: 'ba9876543210',
    });
    expect(second).toMatchObject({ split: 'train', context: '', explanation: '', probability_LLM: '1' });
    expect(third).toMatchObject({ split: 'test', repeats: '1', probability_sd: '' });
  });

  it('has no column that no row has a value for', async () => {
    const { content } = await written('rows.csv', { ...rows, train: [plain], test: [plain] });
    expect(content.toString().split('\n')[0]).toBe(
      'split,traits,context,probability_LLM,scenario,teacher,elicitation,seed',
    );
  });
});

describe('an export to .parquet', () => {
  it('reads back as the rows, lists as lists, numbers as numbers, what is absent as null', async () => {
    const { content } = await written('rows.parquet');
    const file = new Uint8Array(content).buffer;
    const [first, second, third] = await parquetReadObjects({ file });
    expect(first).toEqual({ split: 'train', ...full, repeats: 2n, seed: 2n ** 40n });
    expect(second).toMatchObject({
      split: 'train',
      traits: ['cheap'],
      context: [],
      probability_LLM: 1,
      explanation: null,
    });
    expect(third).toMatchObject({ split: 'test', repeats: 1n, probability_sd: null, probability_repeats: [1] });
    const types = Object.fromEntries(parquetMetadata(file).schema.map(({ name, type }) => [name, type]));
    expect(types).toMatchObject({ probability_LLM: 'DOUBLE', seed: 'INT64', explanation: 'BYTE_ARRAY' });
  });

  it('has a whole data set: thousands of rows, more than one row group', async () => {
    const many = Array.from({ length: 2500 }, (_, i) => ({ ...plain, probability_LLM: i / 2500 }));
    const { content } = await written('rows.parquet', { ...rows, train: many, test: [full] });
    const read = await parquetReadObjects({ file: new Uint8Array(content).buffer });
    expect(read.map((row) => row.probability_LLM)).toEqual([...many, full].map((row) => row.probability_LLM));
    expect(read.at(-1)).toMatchObject({ traits: full.traits, context: full.context, explanation: full.explanation });
  });
});

describe("an export to .jsonl in the research original's shape", () => {
  it('has its three keys only, train before test, and is read as any other file', async () => {
    const { content } = await written('rows.jsonl');
    const lines = content
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => Object.keys(line))).toEqual(Array(3).fill(['traits', 'context', 'probability_LLM']));
    const { observations, probabilities } = await readDecisions(join(root, 'rows.jsonl'), iceCream);
    expect(observations.masks).toHaveLength(3);
    expect(Array.from(probabilities).filter((_, i) => i % 2 === 1)).toEqual([0.123456, 1, 1]);
  });

  // As json.dumps of Python 3.11 writes them.
  it.each([
    [0.15, '0.15'],
    [1, '1.0'],
    [0, '0.0'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [0.000012, '1.2e-05'],
  ])('writes %s as Python does', (probability, number) => {
    expect(researchLine({ traits: ['a', 'b "c"'], context: [], probability_LLM: probability })).toBe(
      `{"traits": ["a", "b \\"c\\""], "context": [], "probability_LLM": ${number}}`,
    );
  });
});

describe('an export in any form', () => {
  it('is read as the same decisions', async () => {
    const forms = [];
    for (const name of ['rows.csv', 'rows.parquet', 'rows.jsonl']) {
      await written(name);
      const { observations, probabilities, rows: read } = await readDecisions(join(root, name), iceCream);
      forms.push({ observations, probabilities });
      if (name === 'rows.jsonl') continue;
      expect(read[0]).toEqual({ split: 'train', ...full });
      expect(read[2]).toMatchObject({ split: 'test', repeats: 1, probability_repeats: [1], seed: 2 ** 40 });
    }
    expect(forms[1]).toEqual(forms[0]);
    expect(forms[2]).toEqual(forms[0]);
  });

  it('keeps the probabilities of three actions', async () => {
    const three = { ...iceCream, actions: ['skip', 'buy', 'steal'] };
    const row = { ...plain, probability_LLM: 0.2, probabilities: [0.5, 0.2, 0.3] };
    for (const name of ['rows.csv', 'rows.parquet']) {
      await written(name, { ...rows, train: [row], test: [] });
      expect([...(await readDecisions(join(root, name), three)).probabilities]).toEqual([0.5, 0.2, 0.3]);
    }
  });
});

describe('what cannot be exported is said before anything is asked', () => {
  const refused = (path: string, scenario = iceCream) =>
    expect(requireExportable([path], scenario, workspace(root))).rejects;

  it('a form that nobody knows, a folder, and the files of the data set itself', async () => {
    await refused(join(root, 'rows.xlsx')).toThrow(/rows\.xlsx: .*one of \.jsonl, \.csv, \.parquet/);
    await refused(join(root, 'rows')).toThrow(/one of/);
    mkdirSync(join(root, 'folder.csv'));
    await refused(join(root, 'folder.csv')).toThrow(/is a folder/);
    await refused(join(root, 'data', 'train.jsonl')).toThrow(/a file of the data set itself/);
    await expect(
      requireExportable([join(root, 'data', 'rows.CSV')], iceCream, workspace(root)),
    ).resolves.toBeUndefined();
  });

  it('three actions in a shape that has room for two', async () => {
    const three = { ...iceCream, actions: ['skip', 'buy', 'steal'] };
    await refused('rows.jsonl', three).toThrow(/has 3; use \.csv or \.parquet/);
    await expect(requireExportable(['rows.csv'], three, workspace(root))).resolves.toBeUndefined();
  });
});
