import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeRequest, FakeServer } from '../policies/models/server/fake-server.test-support.ts';
import { merge as mergeShards } from '../verbs.ts';
import { json, understudy } from './run.test-support.ts';

let folder: string;
let server: FakeServer;
/** How often each question was asked. */
let asked: Map<string, number>;
/** One question in so many is never answered; none if it is 0. */
let hopeless: number;
beforeEach(async () => {
  hopeless = 16;
  folder = mkdtempSync(join(tmpdir(), 'understudy-merge-'));
  asked = new Map();
  server = await FakeServer.start({ iceCream: false, reply });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Replies as a model of five actions might; to some questions only when they are asked again, to few never. */
const reply = ({ body }: FakeRequest): string => {
  const prompt = `${body.messages[0].content}\n${body.seed ?? 0}`;
  const n = asked.get(prompt) ?? 0;
  asked.set(prompt, n + 1);
  const hash = createHash('sha256').update(prompt).digest();
  if ((hopeless > 0 && hash[0]! % hopeless === 0) || (hash[0]! % 4 === 1 && n === 0)) return 'who knows';
  const [walk, cycle, bus, car] = [1, 2, 3, 4].map((i) => (hash[i]! % 25) / 100);
  return JSON.stringify({ walk, cycle, bus, car, explanation: 'so it is' });
};

const teacher = () => `server:http://${server.host}/v1#gemma`;
const at = (name: string) => join(folder, name);
const bytes = (name: string) => readFileSync(at(name), 'utf8');
const lines = (name: string) => bytes(name).trimEnd().split('\n').sort();
const dataset = (workspace: string, ...more: string[]) =>
  understudy('dataset', '--scenario', 'mobility-v1', '--workspace', at(workspace), '--teacher', teacher(), '--elicit', 'greedy', '--size', '40', '--seed', '3', ...more); // biome-ignore format: one line
const merge = (workspace: string, ...more: string[]) => understudy('merge', '--workspace', at(workspace), ...more);
const shardsOf = (workspace: string) =>
  readdirSync(at(`${workspace}/shards`)).map((name) => at(`${workspace}/shards/${name}`));

describe('a data set in shards', () => {
  it('is that of a single run, from processes of one workspace or files that are carried together', async () => {
    expect((await dataset('one')).code).toBe(0);
    const before = asked.size;
    asked.clear();
    const reports = [];
    for (const shard of ['1/3', '2/3', '3/3'])
      reports.push(await dataset(`node-${shard[0]}`, '--shard', shard, '--json'));
    expect(reports.map(({ code }) => code)).toEqual([0, 0, 0]);
    // Each question was asked once, and again where its first answer could not be used.
    expect(asked.size).toBe(before);
    expect(reports.map((report) => json(report).own).reduce((a, b) => a + b)).toBeGreaterThanOrEqual(before);
    expect(existsSync(at('node-1/data'))).toBe(false);
    asked.clear();
    const merged = await merge('many', at('node-1/shards'), ...shardsOf('node-2'), at('node-3/shards'), '--json');
    expect([merged.code, merged.stderr]).toEqual([0, expect.stringContaining('dataset: 3 of 3 shards')]);
    expect(asked.size).toBe(0);
    for (const name of ['train', 'test', 'rejects']) expect(bytes(`many/data/${name}.jsonl`)).toBe(bytes(`one/data/${name}.jsonl`)); // biome-ignore format: one line
    expect(lines('many/data/rejects.jsonl').length).toBeGreaterThan(0);
    expect(lines('many/data/labels.jsonl')).toEqual(lines('one/data/labels.jsonl'));
    const [one, many] = ['one', 'many'].map((name) => JSON.parse(bytes(`${name}/data/dataset.json`)));
    expect({ ...many, finished: one.finished, seconds: one.seconds }).toEqual(one);
    expect(json(merged).merged[0].result.answers).toEqual(one.answers);
  });
});

describe('a sweep in shards', () => {
  const sweep = (workspace: string, ...more: string[]) =>
    understudy('sweep', '--scenario', 'mobility-v1', '--workspace', at(workspace), '--set', 'fuel=1,2,4', '--policy', 'uniform', '--policy', 'constant:0.1,0.2,0.3,0.2,0.2', '--agents', '20', '--ticks', '3', '--replications', '3', '--processes', '1', ...more); // biome-ignore format: one line

  it('has the journal and the tables of a single run, with the runs that fail', async () => {
    // Decisions that hardly anything is among.
    writeFileSync(at('few.jsonl'), '{"traits": [], "context": ["at home after work"], "probabilities": {"stay": 1}}\n');
    const few = ['--policy', `recorded:${at('few.jsonl')}`];
    expect((await sweep('one', ...few)).code).toBe(0);
    const reports: { own: number; failed: number }[] = [];
    for (const shard of ['1/3', '2/3', '3/3'])
      reports.push(json(await sweep('many', ...few, '--shard', shard, '--json')));
    const sum = (of: (report: (typeof reports)[number]) => number) => reports.map(of).reduce((a, b) => a + b);
    expect([sum(({ own }) => own), sum(({ failed }) => failed)]).toEqual([27, 9]);
    expect(existsSync(at('many/results'))).toBe(false);
    expect((await merge('many')).code).toBe(0);
    const files = readdirSync(at('one/results/sweep')).sort();
    expect(files).toEqual(expect.arrayContaining(['journal.jsonl', 'failures.csv']));
    expect(readdirSync(at('many/results/sweep')).sort()).toEqual(files);
    for (const file of files)
      expect(bytes(`many/results/sweep/${file}`), file).toBe(bytes(`one/results/sweep/${file}`));
    expect(existsSync(at('many/shards'))).toBe(false);
  });

  it('of which every run fails ends as a single run does, also where a program merges it', async () => {
    writeFileSync(at('few.jsonl'), '{"traits": [], "context": ["at home after work"], "probabilities": {"stay": 1}}\n');
    const failing = (workspace: string, ...more: string[]) =>
      understudy('sweep', '--scenario', 'mobility-v1', '--workspace', at(workspace), '--policy', `recorded:${at('few.jsonl')}`, '--set', 'fuel=1,2', '--agents', '20', '--ticks', '3', '--processes', '1', '--json', ...more); // biome-ignore format: one line
    const one = await failing('one');
    expect([one.code, json(one).failed]).toEqual([1, 2]);
    for (const shard of ['1/2', '2/2']) await failing('many', '--shard', shard);
    const { merged } = await mergeShards({ workspace: at('many'), keep: true });
    expect(merged).toMatchObject([{ verb: 'sweep', present: [1, 2], of: 2, open: 0, ok: false }]);
    const words = ({ result }: { result: object }) => JSON.stringify(result).replaceAll(at('many'), at('one'));
    expect(words(merged[0]!)).toBe(JSON.stringify(json(one)));
    expect(merged[0]!.lines.join()).toContain('failed');
    expect(await merge('many')).toMatchObject({ code: 1 });
    await expect(mergeShards({ workspace: at('many') })).rejects.toThrow('nothing is left to merge');
  });
});

/** A result without what a clock said. */
const timeless = (result: object) =>
  JSON.parse(JSON.stringify(result, (name, value) => (name === 'agentStepsPerSecond' ? undefined : value)));

describe('replications in shards', () => {
  const simulate = (workspace: string, ...more: string[]) =>
    understudy('simulate', '--scenario', 'mobility-v1', '--workspace', at(workspace), '--policy', 'uniform', '--twin', 'constant:0.1,0.2,0.3,0.2,0.2', '--agents', '20', '--ticks', '3', '--replications', '5', '--seed', '4', '--json', ...more); // biome-ignore format: one line

  it('are those of a single run, and known afterwards', async () => {
    const one = json(await simulate('one'));
    for (const shard of ['1/3', '2/3', '3/3']) await simulate('many', '--shard', shard);
    const { verb, added, result } = json(await merge('many', '--json')).merged[0];
    expect({ verb, added }).toEqual({ verb: 'simulate', added: 5 });
    expect(timeless(result)).toEqual(timeless(one));
    expect(json(await simulate('many'))).toEqual(result);
  });
});

describe('a stability study in shards', () => {
  const stability = (workspace: string, ...more: string[]) =>
    understudy('stability', '--scenario', 'mobility-v1', '--workspace', at(workspace), '--teacher', teacher(), '--prompts', '8', '--runs', '3', '--facets', 'seed,temperature,paraphrase', '--embedder', 'words', ...more); // biome-ignore format: one line

  it('is that of a single run', async () => {
    expect((await stability('one')).code).toBe(0);
    const before = asked.size;
    asked.clear();
    for (const shard of ['1/3', '2/3', '3/3']) expect((await stability('many', '--shard', shard)).code).toBe(0);
    expect(asked.size).toBe(before);
    const { stderr, code } = await merge('many');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.anything() });
    for (const name of ['stability.json', 'stability.csv']) expect(bytes(`many/results/metrics/${name}`)).toBe(bytes(`one/results/metrics/${name}`)); // biome-ignore format: one line
    expect(lines('many/data/labels.jsonl')).toEqual(lines('one/data/labels.jsonl'));
  });
});

describe('a stability study of letters in shards', () => {
  /** Situations of which the letters can be read, as they were first asked about; trial questions always can. */
  let legible: Set<string>;
  /** How many those are at most. */
  let most: number;
  const situation = ({ body }: FakeRequest) => {
    const [line] = /^A person.*$/m.exec(body.messages[0].content)!;
    // In whatever order the phrases are shown.
    return line
      .split(/[,.:]\s*/)
      .sort()
      .join();
  };
  const isLetter = ({ body }: FakeRequest) => body.messages[0].content.includes('Reply with the letter');
  let broken: boolean;
  beforeEach(async () => {
    [legible, most, broken, hopeless] = [new Set(), 0, false, 0];
    await server[Symbol.asyncDispose]();
    server = await FakeServer.start({
      ...{ iceCream: false, reply },
      fault: () => (broken ? { status: 500, body: { error: { message: 'out of order' } } } : undefined),
      change: (answer, request) => {
        if (!isLetter(request)) return answer;
        const about = situation(request);
        if (!about.includes('nothing out of the ordinary')) {
          if (legible.size < most) legible.add(about);
          if (!legible.has(about)) return answer;
        }
        const letters = [0.5, 0.3, 0.1, 0.05, 0.05].map((p, i) => ({ token: 'ABCDE'[i], logprob: Math.log(p) }));
        answer.choices[0].logprobs = { content: [{ ...letters[0], top_logprobs: letters }] };
        return answer;
      },
    });
  });
  const study = (workspace: string, ...more: string[]) =>
    understudy('stability', '--scenario', 'mobility-v1', '--workspace', at(workspace), '--teacher', teacher(), '--prompts', '5', '--runs', '2', '--facets', 'seed,order', '--embedder', 'words', ...more); // biome-ignore format: one line

  it.each([0, 1, 2])('is that of a single run if %d can be read, in one round', async (n) => {
    most = n;
    expect(await study('one')).toMatchObject({ code: 0 });
    const { facets } = JSON.parse(bytes('one/results/metrics/stability.json'));
    expect(facets.order.asked).toBe(n < 2 ? 'sample' : 'choice');
    asked.clear();
    for (const shard of ['1/3', '2/3', '3/3']) expect(await study('many', '--shard', shard)).toMatchObject({ code: 0 });
    const before = server.requests.length;
    // What a shard went by is known when it is done again.
    for (const shard of ['1/3', '2/3', '3/3']) expect(await study('many', '--shard', shard)).toMatchObject({ code: 0 });
    expect(server.requests.slice(before).filter(isLetter)).toEqual([]);
    expect(await merge('many')).toMatchObject({ code: 0 });
    for (const name of ['stability.json', 'stability.csv']) expect(bytes(`many/results/metrics/${name}`)).toBe(bytes(`one/results/metrics/${name}`)); // biome-ignore format: one line
    expect(lines('many/data/labels.jsonl')).toEqual(lines('one/data/labels.jsonl'));
  });

  it('fails as a single run does if too little is answered, and keeps what is', async () => {
    // All is known but for the letters, and few of the replies are of use.
    hopeless = 1;
    const one = await study('one');
    const failure = /^understudy \w+: (.*)$/m;
    expect(one.code).toBe(1);
    asked.clear();
    for (const shard of ['1/2', '2/2']) await study('many', '--shard', shard);
    const merged = await merge('many');
    expect([merged.code, failure.exec(merged.stderr)![1]]).toEqual([1, failure.exec(one.stderr)![1]]);
    expect(lines('many/data/labels.jsonl')).toEqual(lines('one/data/labels.jsonl'));
    expect(existsSync(at('many/results'))).toBe(existsSync(at('one/results')));
    broken = true;
    const [down, part] = [await study('down'), await study('downs', '--shard', '1/2')];
    expect([down.code, part.code]).toEqual([1, 1]);
    expect(failure.exec(part.stderr)![1]).toBe(failure.exec(down.stderr)![1]);
  });
});

describe('an audit in shards', () => {
  const audit = (workspace: string, sides: readonly string[], ...more: string[]) =>
    understudy('audit', ...sides, '--scenario', 'mobility-v1', '--workspace', at(workspace), '--wordings', '6', '--agents', '30', '--ticks', '2', ...more); // biome-ignore format: one line
  const same = () => {
    for (const name of ['audit.json', 'audit.csv']) expect(bytes(`many/results/metrics/${name}`)).toBe(bytes(`one/results/metrics/${name}`)); // biome-ignore format: one line
  };

  it('of two worlds is that of a single run', async () => {
    const more = [
      '--outcome',
      'reward',
      '--expect',
      'less',
      '--policy',
      'uniform',
      '--policy',
      'oracle',
      '--teacher',
      'oracle?list:lines=0.5',
    ];
    await audit('one', ['fuel=1', 'fuel=6'], ...more);
    for (const shard of ['1/2', '2/2'])
      expect((await audit('many', ['fuel=1', 'fuel=6'], ...more, '--shard', shard)).code).toBe(0);
    expect((await merge('many')).code).toBe(0);
    same();
  });

  it('of phrases is that of a single run, and its answers are labels', async () => {
    hopeless = 0;
    const more = ['--outcome', 'p:bus', '--expect', 'more', '--teacher', teacher(), '--elicit', 'greedy'];
    await audit('one', ['it is raining + leaving for work', 'leaving for work'], ...more);
    asked.clear();
    for (const shard of ['1/2', '2/2']) expect(await audit('many', ['it is raining + leaving for work', 'leaving for work'], ...more, '--shard', shard)).toMatchObject({ code: 0 }); // biome-ignore format: one line
    const merged = await merge('many');
    expect([merged.code, merged.stderr]).toEqual([0, expect.anything()]);
    same();
    expect(lines('many/data/labels.jsonl')).toEqual(lines('one/data/labels.jsonl'));
  });
});
