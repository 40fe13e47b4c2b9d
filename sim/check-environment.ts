import assert from 'node:assert/strict';
import { UnderstudyError } from '../env/error.ts';
import { philox4x32 } from '../env/random.ts';
import { contains, type ResetResult, type Space, type Steppable, type StepResult } from './spaces.ts';

export interface CheckOptions {
  /** Seed of the episodes that are played; default 0. */
  readonly seed?: number;
  /** Longest episode that is played; default 10,000. */
  readonly steps?: number;
}

/**
 * Checks that an environment keeps to the interface, as `check_env` of Gymnasium does: spaces contain what is returned, the
 * same seed and actions give the same episode, what was returned is not written to later, and a step is refused before the
 * first reset, after the episode's end, and for an action that does not exist or is not allowed.
 * @param environment a new one, which has not been reset
 * @throws {UnderstudyError} SIMULATION_ENVIRONMENT listing everything that was found
 * @example checkEnvironment(new Environment(scenario))
 */
export function checkEnvironment(environment: Steppable, { seed = 0, steps = 10_000 }: CheckOptions = {}): void {
  const findings: string[] = [];
  const check = (what: string, body: () => void) => {
    try {
      body();
    } catch (error) {
      findings.push(`${what}: ${(error as Error).message.split('\n')[0]}`);
    }
  };
  const { observationSpace, actionSpace } = environment;
  check('the spaces are data', () => {
    for (const space of [observationSpace, actionSpace]) requireSpace(space);
  });
  check('a step before the first reset is refused', () => requireRefused(() => environment.step(0)));

  let first: Episode | undefined;
  check('an episode can be played', () => (first = play(environment, seed, steps)));
  if (first) {
    const { turns, states, ended } = first;
    check('what is returned belongs to the spaces', () => {
      for (const state of states) requireState(state, observationSpace, actionSpace.n);
    });
    check('what was returned is not written to later', () => assert.deepEqual(states, turns, 'it changed'));
    check('an episode ends', () => assert(ended, `it did not within ${steps} steps`));
    if (ended) check('a step after the end is refused', () => requireRefused(() => environment.step(0)));
    check('the same seed and actions give the same episode', () => {
      const again = play(environment, seed, steps);
      for (const [t, turn] of turns.entries()) assert.deepEqual(again.turns[t], turn, `it differs from step ${t} on`);
      assert.equal(again.turns.length, turns.length, 'it has another length');
    });
    check('an action that does not exist or is not allowed is refused, and changes nothing', () => {
      const disturbed = play(environment, seed, steps, ({ info }) => {
        const forbidden = [...info.actionMask.keys()].filter((action) => info.actionMask[action] === 0);
        for (const action of [-1, 0.5, Number.NaN, actionSpace.n, ...forbidden])
          requireRefused(() => environment.step(action), `action ${action}`);
      });
      assert.deepEqual(disturbed.turns, turns, 'the episode went on in another way');
    });
  }
  if (findings.length > 0)
    throw new UnderstudyError(
      'SIMULATION_ENVIRONMENT',
      `the environment does not keep to its interface:\n${findings.map((finding) => `  ${finding}`).join('\n')}`,
    );
}

interface Episode {
  /** What the reset gave, then what each step gave. */
  readonly states: readonly (ResetResult | StepResult)[];
  /** Copies of them, made at once. */
  readonly turns: readonly (ResetResult | StepResult)[];
  readonly ended: boolean;
}

/** Plays an episode with actions that depend on the seed, the step and what is allowed. */
function play(
  environment: Steppable,
  seed: number,
  steps: number,
  before: (state: ResetResult) => void = () => {},
): Episode {
  let state: ResetResult | StepResult = environment.reset({ seed });
  const states = [state];
  const turns = [structuredClone(state)];
  let ended = false;
  for (let t = 0; t < steps && !ended; t++) {
    before(state);
    const allowed = [...state.info.actionMask.keys()].filter((action) => state.info.actionMask[action] === 1);
    assert(allowed.length > 0, `no action is allowed at step ${t}`);
    const [word] = philox4x32([t, 0, 0, 0], [seed >>> 0, 0]);
    const step = environment.step(allowed[word % allowed.length]!);
    state = step;
    states.push(step);
    turns.push(structuredClone(step));
    ended = step.terminated || step.truncated;
  }
  return { states, turns, ended };
}

function requireSpace(space: Space): void {
  assert.deepEqual(JSON.parse(JSON.stringify(space)), space, `a ${space.type} space changes in JSON`);
  assert.equal(space.names.length, space.n, `${space.n} entries have ${space.names.length} names`);
  assert.equal(new Set(space.names).size, space.n, `names of the ${space.type} space are given twice`);
}

function requireState(state: ResetResult | StepResult, space: Space, k: number): void {
  assert(contains(space, state.observation), `[${state.observation}] does not belong to the observation space`);
  const { actionMask } = state.info;
  assert(
    actionMask.length === k && actionMask.every((bit) => bit === 0 || bit === 1),
    `the action mask [${actionMask}] is not ${k} zeros and ones`,
  );
  if (!('reward' in state)) return;
  assert(Number.isFinite(state.reward), `the reward ${state.reward} is not a finite number`);
  for (const name of ['terminated', 'truncated'] as const)
    assert.equal(typeof state[name], 'boolean', `${name} is ${String(state[name])}, expected true or false`);
}

function requireRefused(act: () => unknown, what = 'it'): void {
  try {
    act();
  } catch {
    return;
  }
  throw new Error(`${what} was not refused`);
}
