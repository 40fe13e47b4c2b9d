import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataset } from '../../distill/dataset/dataset.ts';
import { train } from '../../distill/training/train.ts';
import { sequence } from '../../env/random.ts';
import { audit } from '../../measure/audit/audit.ts';
import { compare } from '../../measure/compare/compare.ts';
import { evaluate } from '../../measure/evaluation/evaluate.ts';
import { stability } from '../../measure/stability/stability.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { openStudy } from '../../scenarios/study.ts';
import { sweep } from '../../sim/sweep/sweep.ts';
import { archiveOf, type Entry, readArchive } from '../../workspace/archive.ts';
import { sha256 } from '../../workspace/hash.ts';
import { labelLine } from '../../workspace/label.ts';
import { packStudy } from './pack.ts';
import { verifyStudy } from './verify.ts';

let root: string;
let tar: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'understudy-pack-'));
  const at = { workspace: root, scenario: iceCream, seed: 1 };
  await (await openStudy({ workspace: root })).remember();
  await dataset({ ...at, teacher: 'oracle', size: 250, order: 'canonical', elicit: 'sample' });
  await train({ ...at, student: 'rules', train: join(root, 'data', 'train.jsonl') });
  await stability({
    ...{ ...at, teacher: ['oracle', 'oracle?paraphrase:0=0.5'], prompts: 6, runs: 3, temperature: 1 },
    ...{ facets: ['temperature', 'order', 'paraphrase'], crossed: true, orders: 2, temperatures: [0, 1] },
  });
  const runs = { workspace: root, agents: [20], ticks: 6, replications: 2, seed: 1 };
  await sweep({ ...runs, scenario: 'ice-cream-v1', policies: ['oracle', 'uniform', 'constant:0.2'] });
  await compare({
    ...{ a: { scenario: iceCream, policy: 'student:rules' }, b: { scenario: iceCream, policy: 'uniform' } },
    ...{ workspace: root, agents: 20, replications: 4, ticks: 6, resamples: 99 },
    command: 'understudy compare student:rules uniform --resamples 99',
  });
  await audit({
    ...{
      scenario: iceCream,
      outcome: 'p:buy',
      expect: 'less',
      wordings: 8,
      teachers: ['oracle'],
      agents: 5,
      workspace: root,
    },
    a: { name: 'hot summer day', phrases: ['hot summer day'] },
    b: { name: 'cold winter day', phrases: ['cold winter day'] },
  });
  const teacher = ['oracle', 'oracle?paraphrase:0=0.5'];
  await evaluate({ ...at, test: join(root, 'data', 'test.jsonl'), agents: 20, orders: 3, budget: 80, teacher });
  const record = { outcome: 'ok', probabilities: [0.5, 0.5], teacher: 'somebody' };
  await writeFile(join(root, 'data', 'labels.jsonl'), `${labelLine('a'.repeat(64), record)}\n`);
  tar = (await packStudy({ workspace: root })).file;
}, 300_000);
afterAll(() => rm(root, { recursive: true }));

/** The pack with one file changed; with a manifest that says so, if somebody knew how. */
async function tampered(name: string, change: (text: string) => string, knowing: boolean, from = tar): Promise<string> {
  const entries = readArchive(await readFile(from), 'it').map(({ name, content }) => ({
    name,
    content: Buffer.from(content),
  }));
  const entry = entries.find((one) => one.name === name)! as Entry & { content: Buffer };
  const before = entry.content.toString();
  const after = change(before);
  expect(after).not.toBe(before);
  const changed = entries.map((one) => (one === entry ? { name, content: Buffer.from(after) } : one));
  const file = join(root, 'tampered.tar');
  const made = changed.map((one) =>
    one.name === 'manifest.json' && knowing
      ? { ...one, content: Buffer.from(one.content.toString().replace(sha256(before), sha256(after))) }
      : one,
  );
  await writeFile(file, archiveOf(made));
  return file;
}

/** Which check a result belongs to. */
const groupOf = (name: string): string => /\/(stability|audit|compare|sweep)\b/.exec(name)?.[1] ?? 'evaluation';

const differing = async (file: string) => {
  const { ok, checks } = await verifyStudy({ file });
  expect(ok).toBe(false);
  return checks
    .filter(({ outcome }) => outcome === 'differs')
    .flatMap(({ what, details }) => details.map((one) => `${what}: ${one}`));
};

it('the same study gives the same bytes', async () => {
  const [first, second] = [
    await packStudy({ workspace: root, out: join(root, 'a.tar') }),
    await packStudy({ workspace: root, out: join(root, 'b.tar') }),
  ];
  expect(first.sha256).toBe(second.sha256);
});

it('every number is computed again and is the same', async () => {
  const { checks } = await verifyStudy({ file: tar });
  expect(checks.map(({ what, outcome, details }) => [what, outcome, outcome === 'same' ? '' : details])).toEqual(
    [
      ...['files', 'labels', 'data set', 'scenario', 'students'],
      ...['stability', 'sweep', 'audit', 'comparison', 'evaluation'],
    ]
      .map((what) => [what, 'same', ''])
      .concat([['other results', 'not checked', expect.arrayContaining([expect.stringMatching(/^results\/logs\/rules\.csv is held against the manifest alone: /), expect.stringMatching(/^the counts in data\/dataset\.json are held/)])]]), // biome-ignore format: one line
  );
});

describe('what was tampered with is named', () => {
  it('a file, by the manifest', async () => {
    const file = await tampered('data/train.jsonl', (text) => text.replace('hungry', 'hungrY'), false);
    expect((await differing(file))[0]).toMatch(/^files: data\/train\.jsonl was changed: its sha256 is/);
  });

  it('a label, by its checksum', async () => {
    const file = await tampered('data/labels.jsonl', (text) => text.replace('0.5,0.5', '0.4,0.6'), true);
    expect(await differing(file)).toEqual([
      'labels: data/labels.jsonl, line 1: does not match its checksum: it was changed after it was written; restore the file from a copy, remove the line, or move the file away to begin a new one',
    ]);
  });

  it('a number of the evaluation, by its place', async () => {
    const file = await tampered(
      'results/metrics/evaluation.json',
      (text) =>
        text
          .replace(/("model": "rules",(?:(?!"model").)*?"mse": )0\.\d+/s, '$10.001')
          .replace(/^(\s*"mse": )0\.\d+/m, '$10.001'),
      true,
    );
    expect((await differing(file))[0]).toMatch(
      /^evaluation: results\/metrics\/evaluation\.json, models\[\w+\]\.mse: 0\.001, computed again 0\.0/,
    );
  });

  it('a prediction, by its line', async () => {
    const file = await tampered(
      'results/metrics/predictions.csv',
      (text) => text.replace(/\.\d\d\d\n/, '.123\n').replace(/(\n0,[^\n]*?)0\.\d{4}/, '$10.9999'),
      true,
    );
    expect(await differing(file)).toContainEqual(
      expect.stringMatching(
        /^evaluation: results\/metrics\/predictions\.csv differs in \d+ lines?s?, first in line \d+$/,
      ),
    );
  });

  it('a number of the stability study', async () => {
    const file = await tampered(
      'results/metrics/stability.json',
      (text) => text.replace(/"mard": 0\.\d+/, '"mard": 0.5'),
      true,
    );
    expect((await differing(file)).join()).toMatch(
      /stability: results\/metrics\/stability\.json, mard: 0\.5, computed again 0\./,
    );
  });

  it('numbers of every kind that are computed again, each by its place', async () => {
    const changes: readonly (readonly [file: string, pattern: RegExp, instead: string, found: RegExp])[] = [
      ['metrics/stability.json', /("order": \{[\s\S]*?"meanAbsoluteDifference": )0\.\d+/, '$10.5', /^stability: [^,]+, facets\.order\.meanAbsoluteDifference: 0\.5, computed again/], // biome-ignore format: one line
      ['metrics/stability.json', /("effect": "prompt",[\s\S]*?"variance": )0\.\d+/, '$10.5', /components\.effects\[0\]\.variance: 0\.5, computed again/], // biome-ignore format: one line
      ['metrics/stability.json', /("distance": \{\s+"value": )0\.\d+/, '$10.5', /sideBySide\.pairs\[0\]\.distance\.value: 0\.5/], // biome-ignore format: one line
      ['sweep/runs.csv', /^(1,.*?,)\d\.\d+,/m, '$10.123,', /^sweep: results\/sweep\/runs\.csv, run 1: the journal says that it came to something else/], // biome-ignore format: one line
      ['sweep/summary.csv', /,2,0\.\d+,/, ',2,0.123,', /^sweep: results\/sweep\/summary\.csv is not what the runs give, first in line \d+/], // biome-ignore format: one line
      ['metrics/audit.json', /"median": -?0\.\d+/, '"median": 0.5', /^audit: results\/metrics\/audit\.json, range\.median: 0\.5, computed again/], // biome-ignore format: one line
      ['metrics/audit.csv', /^(1,.*,)(-?0\.\d+)(,,,)/m, '$10.77$3', /^audit: results\/metrics\/audit\.csv, line 2, is not what its runs give/], // biome-ignore format: one line
      ['metrics/compare.json', /"meanA": 0\.\d+/, '"meanA": 0.5', /^comparison: [^,]+, statistics\[0\]\.meanA: 0\.5/], // biome-ignore format: one line
    ];
    let file = tar;
    for (const [name, pattern, instead] of changes)
      file = await tampered(`results/${name}`, (text) => text.replace(pattern, instead), true, file);
    const found = (await differing(file)).join('\n');
    for (const [, , , said] of changes) expect(found).toMatch(new RegExp(said.source, 'm'));
  });

  it('any number of any result, by its file', async () => {
    const random = sequence(1, 'sampling');
    const numbers = readArchive(await readFile(tar), 'it').flatMap(({ name, content }) => {
      if (!/^results\/(?:metrics|sweep)\/.*\.(?:json|csv)$/.test(name)) return [];
      const text = Buffer.from(content).toString();
      // A number on a line of its own in JSON, a cell in CSV.
      const pattern = name.endsWith('.json') ? /(?<=^ +(?:"[^"]+": )?)-?\d[\d.e-]*(?=,?$)/gm : /(?<=[,\n])-?\d[\d.e-]*(?=[,\n])/g; // biome-ignore format: one line
      const places = [...text.matchAll(pattern)];
      return places.length > 0 ? [{ name, text, places, group: groupOf(name) }] : [];
    });
    expect(numbers.map(({ group }) => group)).toEqual(expect.arrayContaining(['stability', 'audit', 'sweep', 'compare', 'evaluation'])); // biome-ignore format: one line
    const escaped: string[] = [];
    for (let round = 0; round < 6; round++) {
      let file = tar;
      const changed: string[] = [];
      for (const group of new Set(numbers.map((one) => one.group))) {
        // An evaluation rests on what is known of the teacher's noise.
        if (group === ['stability', 'evaluation'][round % 2]) continue;
        const own = numbers.filter((one) => one.group === group);
        const { name, text, places } = own[Math.floor(random() * own.length)]!;
        const { 0: number, index } = places[Math.floor(random() * places.length)]!;
        const instead = String(Number.isInteger(Number(number)) ? Number(number) + 1 : Number(number) + 0.013);
        const after = text.slice(0, index) + instead + text.slice(index + number.length);
        file = await tampered(name, () => after, true, file);
        changed.push(`${name}, line ${text.slice(0, index).split('\n').length}: ${number}`);
      }
      const found = (await differing(file)).join('\n');
      escaped.push(...changed.filter((one) => !found.includes(one.split(',')[0]!)));
    }
    expect(escaped).toEqual([]);
  });

  it('a student', async () => {
    const file = await tampered(
      'models/configs/rules.json',
      (text) => text.replace(/"sha256": "[0-9a-f]{8}/, '"sha256": "00000000'),
      true,
    );
    expect((await differing(file))[0]).toMatch(
      /^students: models\/saved_models\/rules\.onnx is damaged or does not belong to models\/configs\/rules\.json/,
    );
  });
});

it('refuses what is not a pack', async () => {
  const file = join(root, 'other.tar');
  await writeFile(file, 'a text');
  await expect(verifyStudy({ file })).rejects.toThrow(/other\.tar is not an archive$/);
  await writeFile(file, archiveOf([{ name: 'x', content: Buffer.from('y') }]));
  await expect(verifyStudy({ file })).rejects.toThrow(
    /other\.tar is an archive, but not a pack: it has no manifest\.json of one$/,
  );
  await expect(verifyStudy({ file: join(root, 'nowhere.tar') })).rejects.toThrow(
    /nowhere\.tar cannot be read \(ENOENT\)$/,
  );
  await expect(packStudy({ workspace: join(root, 'data') })).rejects.toThrow(
    /holds no study; `understudy study` makes one$/,
  );
});
