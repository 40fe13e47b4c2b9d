import { UnderstudyError } from '../env/error.ts';
import { type Observations, requireWidth } from '../env/observation.ts';
import type { Vocabulary } from '../env/scenario.ts';
import {
  type Answer,
  type AskOptions,
  type DecideOptions,
  type Decisions,
  decisionsOf,
  type Policy,
  type Teacher,
} from './policy.ts';

interface Identity extends Pick<Policy, 'eager'> {
  readonly id: string;
  readonly caveat?: string;
}

/**
 * A policy that computes each row at once.
 * @param row writes the probabilities of row i to `out`, which holds k zeros
 */
export function immediatePolicy(
  scenario: Vocabulary,
  { row, ...identity }: Identity & { row(batch: Observations, i: number, out: Float64Array): void },
): Policy {
  const { admit, dispose } = checks(scenario, identity.id);
  return {
    ...identity,
    scenario: scenario.id,
    async decide(batch, options = {}): Promise<Decisions> {
      admit(batch, options);
      const n = batch.masks.length;
      const k = scenario.actions.length;
      const probabilities = new Float64Array(n * k);
      for (let i = 0; i < n; i++) row(batch, i, probabilities.subarray(i * k, (i + 1) * k));
      options.onProgress?.(n, n);
      return { probabilities, outcomes: Array.from({ length: n }, () => 'ok') };
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** A teacher that answers each row at once; it decides as it answers when it is asked without options. */
export function immediateTeacher(
  scenario: Vocabulary,
  { answer, ...identity }: Identity & { answer(batch: Observations, i: number, options: AskOptions): Answer },
): Teacher {
  const { admit, dispose } = checks(scenario, identity.id);
  const ask = async (batch: Observations, options: AskOptions = {}): Promise<Answer[]> => {
    admit(batch, options);
    const answers = Array.from(batch.masks, (_, i) => answer(batch, i, options));
    for (const [i, given] of answers.entries()) options.onAnswer?.(i, given);
    options.onProgress?.(answers.length, answers.length);
    return answers;
  };
  return {
    ...identity,
    scenario: scenario.id,
    ask,
    decide: async (batch, options) => decisionsOf(await ask(batch, options), scenario.actions.length),
    [Symbol.asyncDispose]: dispose,
  };
}

function checks(scenario: Vocabulary, id: string) {
  let disposed = false;
  return {
    admit(batch: Observations, { signal }: DecideOptions): void {
      if (disposed) throw new UnderstudyError('POLICY_DISPOSED', `${id} is disposed; open it again`);
      requireWidth(scenario, batch);
      signal?.throwIfAborted();
    },
    async dispose(): Promise<void> {
      disposed = true;
    },
  };
}
