import { UnderstudyError } from '../../env/error.ts';
import { observations, phrasesOf } from '../../env/observation.ts';
import type { Peopling } from '../../env/people.ts';
import {
  allWordings,
  someWordings,
  type Wording,
  type WordingFacet,
  type WordingLevels,
  wordingFacets,
  wordingLevels,
} from '../../env/sampling/wordings.ts';
import type { Scenario, Vocabulary } from '../../env/scenario.ts';
import { requireDynamics } from '../../env/vocabulary.ts';
import type { WorkOptions } from '../../env/work.ts';
import { defaultTeacher, type openTeacher } from '../../policies/open.ts';
import { inPlaces } from '../../policies/places.ts';
import { type Elicitation, elicitations, type Policy, type Teacher } from '../../policies/policy.ts';
import { type Ended, playPieces } from '../../policies/shards/pieces.ts';
import { scenarioHash } from '../../scenarios/study.ts';
import { seedsFrom } from '../../sim/replications.ts';
import { mean } from '../../stats/moments.ts';
import { meanWithInterval } from '../../stats/t-intervals.ts';
import { type AuditReport, type AuditRow, writeAudit } from '../../workspace/audits.ts';
import { hashOf } from '../../workspace/hash.ts';
import { ownPackage } from '../../workspace/package.ts';
import { workspace as paths } from '../../workspace/paths.ts';
import { analyse, type Estimated, goesAgainst } from './analysis.ts';
import { type AuditOutcome, type AuditSide, contrastOf, type Direction, directions, outcomeOf } from './claim.ts';
import { askedContrast, type Contrast, type Contrasted, simulatedContrast } from './contrast.ts';
import { Deciders } from './deciders.ts';
import { kindsOfPeople, peopleOf } from './people.ts';
import { type AskedTeacher, type Specification, specificationsOf } from './specifications.ts';

export interface AuditOptions extends WorkOptions {
  /** The world in whose words people are asked. */
  readonly scenario: Vocabulary;
  /** A measure, `reward`, an action (its share), or `p:ACTION` (the mean of its probability). */
  readonly outcome: string;
  /** Two worlds (settings of parameters, files), or two lists of phrases. */
  readonly a: AuditSide;
  readonly b: AuditSide;
  /** Whether the outcome should be more or less in b than in a. */
  readonly expect: Direction;
  /** How many wordings, or all that there are; default 24. */
  readonly wordings?: number | 'all';
  /** Levels of the wordings to keep to, by facet. */
  readonly levels?: Partial<Readonly<Record<WordingFacet, readonly string[]>>>;
  /** Default: the way in which each teacher decides. */
  readonly elicits?: readonly Elicitation[];
  /** For `sample`; default 1. */
  readonly temperatures?: readonly number[];
  /** For `sample`: draws that are averaged; default 1. */
  readonly repeats?: number;
  /** Default: that of defaultTeacher. */
  readonly teachers?: readonly (string | Teacher)[];
  /** Students and other policies without wordings, each a specification of its own. */
  readonly policies?: readonly (string | Policy)[];
  /** Agents of a population; of asking, the most kinds of people. Default 1,000. */
  readonly agents?: number;
  /** Default: the scenario's horizon. */
  readonly ticks?: number;
  /** Runs of each specification on each side, on the same seeds everywhere; default 2. */
  readonly replications?: number;
  readonly people?: Peopling;
  /** Of the runs, of drawn wordings and of the test; default 0. */
  readonly seed?: number;
  /** Where labels and students lie, and results go. Default: the current directory. */
  readonly workspace?: string;
}

/** An audit with what each specification came to. */
export interface Audit extends AuditReport {
  readonly rows: readonly AuditRow[];
}

const WORDINGS = 24;

const wrong = (message: string) => new UnderstudyError('SIMULATION_ARGUMENT', message);

/**
 * Looks at a claim under every specification that is as good as another: each wording in each way of asking of each teacher, and
 * each student, on the same random numbers (Simonsohn, Simmons & Nelson, "Specification curve analysis", 2020). Says the range,
 * which way the estimates go, which facet moves them, and whether their mean is told apart from 0 with the wording as the unit:
 * all people share what a wording shifts. Writes results/metrics/audit.json, audit.csv, audit-runs.csv and audit-persons.csv.
 *
 * Answers of language models are kept as they arrive: the same audit goes on after whatever stopped it. A specification that
 * fails is kept with its reason, and the others stand.
 * @throws {UnderstudyError} SIMULATION_ARGUMENT or POLICY_ARGUMENT for a claim or specifications that there cannot be, naming
 *   those that there are; POLICY_UNKNOWN for a teacher that nobody knows
 * @example await audit({ scenario, outcome: 'p:ride', a: { name: 'dry', phrases: ['it is sunny'] }, b: { name: 'wet', phrases: ['it is raining'] }, expect: 'less' })
 */
export async function audit(options: AuditOptions): Promise<Audit> {
  const { a, b, expect, seed = 0, workspace = '.' } = options;
  const { estimated, scenario, outcome, way, played, policies } = await estimates(options);
  const report: AuditReport = {
    scenario: scenario.id,
    claim: { outcome: options.outcome, kind: outcome.kind, a: a.name, b: b.name, expect },
    way,
    ...{ agents: played.agents, ticks: played.ticks, replications: played.replications, seed },
    specifications: estimated.length,
    failed: estimated.filter(({ failure }) => failure !== undefined).length,
    failures: reasonsOf(estimated),
    ...analyse(estimated, { expect, seed }),
    policies,
    command: commandOf(options),
  };
  const rows = estimated.map((one, i) => rowOf(one, i + 1, expect));
  const traitsOf = (kind: number) => phrasesOf(scenario, observations(scenario, [kind]), 0).traits;
  await writeAudit(paths(workspace), report, {
    rows,
    runs: estimated.flatMap(({ contrasted }, i) =>
      (contrasted?.a ?? []).map((a, r) => ({ specification: i + 1, replication: r + 1, a, b: contrasted!.b[r]! })),
    ),
    persons: estimated.flatMap(({ contrasted }, i) =>
      [...(contrasted?.personas ?? [])].map(([kind, difference]) => ({
        ...{ specification: i + 1, traits: traitsOf(kind), difference },
      })),
    ),
  });
  return { ...report, rows };
}

/** What each specification of a claim comes to. */
export interface Estimates {
  readonly estimated: readonly Estimated[];
  /** The world of a. */
  readonly scenario: Vocabulary;
  readonly outcome: AuditOutcome;
  readonly way: AuditReport['way'];
  readonly played: Played;
  /** Who decided, with the ids of content. */
  readonly policies: Readonly<Record<string, string>>;
}

/**
 * Estimates a claim under each of its specifications, and writes nothing.
 * @param how `openTeacher` in place of the usual one, and what is done after each specification, by its place
 * @throws {UnderstudyError} as `audit` does
 */
export async function estimates(
  options: AuditOptions,
  how: { readonly openTeacher?: typeof openTeacher; readonly after?: (specification: number) => void } = {},
): Promise<Estimates> {
  const { scenario, a, b, expect, seed = 0, workspace = '.', signal, progress, log } = options;
  if (!directions.includes(expect)) throw wrong(`a claim expects more or less of its outcome in B, got ${expect}`);
  const phrases = contrastOf(scenario, a, b);
  const scenarios = [a, b].map((side) => ('scenario' in side ? side.scenario : scenario)) as [Vocabulary, Vocabulary];
  const outcome = outcomeOf(scenarios[0], options.outcome, phrases !== undefined);
  const played = phrases ? asked(options, outcome, phrases) : simulated(options, outcome, scenarios);
  const wordings = wordingsOf(options, scenarios[0], seed);

  const { repeats = 1 } = options;
  const more = {
    ...(signal && { signal }),
    ...(log && { log }),
    ...(how.openTeacher && { openTeacher: how.openTeacher }),
  };
  await using deciders = new Deciders({ scenarios, workspace, repeats, seed, ...more });
  const specifications = specificationsOf({ ...(await whoDecides(options, deciders)), wordings });
  if (specifications.length < 2)
    throw wrong('an audit needs two specifications or more: name wordings, ways of asking, teachers or students');

  const of = specifications.length;
  progress?.({ stage: 'auditing', done: 0, of });
  const same = {
    ...{ verb: 'audit', understudy: ownPackage().version, worlds: scenarios.map(scenarioHash) },
    ...{ outcome: options.outcome, way: phrases ? [sideData(a), sideData(b)] : 'simulated' },
    ...{ agents: options.agents ?? 1000, ticks: played.ticks, replications: played.replications },
    ...{ people: options.people ?? 'drawn', repeats, seed },
  };
  const lines = how.openTeacher
    ? [[...specifications.keys()]]
    : inPlaces(specifications.map(({ policy }) => deciders.given(policy)));
  const contrasts = lines.map(() => played.contrast());
  const ends = await playPieces<Specification, Kept>({
    ...{ workspace, pieces: specifications, lines },
    keyOf: (specification) => hashOf({ ...same, ...specification, policy: deciders.ids[specification.policy]! }),
    play: async (specification, line) => {
      try {
        const { personas, ...contrasted } = await contrasts[line]!(deciders.memosOf(specification), signal);
        return { run: { ...contrasted, ...(personas && { personas: [...personas] }) } };
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof UnderstudyError)) throw error;
        return { failure: error.message };
      }
    },
    onEnd: (_, done) => {
      progress?.({ stage: 'auditing', done, of });
      how.after?.(done - 1);
    },
  });
  const estimated = specifications.map((specification, i) => estimatedOf(specification, ends[i]));
  const way = phrases ? 'asked' : 'simulated';
  return { ...{ estimated, outcome, way, played, policies: deciders.ids }, scenario: scenarios[0] };
}

/** What a specification came to, as data. */
type Kept = Omit<Contrasted, 'personas'> & { readonly personas?: readonly (readonly [number, number])[] };

function estimatedOf(specification: Specification, end: Ended<Kept> | undefined): Estimated {
  if (!end) return { specification, failure: 'no shard brought it' };
  if ('failure' in end) return { specification, failure: end.failure };
  const { personas, ...values } = end.run;
  const contrasted: Contrasted = { ...values, ...(personas && { personas: new Map(personas) }) };
  return { specification, contrasted, estimate: mean(contrasted.b) - mean(contrasted.a) };
}

const sideData = (side: AuditSide): readonly string[] => ('phrases' in side ? side.phrases : []);

interface Played {
  /** Makes what one specification after another is held against; what goes on at the same time has its own. */
  readonly contrast: () => Contrast;
  readonly agents: number;
  readonly ticks: number | null;
  readonly replications: number;
}

function asked(
  { scenario, a, b, agents = 1000, seed = 0 }: AuditOptions,
  outcome: AuditOutcome,
  sides: NonNullable<ReturnType<typeof contrastOf>>,
): Played {
  const people = kindsOfPeople(scenario, agents, seed);
  const [one, other] = [peopleOf(scenario, people, sides[0], a.name), peopleOf(scenario, people, sides[1], b.name)];
  return {
    contrast: () => askedContrast(scenario, outcome, [one, other]),
    agents: new Set([...one.sets, ...other.sets]).size,
    ...{ ticks: null, replications: 1 },
  };
}

function simulated(
  { agents = 1000, ticks: wanted, replications = 2, seed = 0, people }: AuditOptions,
  outcome: AuditOutcome,
  scenarios: readonly [Vocabulary, Vocabulary],
): Played {
  const worlds = scenarios.map((one) => requireDynamics(one, 'an audit of two worlds')) as [Scenario, Scenario];
  const ticks = wanted ?? worlds[0].horizon;
  const seeds = seedsFrom(seed, replications);
  const options = { agents, ticks, seeds, ...(people && { people }) };
  return { contrast: () => simulatedContrast(worlds, outcome, options), agents, ticks, replications };
}

/** @throws {UnderstudyError} SIMULATION_ARGUMENT for a single wording */
function wordingsOf({ wordings = WORDINGS, levels, log }: AuditOptions, scenario: Vocabulary, seed: number): Wording[] {
  const all = allWordings(scenario, wordingLevels(scenario, levels));
  if (wordings !== 'all' && !(Number.isInteger(wordings) && wordings >= 1))
    throw wrong(`the number of wordings is an integer of 1 or more, got ${wordings}`);
  const chosen = wordings === 'all' ? all : someWordings(all, wordings, seed);
  if (chosen.length < 2)
    throw wrong(
      `one wording only: nothing can be said about others; ${scenario.id} has ${levelsInWords(wordingLevels(scenario))}`,
    );
  if (wordings !== 'all' && chosen.length < wordings)
    log?.(`${scenario.id} has ${chosen.length} different wordings here: all of them are asked`);
  return chosen;
}

const levelsInWords = (levels: WordingLevels): string =>
  wordingFacets.map((facet) => `${facet} ${levels[facet].join(', ')}`).join('; ');

/** Opens everybody who is named, before anything is asked. */
async function whoDecides(options: AuditOptions, deciders: Deciders) {
  const { scenario, workspace = '.', elicits: wanted, temperatures = [1], policies: others = [] } = options;
  const unknown = wanted?.find((one) => !elicitations.includes(one));
  if (unknown !== undefined) throw wrong(`unknown elicitation: ${unknown} (known: ${elicitations.join(', ')})`);
  for (const [what, values] of Object.entries({ elicitation: wanted ?? [], temperature: temperatures }))
    requireOnce(what, values);
  for (const temperature of temperatures)
    if (!(temperature > 0 && temperature <= 10))
      throw wrong(`a temperature is above 0 and at most 10, got ${temperature}`);
  const named = options.teachers ?? (others.length > 0 ? [] : [await defaultTeacher(scenario, workspace)]);
  const teachers: AskedTeacher[] = [];
  const policies: string[] = [];
  for (const given of named) {
    const { name, teacher } = await deciders.teacher(given);
    if (teacher.recorded) policies.push(name);
    else teachers.push({ name, elicits: wanted ?? [teacher.decidesBy ?? 'expected'] });
  }
  for (const given of others) policies.push((await deciders.policy(given)).name);
  requireOnce('policy', [...teachers.map(({ name }) => name), ...policies]);
  return { teachers, policies, temperatures };
}

function requireOnce(what: string, values: readonly (string | number)[]): void {
  const twice = values.find((value, i) => values.indexOf(value) < i);
  if (twice !== undefined) throw wrong(`the ${what} ${twice} is there twice; name each once`);
}

function reasonsOf(estimated: readonly Estimated[]): AuditReport['failures'] {
  const reasons = new Map<string, number>();
  for (const { failure } of estimated) if (failure !== undefined) reasons.set(failure, (reasons.get(failure) ?? 0) + 1);
  return [...reasons]
    .map(([reason, specifications]) => ({ reason, specifications }))
    .sort((a, b) => b.specifications - a.specifications);
}

/** A specification's row of audit.csv. */
export function rowOf(
  { specification, contrasted, estimate, failure }: Estimated,
  number: number,
  expect: Direction,
): AuditRow {
  const { policy, wording, elicit, temperature } = specification;
  const differences = contrasted?.b.map((value, r) => value - contrasted.a[r]!);
  const { interval } = differences && differences.length > 1 ? meanWithInterval(differences) : {};
  return {
    ...{ specification: number, policy },
    ...(elicit !== undefined && { elicit }),
    ...(temperature !== undefined && { temperature }),
    ...(wording && { ...wording, paraphrase: String(wording.paraphrase) }),
    ...(contrasted && { a: mean(contrasted.a), b: mean(contrasted.b) }),
    ...(estimate !== undefined && { estimate, against: goesAgainst(estimate, expect) }),
    ...(interval && { lower: interval.lower, upper: interval.upper }),
    ...(failure !== undefined && { reason: failure }),
  };
}

/** The command that makes the audit again; teachers and policies that were given open are named by their ids. */
function commandOf(options: AuditOptions): string {
  const quoted = (value: string) => (/^[\w.,:/=+@%-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`);
  const flags: string[] = [];
  const flag = (name: string, value: string | number | undefined) => {
    if (value !== undefined) flags.push(`--${name} ${quoted(String(value))}`);
  };
  const nameOf = (given: string | Policy) => (typeof given === 'string' ? given : given.id);
  const { levels = {}, elicits, temperatures } = options;
  flag('outcome', options.outcome);
  flag('expect', options.expect);
  for (const teacher of options.teachers ?? []) flag('teacher', nameOf(teacher));
  for (const policy of options.policies ?? []) flag('policy', nameOf(policy));
  flag('wordings', options.wordings);
  for (const facet of wordingFacets) flag(facet, levels[facet]?.join(','));
  flag('elicit', elicits?.join(','));
  flag('temperature', temperatures?.join(','));
  for (const name of ['repeats', 'agents', 'ticks', 'replications', 'people', 'seed'] as const)
    flag(name, options[name]);
  return ['understudy audit', quoted(options.a.name), quoted(options.b.name), ...flags].join(' ');
}
