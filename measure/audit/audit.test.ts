import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineVocabulary } from '../../env/vocabulary.ts';
import { openTeacher } from '../../policies/open.ts';
import type { Teacher } from '../../policies/policy.ts';
import { auditFindings, verdictOf } from '../../report/findings/audit.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../../scenarios/mobility-v1/scenario.ts';
import { readAudit } from '../../workspace/audits.ts';
import { workspace as paths } from '../../workspace/paths.ts';
import { type AuditOptions, audit } from './audit.ts';

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'understudy-audit-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));

const cold = { name: 'cold', phrases: ['cold winter day'] };
const hot = { name: 'hot', phrases: ['hot summer day'] };
const heat = (options: Partial<AuditOptions>) =>
  audit({ scenario: iceCream, outcome: 'p:buy', a: cold, b: hot, expect: 'more', workspace, ...options });
const of = (facet: string, facets: Awaited<ReturnType<typeof audit>>['facets']) => facets.find((one) => one.facet === facet)!; // biome-ignore format: one line

describe('an audit', () => {
  it('finds the form of list that turns the sign, names it first, and says how little its wordings are worth', async () => {
    const found = await heat({ teachers: ['oracle?list:lines*hot summer day=-5'] });
    const { facets, against, estimate, range, overPersonas } = found;
    expect(facets[0]!.facet).toBe('list');
    expect(facets[0]!.share).toBeGreaterThan(0.9);
    expect(Object.fromEntries(facets[0]!.levels.map(({ level, against: turned }) => [level, turned]))).toEqual({ commas: 0, and: 0, semicolons: 0, lines: 6 }); // biome-ignore format: one line
    expect(against).toBe(6);
    expect(range.lower).toBeLessThan(0);
    // The sign-flip test takes 24 wordings for independent, of which these are worth four.
    expect(estimate!.p).toBeLessThan(0.05);
    expect(estimate!.effectiveWordings).toBeLessThan(4.5);
    expect(estimate!.pOfLevels).toBeGreaterThan(0.05);
    expect(verdictOf(found)).toBe('the wordings are too alike to say');
    expect(overPersonas!.sign.p).toBeLessThan(0.001);
    const { report, rows } = (await readAudit(paths(workspace)))!;
    expect({ ...report, rows }).toEqual({ ...found, rows: rows.map((row) => ({ ...row })) });
    expect(rows).toHaveLength(24);
  });

  it('gives every specification what asking by hand gives', async () => {
    const { rows } = await heat({ teachers: ['oracle'], elicits: ['greedy'], wordings: 3 });
    const row = rows[2]!;
    await using teacher = await openTeacher('oracle', { scenario: iceCream });
    const { listedTraits } = await import('../../env/trait-law.ts');
    const { sets, weights, total } = listedTraits(iceCream);
    const { layoutOf } = await import('../../env/prompt-layout.ts');
    const { paraphrase, slots, order, list, punctuation } = row;
    const meanIf = async (phrase: string) => {
      const bit = iceCream.sets.of([iceCream.phrases.indexOf(phrase)]);
      const masks = sets.map((set) => iceCream.sets.union(set, bit));
      const answers = await teacher.ask(
        { width: iceCream.phrases.length, masks },
        {
          elicit: 'greedy',
          paraphrase: Number(paraphrase),
          layout: layoutOf({ slots, order, list, punctuation } as never),
        },
      );
      return answers.reduce((sum, { probabilities }, i) => sum + (probabilities![1]! * weights[i]!) / total, 0);
    };
    expect(row.a).toBeCloseTo(await meanIf('cold winter day'), 9);
    expect(row.b).toBeCloseTo(await meanIf('hot summer day'), 9);
    expect(row.estimate).toBeCloseTo(row.b! - row.a!, 12);
  });

  it('crosses teachers, ways of asking and temperatures; a student is one specification and no wording', async () => {
    const { rows, specifications, estimate, facets } = await heat({
      teachers: ['oracle', 'oracle?elicit:greedy*hot summer day=-1'],
      policies: ['uniform'],
      elicits: ['expected', 'greedy', 'sample'],
      temperatures: [0.5, 1],
      repeats: 2,
      wordings: 6,
    });
    expect(specifications).toBe(2 * (2 + 2) * 6 + 1);
    expect(rows.filter(({ paraphrase }) => paraphrase === undefined).map(({ policy, estimate: flat }) => [policy, flat])).toEqual([['uniform', 0]]); // biome-ignore format: one line
    expect(estimate!.wordings).toBe(6);
    expect(of('who decides', facets).levels.map(({ level }) => level)).toContain('uniform');
    expect(of('temperature', facets).levels.map(({ level }) => level)).toEqual(['none', '0.5', '1']);
    expect(of('elicitation', facets).share).toBeGreaterThan(of('list', facets).share);
  });

  it('plays two worlds on the same luck: what a policy that sees no difference does is the same to the last agent', async () => {
    const [cheap, dear] = [0.5, 6].map((fuel) => ({ name: `fuel=${fuel}`, scenario: mobilityTown({ fuel }) }));
    const common = { scenario: mobilityTown(), a: cheap!, b: dear!, expect: 'less', agents: 30, ticks: 4, workspace } as const; // biome-ignore format: one line
    const reward = await audit({ ...common, outcome: 'reward', teachers: ['oracle?wording=0.5'], wordings: 4, replications: 2 }); // biome-ignore format: one line
    expect(reward).toMatchObject({ way: 'simulated', against: 0, failed: 0, overPersonas: null });
    expect(reward.estimate!.mean).toBeLessThan(0);
    expect(reward.luck).toBeGreaterThan(0);
    expect(reward.rows.every(({ lower, estimate, upper }) => lower! <= estimate! && estimate! <= upper!)).toBe(true);
    const bus = await audit({ ...common, outcome: 'bus', teachers: ['oracle?wording=0.5'], wordings: 2 });
    expect(bus.rows.every(({ a, estimate }) => a! > 0 && estimate === 0)).toBe(true);
    expect(bus.estimate!.p).toBe(1);
    expect(bus.overPersonas!.sign).toEqual({ n: 0, p: 1 });
  });

  it('keeps a specification that fails with its reason, and lets the others stand', async () => {
    await using oracle = await openTeacher('oracle', { scenario: iceCream });
    const refuses: Teacher = {
      ...oracle,
      id: 'refuses-lists-in-lines',
      ask: async (batch, options) => {
        const answers = await oracle.ask(batch, options);
        return options?.layout?.list === 'lines' ? answers.map(() => ({ outcome: 'refused' as const })) : answers;
      },
    };
    const found = await heat({ teachers: [refuses], elicits: ['expected', 'greedy'] });
    expect(found).toMatchObject({ specifications: 48, failed: 12 });
    expect(found.failures[0]!.reason).toMatch(/^no probability for 59 of 59 people, such as ".*" \(refused\)$/);
    expect(found.estimate).toMatchObject({ wordings: 18, leftOut: 6 });
    expect(found.rows.filter(({ reason }) => reason !== undefined).every(({ list }) => list === 'lines')).toBe(true);
  });

  it('says of three paraphrases that they have no power, and what would', async () => {
    const found = await heat({
      teachers: ['oracle'],
      levels: { slots: ['declared'], order: ['declared'], list: ['commas'], punctuation: ['declared'] },
    });
    expect(found.estimate).toMatchObject({ wordings: 3, p: 0.25, exact: true });
    expect(found.power).toMatchObject({ leastP: 0.25, atOneShift: 0 });
    expect(auditFindings(found).find(({ kind }) => kind === 'claim-power')!.text).toMatch(
      /^3 wordings cannot give a p below 0\.25, whatever the effect: there is no power at all; 1[24] wordings find it/,
    );
    expect(verdictOf(found)).toBe('too few wordings to say');
  });

  it('is the same again, and with the seed as well when it comes to wordings', async () => {
    const once = await heat({ teachers: ['oracle?wording=0.2'] });
    const bytes = readFileSync(paths(workspace).auditTable, 'utf8');
    expect(await heat({ teachers: ['oracle?wording=0.2'] })).toEqual(once);
    expect(readFileSync(paths(workspace).auditTable, 'utf8')).toBe(bytes);
  });

  it('needs a phrase of each group of contexts, and asks those alone who have the traits of a side', async () => {
    const loans = defineVocabulary({
      id: 'loans',
      actions: ['refuse', 'grant'],
      traits: { groups: { age: ['young', 'old'] }, phrases: ['in debt'] },
      contexts: { groups: { purpose: ['for a car', 'for a holiday'] }, phrases: ['in a hurry'] },
      knownRule: {
        probabilities: ({ traits }) => ({
          grant: traits.includes('in debt') ? 0.2 : traits.includes('old') ? 0.7 : 0.5,
        }),
      },
    });
    const sides = (a: string[], b: string[]): AuditOptions => ({
      ...{ scenario: loans, outcome: 'grant', expect: 'more', workspace, teachers: ['oracle'], wordings: 6 },
      a: { name: a.join(' + '), phrases: a },
      b: { name: b.join(' + '), phrases: b },
    });
    await expect(audit(sides(['young'], ['old']))).rejects.toThrow(
      'one phrase of the contexts "purpose" always holds in loans: name one on both sides, such as "young + for a car"',
    );
    const { rows, overPersonas } = await audit(sides(['young', 'for a car'], ['old', 'for a car']));
    expect(rows[0]!.a).toBeCloseTo(0.35, 9);
    expect(rows[0]!.b).toBeCloseTo(0.45, 9);
    // Kinds of people cannot be paired: nobody is both.
    expect(overPersonas).toBeNull();
  });
});

describe('what cannot be audited', () => {
  it.each<[Partial<AuditOptions>, string]>([
    [
      { outcome: 'p:sell' },
      'ice-cream-v1 has no outcome "p:sell" (actions, as shares: skip, buy; their mean probabilities: p:skip, p:buy)',
    ],
    [
      { outcome: 'sales' },
      'sales is a measure of ice-cream-v1, and contexts are contrasted by what people are asked: take p:buy',
    ],
    [{ a: { name: 'x', phrases: ['hot summer'] } }, 'ice-cream-v1 has no phrase "hot summer" (contexts: hungry'],
    [{ a: hot }, 'the contrast is empty: hot and hot are the same'],
    [
      { a: { name: 'x', phrases: ['hot summer day', 'cold winter day'] } },
      '"hot summer day" and "cold winter day" cannot hold together',
    ],
    [
      { a: { name: 'world', scenario: iceCream } },
      'world and hot cannot be contrasted: one is a world, the other a list of phrases',
    ],
    [
      { levels: { list: ['tabs'] } },
      'ice-cream-v1 has no list "tabs" of its prompt (known: commas, and, semicolons, lines)',
    ],
    [
      { wordings: 1 },
      'one wording only: nothing can be said about others; ice-cream-v1 has paraphrase 0, 1, 2; slots declared',
    ],
    [{ teachers: ['orcale'] }, 'unknown teacher: orcale'],
    [{ teachers: ['oracle', 'oracle'] }, 'the policy oracle is there twice'],
    [{ elicits: ['expect'] as never }, 'unknown elicitation: expect (known: greedy, expected, sample, choice)'],
    [{ temperatures: [0] }, 'a temperature is above 0 and at most 10, got 0'],
  ])('%j: %s', async (options, message) => {
    await expect(heat({ teachers: ['oracle'], wordings: 4, ...options })).rejects.toThrow(message);
  });

  it('two settings without a measure of that name: the measures that there are', async () => {
    const [a, b] = [1, 2].map((fuel) => ({ name: `fuel=${fuel}`, scenario: mobilityTown({ fuel }) }));
    await expect(
      audit({ scenario: mobilityTown(), outcome: 'sales', a: a!, b: b!, expect: 'more', workspace }),
    ).rejects.toThrow('mobility-v1 has no outcome "sales" (measures: ');
    await expect(
      audit({ scenario: mobilityTown(), outcome: 'bus', a: a!, b: { ...a!, scenario: mobilityTown({ fuel: 1 }) }, expect: 'more', workspace }), // biome-ignore format: one line
    ).rejects.toThrow('the contrast is empty');
  });
});
