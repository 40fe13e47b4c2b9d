import { peopling } from '../env/people.ts';
import { listForms, punctuations, slotOrders } from '../env/prompt-layout.ts';
import type { Vocabulary } from '../env/scenario.ts';
import type { Audit } from '../measure/audit/audit.ts';
import { type AuditSide, directions } from '../measure/audit/claim.ts';
import { type Elicitation, elicitations } from '../policies/policy.ts';
import { auditFindings, claimWords, facetName, verdictOf } from '../report/findings/audit.ts';
import { capital, grouped, percent, short } from '../report/wording.ts';
import { findingLines, wrap } from './help.ts';
import { limitOptions } from './limits.ts';
import { choice, custom, integer, integerOrAll, list, type Options, text, UsageError } from './options.ts';
import { planOptions, planWords } from './planned.ts';
import { shardOptions } from './shard.ts';
import { kindOfSide, scenarioOfSide } from './sides.ts';
import { defineVerb, type Work } from './verb.ts';

/** Specifications at each end of the curve that are printed; all of them are in audit.csv. */
const SHOWN = 3;
/** Columns of the curve, and of the screen. */
const CURVE = 48;
const WIDTH = 78;

const names = (help: string, known: string) =>
  custom<readonly string[]>(
    `${help} (${known}), separated by commas; default all.`,
    'A,B',
    (value) => value.split(',').map((one) => one.trim()),
    'names separated by commas',
  );

export default defineVerb({
  name: 'audit',
  summary: 'say whether a claim survives other wordings, teachers and students',
  description: [
    'A and B are two settings of parameters (fuel=1 and fuel=6), two tables of people (population=census.csv), two scenarios with the same words, or phrases that people are asked with ("it is raining" and "it is sunny"; several joined by " + ", none for no phrase). The claim is that --outcome is more, or less, for B than for A. It is looked at under every specification: wordings (paraphrases, order of the prompt’s parts and of phrases, form of lists, punctuation) × ways of asking × teachers, and each student, all on the same random numbers.',
    'Says the range, which specifications turn the sign, which facet moves the estimate most, and a p-value with the wording as the unit. Writes results/metrics/audit.json and audit.csv (one row a specification), with what they rest on in audit-runs.csv and audit-persons.csv. A specification that fails is kept with its reason.',
  ].join('\n'),
  world: 'reads',
  positionals: ['A', 'B'],
  options: {
    outcome: text(
      'What the claim is about: a measure, reward, an action (its share) or p:ACTION (its mean probability).',
      {
        placeholder: 'OUTCOME',
        shown: 'required',
      },
    ),
    expect: choice('Whether the outcome should be more or less for B than for A; required.', directions, {
      shown: 'required',
    }),
    teacher: list(
      text('Teacher, asked in every wording; give it again for more. oracle?list:lines=0.5 plants a shift.', {
        placeholder: 'TEACHER',
        shown: "the scenario's, unless --policy is given",
      }),
    ),
    policy: list(
      text('Student or other policy without wordings: one specification each; give it again for more.', {
        placeholder: 'POLICY',
        shown: 'none',
      }),
    ),
    wordings: integerOrAll('Number of wordings, chosen so that facets can be told apart.', { min: 1, default: 24 }),
    paraphrase: names('Paraphrases of the scenario to keep to', 'by number'),
    slots: names('Orders of the prompt’s parts to keep to', slotOrders.join(', ')),
    order: names('Orders of the phrases to keep to', 'declared, reversed, shuffle-1, shuffle-2, …'),
    list: names('Forms of lists to keep to', listForms.join(', ')),
    punctuation: names('Punctuations to keep to', punctuations.join(', ')),
    elicit: custom<readonly Elicitation[]>(
      `Ways of asking, separated by commas: ${elicitations.join(', ')}; default: as the teacher decides.`,
      'A,B',
      (value) => listOf(value, (name) => elicitations.find((known) => known === name)),
      `names separated by commas, of ${elicitations.join(', ')}`,
    ),
    temperature: custom<readonly number[]>(
      'Temperatures of sample, separated by commas; default 1.',
      'X,X',
      (value) => listOf(value, (one) => (one === '' || !Number.isFinite(Number(one)) ? undefined : Number(one))),
      'numbers separated by commas',
    ),
    repeats: integer('Draws of sample that are averaged.', { min: 1, default: 1 }),
    agents: integer('Number of agents; of phrases, the most kinds of people that are asked.', {
      min: 1,
      default: 1000,
    }),
    replications: integer('Runs of each specification, on the same seeds everywhere.', { min: 1, default: 2 }),
    ticks: integer('Number of ticks, in place of --days.', { min: 1, shown: 'off' }),
    days: integer('Number of days.', { min: 1, shown: "the scenario's horizon" }),
    people: choice('Traits of the agents: drawn by their law, or exactly as their shares say.', peopling, {
      shown: 'drawn',
    }),
    ...planOptions,
    ...shardOptions,
    ...limitOptions,
  },
  stopped: 'what teachers have answered is remembered: the same command goes on there',
  examples: [
    ['understudy audit "it is raining" "it is sunny" --outcome p:ride --expect more', 'over 24 wordings'],
    [
      'understudy audit fuel=1 fuel=6 --outcome reward --expect less --policy uniform',
      'two settings of a parameter, under a policy',
    ],
    [
      'understudy audit A B --outcome p:ride --expect more --elicit expected,greedy',
      'each wording in two ways of asking',
    ],
  ],
  async run({ values, positionals, scenario, reopen, signal, progress, log, report }) {
    const { workspace, seed, outcome, expect, wordings, repeats, agents, replications, people, elicit } = values;
    const [a, b] = positionals;
    const wrong = (message: string) => new UsageError(message, 'audit');
    if (a === undefined || b === undefined)
      throw wrong('audit needs two sides, A and B: settings of parameters, scenarios, or phrases');
    if (outcome === undefined) throw wrong('say what the claim is about: --outcome MEASURE, ACTION or p:ACTION');
    if (expect === undefined) throw wrong(`say what the claim expects of ${outcome} in ${b}: --expect more or less`);
    if (values.days !== undefined && values.ticks !== undefined)
      throw wrong('--days and --ticks both say how long: leave one out');
    const { ticksPerDay = 1 } = scenario as { ticksPerDay?: number };
    const ticks = values.ticks ?? (values.days === undefined ? undefined : values.days * ticksPerDay);
    const levels = Object.fromEntries(
      (['paraphrase', 'slots', 'order', 'list', 'punctuation'] as const).flatMap((facet) =>
        values[facet] === undefined ? [] : [[facet, values[facet]]],
      ),
    );
    const asked = {
      ...{ scenario, outcome, expect, wordings, levels, repeats, agents, replications, seed, workspace },
      ...{ signal, progress, log, policies: values.policy },
      a: await sideOf(a, { scenario, reopen }),
      b: await sideOf(b, { scenario, reopen }),
      ...(values.teacher.length > 0 && { teachers: values.teacher }),
      ...(elicit && { elicits: elicit }),
      ...(values.temperature && { temperatures: values.temperature }),
      ...(ticks !== undefined && { ticks }),
      ...(people && { people }),
    };
    if (values.plan) {
      const { planAudit } = await import('../distill/plan/plan-audit.ts');
      const planned = await planAudit({ ...asked, probe: values.probe, prices: values.prices });
      return report(planned, planWords(planned));
    }
    const { audit } = await import('../measure/audit/audit.ts');
    const result = await audit(asked);
    report(result, auditWords(result));
    return result.failed === result.specifications ? 'failed' : undefined;
  },
});

/** The items between commas; undefined if one of them is not valid. */
function listOf<T>(given: string, item: (name: string) => T | undefined): readonly T[] | undefined {
  const items = given.split(',').map((name) => item(name.trim()));
  return items.every((found) => found !== undefined) ? (items as T[]) : undefined;
}

async function sideOf(
  name: string,
  { scenario, reopen }: { readonly scenario: Vocabulary; readonly reopen: Work<Options>['reopen'] },
): Promise<AuditSide> {
  const whole = scenario.phrases.includes(name);
  const kind = whole ? undefined : kindOfSide(scenario, name);
  if (kind !== undefined)
    return { name, scenario: await scenarioOfSide(name, kind, { scenario, reopen, verb: 'audit' }) };
  if (!whole && name === 'none') return { name, phrases: [] };
  return { name, phrases: whole ? [name] : name.split(/\s+\+\s+/).map((phrase) => phrase.trim()) };
}

/** The audit on one screen. */
export function auditWords(audit: Audit): string[] {
  const { specifications, way, agents, ticks, replications, rows } = audit;
  const who =
    way === 'asked'
      ? `${grouped(agents)} kinds of people asked`
      : `${grouped(agents)} agents × ${grouped(ticks!)} ${ticks === 1 ? 'tick' : 'ticks'}, ${grouped(replications)} ${replications === 1 ? 'run' : 'runs'}`;
  return [
    ...wrap(`${claimWords(audit)}: ${verdictOf(audit)}`, WIDTH),
    `${grouped(specifications)} specifications, ${who}`,
    '',
    ...curve(audit),
    '',
    ...findingLines(auditFindings(audit), WIDTH),
    ...facetLines(audit),
    '',
    'At the ends of the curve:',
    ...ends(rows),
    'Written to results/metrics: audit.json, audit.csv and what they rest on.',
    `Again: ${audit.command}`,
  ];
}

/** The specification curve: estimates in ascending order, those that go against the claim marked. */
function curve({ rows, claim }: Audit): string[] {
  const sorted = rows
    .flatMap((row) => (row.estimate === undefined ? [] : [row]))
    .sort((a, b) => a.estimate! - b.estimate!);
  if (sorted.length === 0) return ['no specification has an estimate'];
  const columns = Math.min(CURVE, sorted.length);
  const picked = Array.from({ length: columns }, (_, c) => sorted[Math.round((c * (sorted.length - 1)) / Math.max(1, columns - 1))]!); // biome-ignore format: one line
  const [low, high] = [Math.min(0, sorted[0]!.estimate!), Math.max(0, sorted.at(-1)!.estimate!)];
  const height = 7;
  const levelOf = (value: number) => (high === low ? 0 : Math.round(((value - low) / (high - low)) * (height - 1)));
  const zero = levelOf(0);
  return Array.from({ length: height }, (_, line) => {
    const level = height - 1 - line;
    const label = level === height - 1 ? short(high) : level === 0 ? short(low) : level === zero ? '0' : '';
    const cells = picked.map(({ estimate, against }) =>
      levelOf(estimate!) === level ? (against ? 'x' : 'o') : level === zero ? '·' : ' ',
    );
    return `${label.padStart(9)} ${cells.join('')}${line === 0 ? `   o as claimed (${claim.expect} for B), x against` : ''}`.trimEnd();
  });
}

function facetLines({ facets }: Audit): string[] {
  const moving = facets.filter(({ share }) => share >= 0.01).slice(0, SHOWN);
  if (moving.length === 0) return [];
  return [
    '',
    ...moving.map(
      ({ facet, share, levels }) =>
        `${capital(facetName(facet))} (${percent(share)}): ${levels.map(({ level, mean }) => `${level} ${short(mean)}`).join(', ')}`,
    ),
  ].flatMap((line) => wrap(line, WIDTH));
}

function ends(rows: Audit['rows']): string[] {
  const sorted = rows
    .flatMap((row) => (row.estimate === undefined ? [] : [row]))
    .sort((a, b) => a.estimate! - b.estimate!);
  const shown = sorted.length <= 2 * SHOWN ? sorted : [...sorted.slice(0, SHOWN), ...sorted.slice(-SHOWN)];
  return shown.map((row) => {
    const { specification, policy, elicit, temperature, paraphrase, slots, order, list: form, punctuation } = row;
    const wording = paraphrase === undefined ? '' : `: paraphrase ${paraphrase}, ${slots}, ${order}, ${form}, ${punctuation}`; // biome-ignore format: one line
    return `  ${short(row.estimate).padStart(8)}  ${specification}. ${[policy, elicit, temperature].filter((part) => part !== undefined).join(' ')}${wording}`;
  });
}
