import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Scenario } from '../../env/scenario.ts';
import { openScenario } from '../../scenarios/open.ts';
import { withPeople } from '../../scenarios/population.ts';
import { csvRows } from '../../workspace/csv.ts';
import { parquetRows } from '../../workspace/tables/parquet.ts';
import { run } from '../run.ts';
import { type SweepOptions, sweep } from './sweep.ts';

/** A world with a parameter, whose rule fails, or ends its process, at one of its values. */
const WORLD = `import { defineScenario } from 'understudy';
export default ({ price = 1, width = 1 } = {}) => {
  if (price === 7) throw new Error('nobody can pay 7');
  return defineScenario({
    id: 'stall-v1',
    actions: ['wait', 'take'],
    parameters: { price: { value: price, min: 0, max: 10 }, width: { value: width, min: 0, max: 1 } },
    horizon: 2, ticksPerDay: 1, discount: 1,
    traits: { phrases: ['rich', 'old'] },
    contexts: { wet: ({ sky }) => sky === 'wet' },
    world: { sky: { levels: ['dry', 'wet'], start: { dry: 0.5, wet: 0.5 }, next: () => ({ dry: 0.5, wet: 0.5 }) } },
    agent: { rest: { levels: ['fresh'], start: 'fresh', next: () => 'fresh' } },
    reward: ({ action }) => (action === 'take' ? 10 - price : 0),
    measures: { cost: ({ action }) => (action === 'take' ? price : 0) },
    prompt: { paraphrases: ['{traits} {contexts}'], none: { traits: 'none', contexts: 'none' }, question: 'P?' },
    policies: {
      thrifty: () => ({ take: Math.max(0, 1 - price / 10) * (0.5 + width / 2) }),
      fragile: () => {
        if (price === 3) throw new Error('out of order');
        return { take: 0.5 };
      },
      deadly: () => {
        if (price === 3) process.exit(9);
        return { take: 0.5 };
      },
    },
  });
};
`;

let folder: string;
let scenario: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-sweep-'));
  scenario = join(folder, 'stall.mjs');
  writeFileSync(scenario, WORLD);
});
afterEach(() => rmSync(folder, { recursive: true }));

const small = (more: Partial<SweepOptions> = {}): SweepOptions => ({
  ...{ scenario, workspace: folder, settings: { price: [1, 2, 3] }, policies: ['policy:thrifty'] },
  ...{ agents: [40], replications: 3, seed: 5, processes: 1, out: join(folder, 'out') },
  ...more,
});
const table = (name: string, out = 'out') => csvRows(readFileSync(join(folder, out, name), 'utf8'));
const bytes = (out: string) => ['runs.csv', 'summary.csv', 'differences.csv', 'sweep.json'].map((name) => readFileSync(join(folder, out, name), 'utf8')); // biome-ignore format: one line

describe('a sweep', () => {
  it('has a row for each run, as run() plays it, and differences on the same seeds', async () => {
    const { arms, runs, played } = await sweep(small());
    expect({ arms, runs, played }).toEqual({ arms: 3, runs: 9, played: 9 });
    const rows = table('runs.csv');
    expect(rows.map(({ price, seed }) => `${price}/${seed}`)).toEqual(
      [1, 2, 3].flatMap((price) => [5, 6, 7].map((seed) => `${price}/${seed}`)),
    );
    const world = await openScenario(scenario, { parameters: { price: 2 } });
    const alone = await run({ scenario: world, policy: 'policy:thrifty', agents: 40, seed: 6 });
    expect(rows[4]).toMatchObject({
      state_hash: alone.stateHash,
      agents_take: String(alone.actions.take),
      cost: String(alone.measures.cost),
    });
    const taken = (price: number) => rows.filter((row) => row.price === String(price)).map((row) => Number(row.agents_take)); // biome-ignore format: one line
    const [one, three] = [taken(1), taken(3)];
    const difference = table('differences.csv').find((row) => row.arm === '3' && row.outcome === 'agents_take')!;
    expect(Number(difference.difference)).toBeCloseTo(
      three.reduce((sum, value, i) => sum + value - one[i]!, 0) / 3,
      10,
    );
    expect(JSON.parse(readFileSync(join(folder, 'out', 'sweep.json'), 'utf8')).settings).toHaveLength(3);
  });

  it('goes on wherever its journal was cut off, in other processes too, and comes out the same to the byte', async () => {
    await sweep(small({ out: join(folder, 'whole') }));
    const journal = readFileSync(join(folder, 'whole', 'journal.jsonl'));
    for (const share of [0.05, 0.5, 0.83]) {
      const at = Math.floor(share * journal.length);
      writeFileSync(join(folder, 'out.jsonl'), journal.subarray(0, at));
      const out = join(folder, `cut-${at}`);
      await sweep(small({ out })).catch(() => {});
      writeFileSync(join(out, 'journal.jsonl'), journal.subarray(0, at));
      rmSync(join(out, 'runs.csv'));
      const { played, known } = await sweep(small({ out, processes: share === 0.5 ? 2 : 1 }));
      expect(known).toBe(journal.subarray(0, at).toString().split('\n').length - 1);
      expect(played).toBe(9 - known);
      expect(bytes(`cut-${at}`)).toEqual(bytes('whole'));
    }
  });

  it('loses the runs that fail, with the reason, and no others', async () => {
    const failing = small({ settings: { price: [1, 3, 7] }, policies: ['policy:fragile', 'policy:thrifty'] });
    const { failed, failures } = await sweep(failing);
    expect(failed).toBe(9);
    expect(failures.map(({ runs }) => runs)).toEqual([6, 3]);
    const lost = table('failures.csv');
    expect(lost.filter(({ policy, price }) => policy === 'policy:fragile' && price === '3')).toHaveLength(3);
    expect(lost.find(({ price }) => price === '3')!.reason).toContain('out of order');
    expect(lost.find(({ price }) => price === '7')!.reason).toContain('nobody can pay 7');
    expect(table('runs.csv')).toHaveLength(9);
    // A policy that is whole again loses nothing.
    writeFileSync(scenario, WORLD.replace('price === 3', 'price === 33'));
    await sweep(failing);
    expect(table('failures.csv')).toHaveLength(6);
  });

  it('loses the run whose process dies, and no other', async () => {
    const { failed, runs } = await sweep(small({ policies: ['policy:deadly'], processes: 2, replications: 2 }));
    expect({ failed, runs }).toEqual({ failed: 2, runs: 6 });
    expect(table('failures.csv').map(({ price, reason }) => [price, reason])).toEqual([
      ['3', 'its process ended (exit code 9)'],
      ['3', 'its process ended (exit code 9)'],
    ]);
    expect(table('runs.csv')).toHaveLength(4);
  });

  it('plays one table of people beside another, and plays it again when its rows change', async () => {
    const [few, many] = ['few', 'many'].map((name) => join(folder, `${name}.csv`));
    writeFileSync(few!, 'rich,old,weight\n1,0,1\n0,0,3\n');
    writeFileSync(many!, 'traits,weight\nrich,3\n,1\n');
    const options = small({ populations: [few!, many!], settings: { price: [2] }, people: 'exact' });
    const { arms, runs } = await sweep(options);
    expect({ arms, runs }).toEqual({ arms: 2, runs: 6 });
    expect(table('summary.csv').filter(({ outcome }) => outcome === 'reward').map(({ population }) => population)).toEqual([few, many]); // biome-ignore format: one line
    const world = await withPeople(await openScenario(scenario, { parameters: { price: 2 } }), many!);
    const alone = await run({ scenario: world as Scenario, policy: 'policy:thrifty', agents: 40, seed: 6, people: 'exact' }); // biome-ignore format: one line
    expect(table('runs.csv')[4]).toMatchObject({ population: many, state_hash: alone.stateHash });
    writeFileSync(few!, 'rich,old,weight\n1,0,1\n0,0,4\n');
    expect(await sweep(options)).toMatchObject({ played: 3, known: 3 });
    writeFileSync(few!, 'rich,ould,weight\n1,0,1\n');
    await expect(sweep(options)).rejects.toThrow('it has a column "ould" (known: rich, old, traits, weight)');
    await expect(sweep(small({ populations: [many!, many!] }))).rejects.toThrow(
      `the population ${many} is there twice`,
    );
  });

  it('estimates which parameter decides what, also from a file as SALib writes it', async () => {
    const settings = { price: { from: 0, to: 10 }, width: { from: 0, to: 1 } };
    const many = { design: 'saltelli', replications: 1, agents: [400], people: 'exact', format: 'parquet' } as const;
    await sweep(small({ settings, ...many, samples: 16 }));
    const first = table('sensitivity.csv').filter(({ outcome }) => outcome === 'mean_p_take');
    expect(first.map(({ parameter }) => parameter)).toEqual(['price', 'width']);
    expect(Number(first[0]!.total)).toBeGreaterThan(0.6);
    expect(Number(first[1]!.total)).toBeLessThan(0.4);
    const rows = await parquetRows(readFileSync(join(folder, 'out', 'runs.parquet')));
    expect(rows).toHaveLength(64);
    const file = join(folder, 'salib.txt');
    writeFileSync(file, rows.map(({ price, width }) => `${price} ${width}\n`).join(''));
    const { settings: _, ...rest } = small({ ...many, file, columns: ['price', 'width'], format: 'csv' });
    const { played } = await sweep(rest);
    expect(played).toBe(0);
    expect(table('sensitivity.csv').filter(({ outcome }) => outcome === 'mean_p_take')).toEqual(first);
  });
});
