import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type Observations, phrasesOf } from '../../env/observation.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { readDecisions } from '../../workspace/decisions.ts';
import { immediateTeacher } from '../immediate.ts';
import type { Answer, Teacher } from '../policy.ts';

/**
 * A teacher that repeats what a file says: a data set (JSON Lines, CSV, Parquet) or a label store. Several rows of one
 * state, whatever the order of their phrases, are averaged; a state that is not in the file is `missing`. How it is
 * asked does not matter.
 * @param log called with which states have several rows, and what was passed over
 * @throws {UnderstudyError} POLICY_FILE naming the file and the line
 */
export async function openRecorded(path: string, scenario: Vocabulary, log?: (line: string) => void): Promise<Teacher> {
  const { observations, probabilities, rows } = await readDecisions(path, scenario, { log });
  const k = scenario.actions.length;
  const states = new Map<number, { count: number; sums: number[]; explanation?: string }>();
  observations.masks.forEach((mask, row) => {
    const state = states.get(mask) ?? { count: 0, sums: Array.from({ length: k }, () => 0) };
    state.count++;
    for (let a = 0; a < k; a++) state.sums[a]! += probabilities[row * k + a]!;
    const { explanation } = rows[row]!;
    if (typeof explanation === 'string') state.explanation ??= explanation;
    states.set(mask, state);
  });
  const content = createHash('sha256')
    .update(scenario.id)
    .update(observations.masks)
    .update(probabilities)
    .digest('hex');
  const id = `recorded:${basename(path)}-${content.slice(0, 12)}`;

  const answerOf = (batch: Observations, row: number): Answer => {
    const state = states.get(batch.masks[row]!);
    if (state)
      return {
        outcome: 'ok',
        probabilities: state.sums.map((sum) => sum / state.count),
        ...(state.explanation !== undefined && { explanation: state.explanation }),
      };
    const { traits, context } = phrasesOf(scenario, batch, row);
    const words = [...traits, ...context].join(', ') || 'no phrase at all';
    return { outcome: 'missing', reason: `${path} has no decision for: ${words}` };
  };
  const recorded = Uint32Array.from(states.keys()).sort(scenario.sets.compare);
  return { ...immediateTeacher(scenario, { id, answer: answerOf }), recorded };
}
