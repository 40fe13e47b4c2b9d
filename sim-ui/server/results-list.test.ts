import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { mobilityTown } from '../../scenarios/mobility-v1/scenario.ts';
import { simulate } from '../../sim/simulate.ts';
import { sweep } from '../../sim/sweep/sweep.ts';
import { writeCertificate } from '../../workspace/certificates.ts';
import { workspace as pathsOf } from '../../workspace/paths.ts';
import { resultsSchema } from '../protocol/work.ts';
import { ResultsList } from './results-list.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'results list '));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const listed = async () => resultsSchema.parse(await new ResultsList(folder).read()).kinds;

it('lists nothing where nothing is', async () => {
  expect(await listed()).toEqual([]);
});

it('lists sweeps and recorded runs with their numbers and the commands that make them again', async () => {
  await sweep({
    ...{ scenario: 'mobility-v1', workspace: folder, settings: { fuel: [1, 4] }, policies: ['uniform'], agents: [50] },
    ...{ ticks: 4, replications: 3, processes: 1 },
  });
  const { measures } = await simulate({
    ...{ scenario: mobilityTown(), workspace: folder, policy: 'uniform', agents: 50, seed: 2, ticks: 4 },
    record: join(folder, 'first run'),
  });
  await writeCertificate(pathsOf(folder), {
    ...{ understudy: '0', scenario: 'mobility-v1', sha256: 'a', parameters: { fuel: 2 }, cohorts: true, seed: 0 },
    ...{
      policy: 'student:mlp',
      teacher: 'server:http://x/v1#y',
      agents: 10_000_000,
      ticks: 210,
      atMost: 1000,
      asked: 900,
    },
    ...{ level: 0.95, covered: 0.5 },
    outcomes: { trips: { total: 123_456.7, teacher: 123_400, difference: 56.7, lower: -1500.2, upper: 1613.6 } },
  });
  const [sweeps, certificates, runs] = await listed();
  expect(certificates!.results).toEqual([
    expect.objectContaining({
      what: 'trips of 10,000,000 agents × 210 ticks: student:mlp less server:http://x/v1#y',
      number: '56.70 [−1,500, 1,614] of 123,457, 95 % certain, 900 questions',
      command: `understudy simulate --policy student:mlp --agents 10000000 --ticks 210 --cohorts --set fuel=2 --certify 'server:http://x/v1#y' --questions 1000 --workspace '${folder}'`,
    }),
  ]);
  expect(sweeps).toMatchObject({ kind: 'sweep', problems: [], more: 0 });
  expect(sweeps!.results.map(({ what }) => what)).toEqual([
    '6 runs over fuel (grid)',
    expect.stringMatching(/^fuel 1, uniform, /),
    expect.stringMatching(/^fuel 4, uniform, /),
  ]);
  expect(sweeps!.results[1]!.number).toMatch(/^[\d.]+ \[[−\d.]+, [\d.]+\]$/);
  expect(sweeps!.results[0]!.command).toBe(
    `understudy sweep --set fuel=1,4 --policy uniform --agents 50 --replications 3 --ticks 4 --workspace '${folder}'`,
  );
  const [name, total] = Object.entries(measures)[0]!;
  expect(runs!.results).toEqual([
    {
      what: 'first run: uniform, 50 agents × 4 ticks, seed 2',
      number: expect.stringContaining(`${name} ${total}`),
      command: `understudy replay '${join(folder, 'first run')}' --workspace '${folder}'`,
      file: join('first run', 'run.json'),
      made: expect.any(String),
    },
  ]);
});

it('says which files cannot be read, and lists the others', async () => {
  const { stability, evaluation, sweep: sweeps } = pathsOf(folder);
  for (const [path, text] of [
    [stability, '{"teacher": 3'],
    [evaluation, '{}'],
    [join(sweeps, 'sweep.json'), '[]'],
    [join(folder, 'run1', 'run.json'), '{"files": 1}'],
  ] as const) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const kinds = await listed();
  expect(kinds.map(({ kind, results, problems }) => [kind, results.length, problems.length])).toEqual([
    ['evaluation', 0, 1],
    ['stability', 0, 1],
    ['sweep', 0, 1],
    ['run', 0, 1],
  ]);
  expect(kinds[1]!.problems[0]).toContain('stability.json is damaged: it is not JSON');
});

it('reads the files once for all who ask at the same time', async () => {
  let reads = 0;
  const list = new ResultsList(folder, [
    { kind: 'one', title: 'One', files: async () => [folder], read: async () => [{ what: 'a', number: `${++reads}` }] },
  ]);
  const [first, second] = await Promise.all([list.read(), list.read()]);
  expect(first).toBe(second);
  expect(first.kinds[0]!.results[0]).toMatchObject({ what: 'a', number: '1', file: '.' });
});
