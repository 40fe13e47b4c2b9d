import { UnderstudyError } from '../../env/error.ts';
import { sensible } from '../../env/occurring.ts';
import { sequence, shuffle } from '../../env/random.ts';
import { canList, firstStates } from '../../env/sampling/sampling.ts';
import { states } from '../../env/sampling/states.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { readDecisions } from '../../workspace/decisions.ts';
import type { Inquiry } from '../inquiry.ts';

/** What may be asked about, and what errors are measured on. */
export interface Pool {
  /** In random order, each state once, none of them a test state. */
  readonly masks: Uint32Array;
  readonly test: {
    /** Shape [n]. */
    readonly masks: Uint32Array;
    /** Row-major [n, k]. */
    readonly probabilities: Float64Array;
  };
}

export interface PoolOptions {
  readonly scenario: Vocabulary;
  readonly inquiry: Inquiry;
  /** The states that a teacher of recorded decisions knows. */
  readonly recorded?: Uint32Array;
  readonly test?: string;
  /** States that are not to be asked about. */
  readonly left: ReadonlySet<number>;
  readonly seed: number;
}

/** Share of a recorded file's states that are the test. */
const TEST_SHARE = 0.2;
/** States of a scenario that are the test. */
const TEST_STATES = 500;
/** States that labels are chosen among if there are too many to list; a committee decides about each in every round. */
const DRAWN_STATES = 20_000;

/**
 * Every state of a scenario that makes sense to ask about or, if they are too many to list, 20,000 of them, stratified by size.
 */
export function statesAbout(scenario: Vocabulary, seed: number): Uint32Array {
  const keep = sensible(scenario) ?? (() => true);
  return canList(scenario)
    ? Uint32Array.from(states(scenario)).filter(keep)
    : firstStates(scenario, seed, DRAWN_STATES, { keep });
}

/** @throws {UnderstudyError} DISTILL_FILE where nothing is left to test on or to ask about */
export async function poolOf({ scenario, inquiry, recorded, test, left, seed }: PoolOptions): Promise<Pool> {
  const all = shuffle(Uint32Array.from(recorded ?? statesAbout(scenario, seed)), sequence(seed, 'pool'));
  const held =
    test === undefined ? await heldOut(all, recorded !== undefined, inquiry) : await readTest(test, scenario);
  const taken = new Set([...held.masks, ...left]);
  const masks = all.filter((mask) => !taken.has(mask));
  if (held.masks.length === 0 || masks.length === 0)
    throw new UnderstudyError(
      'DISTILL_FILE',
      `${masks.length} states are left to ask about and ${held.masks.length} to test on; at least one of each is needed`,
    );
  return { masks, test: held };
}

async function readTest(file: string, scenario: Vocabulary): Promise<Pool['test']> {
  const { observations, probabilities } = await readDecisions(file, scenario);
  return { masks: observations.masks, probabilities };
}

async function heldOut(all: Uint32Array, recorded: boolean, inquiry: Inquiry): Promise<Pool['test']> {
  const size = recorded ? Math.round(TEST_SHARE * all.length) : Math.min(TEST_STATES, Math.floor(all.length / 2));
  const labels = await inquiry.about(all.subarray(0, size));
  return {
    masks: Uint32Array.from(labels, ({ mask }) => mask),
    probabilities: Float64Array.from(labels.flatMap(({ probabilities }) => probabilities)),
  };
}
