import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json, understudy } from './run.test-support.ts';

let folder: string;
let about: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-network-'));
  about = ['--workspace', folder];
  const example = join(import.meta.dirname, '..', 'examples', 'adoption.mjs');
  await cp(example, join(folder, 'adoption.mjs'));
});
afterAll(() => rm(folder, { recursive: true }));

const scenario = () => ['--scenario', join(folder, 'adoption.mjs')];
const simulate = (agents: number, ...options: string[]) =>
  understudy(
    'simulate',
    ...scenario(),
    ...about,
    '--policy',
    'oracle',
    '--agents',
    String(agents),
    '--json',
    ...options,
  );
const pumps = async (...options: string[]) => json(await simulate(10_000, ...options)).measures['heat pumps'];

describe('a scenario with neighbours, on the command line', { timeout: 60_000 }, () => {
  it('passes check, which says what it cannot tell', async () => {
    const { code, stdout } = await understudy(
      'check',
      join(folder, 'adoption.mjs'),
      '--workspace',
      join(folder, 'checked'),
    );
    expect([code, stdout]).toEqual([0, expect.stringContaining('every level of around was tried in every state')]);
  });

  it('runs on its own network, and names it', async () => {
    const { code, stdout } = await understudy(
      ...['simulate', ...scenario(), ...about],
      '--policy',
      'oracle',
      '--ticks',
      '5',
    );
    expect([code, stdout]).toEqual([0, expect.stringMatching(/network +small-world:6,0\.1, 30,000 edges/)]);
  });

  it('spreads faster the fewer steps there are between any two people', async () => {
    const [ring, smallWorld, scaleFree] = [
      await pumps('--network', 'ring:6'),
      await pumps(),
      await pumps('--network', 'scale-free:3'),
    ];
    expect(smallWorld).toBeGreaterThan(1.2 * ring);
    expect(scaleFree).toBeGreaterThan(2 * smallWorld);
  });

  it('comes out the same when it is resumed, and when it is replayed', async () => {
    const [whole, part, record] = ['whole', 'part', 'record'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const through = json(await simulate(4000, '--ticks', '40', '--network', 'ring:4', '--record', whole));
    await simulate(4000, '--ticks', '15', '--network', 'ring:4', '--checkpoint', part, '--record', record);
    const resumed = await understudy('simulate', ...scenario(), ...about, '--resume', part, '--ticks', '40', '--json');
    expect(json(resumed).stateHash).toBe(through.stateHash);
    expect(JSON.parse(await readFile(join(record, 'run.json'), 'utf8'))).toMatchObject({
      network: { id: 'ring:4', edges: 8000, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      plan: { network: 'ring:4' },
    });
    const again = await understudy('replay', record, ...scenario(), ...about);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('was made again, to the byte')]);
    const other = await understudy('simulate', ...scenario(), ...about, '--resume', part, '--network', 'ring:6');
    expect([other.code, other.stderr]).toEqual([
      2,
      expect.stringContaining('network ring:4, which cannot become ring:6'),
    ]);
  });

  it('takes a file of edges, and notices on replay that it has changed', async () => {
    const [edges, record] = [join(folder, 'edges.csv'), join(folder, 'filed')];
    const lines = Array.from({ length: 3999 }, (_, i) => `${i},${i + 1}`);
    await writeFile(edges, `from,to\n${lines.join('\n')}\n`);
    const { network } = json(await simulate(4000, '--ticks', '10', '--network', edges, '--record', record));
    expect(network).toMatchObject({ edges: 3999 });
    await writeFile(edges, `from,to\n${lines.slice(1).join('\n')}\n`);
    const again = await understudy('replay', record, ...scenario(), ...about);
    expect([again.code, again.stdout]).toEqual([1, expect.stringContaining('run.json differs')]);
  });

  it('says why cohorts cannot play it, and what is wrong with a network', async () => {
    const cohorts = await simulate(4000, '--cohorts');
    expect([cohorts.code, cohorts.stderr]).toEqual([
      1,
      expect.stringContaining('simulate single agents, who have a network'),
    ]);
    const odd = await simulate(4000, '--network', 'ring:3');
    expect([odd.code, odd.stderr]).toEqual([2, expect.stringContaining('has an even number of neighbours')]);
    const few = await simulate(6);
    expect([few.code, few.stderr]).toEqual([2, expect.stringContaining('needs 7 agents or more')]);
  });
});
