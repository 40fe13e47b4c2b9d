import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeServer } from '../policies/models/server/fake-server.test-support.ts';
import { freePort, serverCommand, startServer, type TestServer, withoutServer } from '../queue/server.test-support.ts';
import { work } from '../queue/worker.ts';
import { defaultScenario } from '../scenarios/default-scenario.ts';
import { json, understudy } from './run.test-support.ts';

const stop = new AbortController();
let server: TestServer;
let folder: string;
let working: Promise<unknown>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'queued-'));
  if (!serverCommand) return;
  server = await startServer();
  const script = new URL('./job-child', import.meta.url);
  const where = { queue: server.url, workspace: folder, name: 'here' };
  working = work({ ...where, concurrency: 2, scenario: defaultScenario, script, signal: stop.signal });
});
afterAll(async () => {
  stop.abort();
  await working;
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** What is written of a run alone is the same; when it was, and how long it took, is not. */
const untimed = (text: string) =>
  text.replace(/"(?:finished|began|at)": ?"[^"]*"|"(?:seconds|agentStepsPerSecond|wallSeconds)": ?[\d.e-]+/g, '');

describe.skipIf(!serverCommand)(serverCommand ? '--queue' : withoutServer, () => {
  const commands: readonly [string, string[], string[]][] = [
    [
      'dataset',
      ['--scenario', 'mobility-v1', '--teacher', 'oracle', '--size', '40'],
      ['data/train.jsonl', 'data/test.jsonl', 'data/rejects.jsonl', 'data/dataset.json'],
    ],
    [
      'simulate',
      ['--scenario', 'mobility-v1', '--policy', 'oracle', '--agents', '50', '--ticks', '4', '--replications', '5'],
      [],
    ],
    [
      'sweep',
      [
        '--scenario',
        'mobility-v1',
        '--policy',
        'oracle',
        '--set',
        'fuel=1,2',
        '--processes',
        '1',
        '--agents',
        '50',
        '--ticks',
        '4',
        '--replications',
        '2',
      ],
      [
        'results/sweep/runs.csv',
        'results/sweep/summary.csv',
        'results/sweep/sweep.json',
        'results/sweep/journal.jsonl',
      ],
    ],
    [
      'audit',
      [
        ...['fuel=1', 'fuel=6', '--scenario', 'mobility-v1', '--wordings', '2', '--agents', '20', '--ticks', '2'],
        ...['--outcome', 'reward', '--expect', 'less', '--teacher', 'oracle'],
      ],
      ['results/metrics/audit.json', 'results/metrics/audit.csv'],
    ],
  ];

  it.each(commands)('gives the bytes of a single %s', async (verb, flags, files) => {
    const [alone, shared] = [join(folder, `${verb}-alone`), join(folder, `${verb}-shared`)];
    const queue = ['--queue', server.url, '--jobs', '3'];
    // The path of a workspace may be absolute; it is nobody else's business.
    const [single, several] = await Promise.all([
      understudy(verb, ...flags, '--workspace', alone, '--json'),
      understudy(verb, ...flags, '--workspace', shared, ...queue, '--json'),
    ]);
    expect(several.stderr).toMatch(/✓ jobs: 3 in/);
    expect({ ...several, stderr: '' }).toMatchObject({ code: 0 });
    const result = (run: typeof single) => untimed(JSON.stringify(json(run)).replaceAll('-shared', '-alone'));
    expect(result(several)).toBe(result(single));
    for (const file of files) {
      const textOf = (workspace: string) => untimed(readFileSync(join(workspace, file), 'utf8'));
      expect(textOf(shared), file).toBe(textOf(alone));
    }
    const { stdout } = await understudy('worker', '--queue', server.url, '--status', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ workers: [{ name: 'here' }], runs: [] });
  });

  it('asks a model behind a server by the worker that has it, and by no other', async () => {
    let questions = 0;
    await using model = await FakeServer.start({
      iceCream: false,
      reply: ({ body }) => {
        questions++;
        const [walk, cycle] = [0, 1].map((i) => (JSON.stringify(body.messages).length % (7 + i)) / 20);
        return JSON.stringify({ walk, cycle, bus: 0.1, car: 0.1 });
      },
    });
    const teacher = `server:http://${model.host}/v1#gemma`;
    const flags = [
      '--scenario',
      'mobility-v1',
      '--teacher',
      teacher,
      '--prompts',
      '4',
      '--runs',
      '2',
      '--embedder',
      'words',
    ];
    const measure = (name: string, ...more: string[]) =>
      understudy('stability', ...flags, '--workspace', join(folder, name), ...more);
    expect(await measure('steady-alone')).toMatchObject({ code: 0 });
    const asked = questions;
    const asking = new AbortController();
    const script = new URL('./job-child', import.meta.url);
    const worker = work({
      ...{ queue: server.url, name: 'gpu', teachers: [teacher], scenario: defaultScenario, script },
      signal: asking.signal,
    });
    questions = 0;
    expect(await measure('steady-shared', '--queue', server.url, '--jobs', '2')).toMatchObject({ code: 0 });
    expect(questions).toBeGreaterThanOrEqual(asked);
    asking.abort();
    expect(await worker).toMatchObject({ name: 'gpu', done: 2, failed: 0 });
    for (const file of ['stability.json', 'stability.csv']) {
      const textOf = (name: string) => untimed(readFileSync(join(folder, name, 'results', 'metrics', file), 'utf8'));
      expect(textOf('steady-shared')).toBe(textOf('steady-alone'));
    }
  });

  it('says in one sentence what is wrong with a command', async () => {
    const queue = ['--queue', server.url];
    const absolute = join(folder, 'dataset-alone', 'data', 'train.jsonl');
    const cases: readonly [string[], RegExp][] = [
      [['dataset', ...queue, '--shard', '1/2'], /--shard does one part of the work here: leave out --shard or --queue/],
      [['dataset', ...queue, '--max-questions', '9'], /--max-questions is held in one process/],
      [['dataset', ...queue, '--plan'], /--plan says what all of the work comes to/],
      [['simulate', ...queue, '--agents', '9'], /--queue shares out runs by their seeds: add --replications R/],
      [
        ['dataset', ...queue, '--teacher', `recorded:${absolute}`],
        /write it relative to the current directory: \S*train\.jsonl/,
      ],
      [
        ['dataset', '--queue', `redis://:secret@127.0.0.1:${await freePort()}`],
        /no Redis or Valkey server answers at redis:\/\/127/,
      ],
      [['worker'], /name the server/],
      [
        ['worker', ...queue, '--teacher', 'gemma-3-4b'],
        /this machine has no gemma-3-4b: .*; understudy pull gemma-3-4b/,
      ],
    ];
    for (const [args, reason] of cases) {
      const { code, stdout, stderr } = await understudy(...args, '--workspace', join(folder, 'wrong'));
      expect({ code: code > 0, stdout }, args.join(' ')).toEqual({ code: true, stdout: '' });
      expect(stderr).toMatch(reason);
      expect(stderr).not.toContain('secret');
    }
  });

  it('runs a module as a scenario only at a worker that allows it', async () => {
    const file = relative(process.cwd(), join(folder, 'town.mjs'));
    expect((await understudy('new', file)).code).toBe(0);
    const command = [
      'dataset',
      '--scenario',
      file,
      '--size',
      '20',
      '--workspace',
      join(folder, 'module'),
      '--jobs',
      '2',
    ];
    const sharing = understudy(...command, '--queue', server.url);
    const allowing = new AbortController();
    const script = new URL('./job-child', import.meta.url);
    const careless = work({
      ...{ queue: server.url, concurrency: 1, scenario: defaultScenario, script, name: 'careless' },
      ...{ allowModules: true, signal: allowing.signal },
    });
    const { code, stderr } = await sharing;
    allowing.abort();
    await careless;
    expect(stderr).toMatch(
      /here leaves these jobs to others: \S*town\.mjs is code, and it was started without --allow-modules/,
    );
    expect(code).toBe(0);
  });
});
