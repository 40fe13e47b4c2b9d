import { createRequire } from 'node:module';
import type { z } from 'zod';
import { UnderstudyError } from '../env/error.ts';
import { peopling } from '../env/people.ts';
import type { Scenario } from '../env/scenario.ts';
import type { Answered } from '../policies/asked-once.ts';
import { outcomes } from '../policies/policy.ts';
import { scenarioHash } from '../scenarios/study.ts';
import { seal, unseal } from '../workspace/sealed.ts';
import type { Moment } from './clock.ts';
import type { DecidedCanary, Past } from './engine/decider.ts';
import { plainSelection } from './engine/selection.ts';

const VERSION = 1;

/** What a snapshot says before its bytes, and what of that is the run. */
function formsOf({ z }: typeof import('zod')) {
  const count = z.number().int().nonnegative();
  const people = z.object({
    scenario: z.string(),
    /** SHA-256 of the scenario's compiled data. */
    sha256: z.string(),
    engine: z.enum(['agents', 'cohorts']),
    agents: count,
    people: z.enum(peopling),
    /** The generator of the network, or the hash of its edges; absent if agents have no neighbours. */
    network: z.string().optional(),
  });
  const only = z.union([
    z.object({ share: z.tuple([z.number(), z.number()]) }),
    z.object({ traits: z.array(z.string()) }),
  ]);
  const canaries = z.array(z.object({ only, policy: z.string() })).default([]);
  const header = people.extend({
    seed: count,
    /** The tick to be played. */
    tick: count,
    /** Level indices of the world factors at that tick. */
    world: z.array(count),
    /** The crowd factors at that tick. */
    crowd: z.object({ levels: z.array(count), totals: z.array(z.number()) }),
    /** SHA-256 over what every tick before came to. */
    history: z.string().regex(/^[0-9a-f]{64}$/),
    /** Id of the policy that is to decide next. */
    policy: z.string(),
    decided: z.string(),
    /** The canaries that are to decide next, and those that decided last. */
    canaries,
    decidedCanaries: canaries,
    swaps: z.array(
      z.object({
        ...{ tick: count, from: z.string(), to: z.string() },
        ...{ only: only.optional(), agents: count.optional(), reason: z.string().optional() },
      }),
    ),
    /** By policy: what was asked for that tick already, before it broke off. */
    asked: z.record(z.string(), count).optional(),
    /** Ids of the policies whose answers follow. */
    answered: z.array(z.string()),
  });
  return { people, header };
}
type Forms = ReturnType<typeof formsOf>;
type Header = z.infer<Forms['header']>;

/** The run that a snapshot is of: only a run of the same can go on from it. */
export type SnapshotPeople = z.infer<Forms['people']>;

/** A run between two ticks: all that decides how it goes on. */
export interface Snapshot extends SnapshotPeople {
  readonly moment: Moment;
  /** Id of the policy that is to decide next. */
  readonly policy: string;
  /** The canaries that are to decide next, and the ids of their policies. */
  readonly canaries: readonly DecidedCanary[];
  readonly past: Past;
  /** The columns of the engine, one after the other. */
  readonly state: Uint8Array;
}

/** The bytes of a snapshot; numbers are little-endian, as on every machine that Node.js runs on. */
export function writeSnapshot({ moment, past, state, ...facts }: Snapshot): Uint8Array {
  const { answers, swaps, canaries: decidedCanaries, ...decided } = past;
  const { seed, tick, world, crowd, history } = moment;
  const head: Header = {
    ...{ ...facts, seed, tick, history, ...decided },
    ...{ canaries: plainOf(facts.canaries), decidedCanaries: plainOf(decidedCanaries) },
    world: [...world],
    crowd: { levels: [...crowd.levels], totals: [...crowd.totals] },
    swaps: swaps.map(({ only, ...swap }) => ({ ...swap, ...(only && { only: plainSelection(only) }) })),
    answered: [...answers.keys()],
  };
  return seal('snapshot', VERSION, head, [state, ...[...answers.values()].flatMap(answerPieces)]);
}

/** @throws {UnderstudyError} SIMULATION_SNAPSHOT for bytes that are damaged, or not a snapshot */
export function readSnapshot(bytes: Uint8Array): Snapshot {
  // Loaded now: a run that goes on from nothing does without, and a short one is over sooner than this is loaded.
  const zod = createRequire(import.meta.url)('zod') as typeof import('zod');
  const { header } = formsOf(zod);
  try {
    const sealed = unseal('snapshot', VERSION, bytes);
    const parsed = header.parse(sealed.header);
    const { decided, decidedCanaries, swaps, asked, answered, seed, tick, world, crowd, history, ...facts } = parsed;
    const moment: Moment = {
      ...{ seed, tick, history },
      world: Int32Array.from(world),
      crowd: { levels: Int32Array.from(crowd.levels), totals: Float64Array.from(crowd.totals) },
    };
    const [state, ...pieces] = sealed.pieces;
    const answers = new Map(answered.map((id, i) => [id, answersIn(pieces.slice(3 * i, 3 * i + 3))]));
    return {
      ...facts,
      moment,
      past: { decided, canaries: decidedCanaries, swaps, answers, ...(asked && { asked }) },
      state: state!,
    };
  } catch (cause) {
    const what =
      cause instanceof zod.ZodError ? `is not understood: ${zod.prettifyError(cause)}` : (cause as Error).message;
    throw new UnderstudyError('SIMULATION_SNAPSHOT', `the snapshot ${what}`, { cause });
  }
}

/** @throws {UnderstudyError} SIMULATION_SNAPSHOT if a snapshot is of another run, with the first difference */
export function requireSame(snapshot: SnapshotPeople, run: SnapshotPeople): void {
  const other = (what: string, is: string | number, has: string | number) =>
    new UnderstudyError('SIMULATION_SNAPSHOT', `the snapshot is of ${what} ${is}, and the run has ${has}`);
  for (const [what, name] of [
    ['scenario', 'scenario'],
    ['engine', 'engine'],
    ['number of agents', 'agents'],
    ['people', 'people'],
    ['network', 'network'],
  ] as const)
    if (snapshot[name] !== run[name]) throw other(what, snapshot[name] ?? 'none', run[name] ?? 'none');
  if (snapshot.sha256 !== run.sha256)
    throw other(`${run.scenario} with tables`, snapshot.sha256.slice(0, 12), run.sha256.slice(0, 12));
}

const hashes = new WeakMap<Scenario, string>();

/** SHA-256 of a scenario's compiled data, worked out once. */
export function hashOfScenario(scenario: Scenario): string {
  const hash = hashes.get(scenario) ?? scenarioHash(scenario);
  hashes.set(scenario, hash);
  return hash;
}

const plainOf = (canaries: readonly DecidedCanary[]) =>
  canaries.map(({ only, policy }) => ({ only: plainSelection(only), policy }));

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array | Float64Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

const answerPieces = ({ masks, outcomes: ended, probabilities }: Answered): Uint8Array[] => [
  bytesOf(masks),
  Uint8Array.from(ended, (outcome) => outcomes.indexOf(outcome)),
  bytesOf(probabilities),
];

/** Copied, since a piece may begin at any byte. */
const answersIn = ([masks, ended, probabilities]: readonly Uint8Array[]): Answered => ({
  masks: new Uint32Array(Uint8Array.from(masks!).buffer),
  outcomes: Array.from(ended!, (outcome) => outcomes[outcome]!),
  probabilities: new Float64Array(Uint8Array.from(probabilities!).buffer),
});
