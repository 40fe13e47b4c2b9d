import type { Wording } from '../env/sampling/wordings.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { hashOf } from '../workspace/hash.ts';
import { type Answer, type AskOptions, decisionsOf, type Elicitation, type Policy, type Teacher } from './policy.ts';

/** A way of asking a teacher. */
export interface Manner {
  readonly wording: Wording;
  readonly elicit: Elicitation;
  /** For `sample`. */
  readonly temperature?: number;
  /** For `sample`: draws that are averaged; default 1. */
  readonly repeats?: number;
  /** For `sample`; default 0. */
  readonly seed?: number;
}

/**
 * The policy of a teacher that is asked in one way. An answer that cannot be used is asked for once more; of several draws,
 * those that can be used are averaged.
 * @param teacher stays open when the policy is disposed of
 */
export function askedAs(scenario: Vocabulary, teacher: Teacher, manner: Manner): Policy {
  const { wording, elicit, temperature = 1, seed = 0 } = manner;
  const { paraphrase, ...layout } = wording;
  const sampled = elicit === 'sample';
  const repeats = sampled ? (manner.repeats ?? 1) : 1;
  const how = { ...wording, elicit, ...(sampled && { temperature, seed, repeats }) };
  const asking: AskOptions = { paraphrase, layout, elicit, ...(sampled && { temperature, seed }) };
  const k = scenario.actions.length;
  return {
    id: `${teacher.id}-${hashOf(how).slice(0, 12)}`,
    scenario: scenario.id,
    ...(teacher.caveat !== undefined && { caveat: teacher.caveat }),
    async decide(batch, { signal, onProgress } = {}) {
      const n = batch.masks.length;
      const draws: Answer[][] = [];
      for (let repeat = 0; repeat < repeats; repeat++) {
        const more = {
          ...(signal && { signal }),
          ...(onProgress && { onProgress: (done: number) => onProgress(Math.floor((repeat * n + done) / repeats), n) }),
        };
        const answers = await teacher.ask(batch, { ...asking, ...more, ...(repeat > 0 && { repeat }) });
        const failed = answers.flatMap(({ outcome }, i) => (outcome === 'ok' || outcome === 'missing' ? [] : [i]));
        if (failed.length > 0) {
          const rows = {
            width: batch.width,
            masks: Uint32Array.from(failed, (i) => batch.masks[i]!),
            ...(batch.orders && { orders: failed.map((i) => batch.orders![i]) }),
          };
          const again = await teacher.ask(rows, { ...asking, ...(signal && { signal }), repeat: repeats + repeat });
          again.forEach((answer, i) => {
            if (answer.outcome === 'ok') answers[failed[i]!] = answer;
          });
        }
        draws.push(answers);
      }
      return decisionsOf(repeats === 1 ? draws[0]! : batchMeans(draws, n, k), k);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** The mean of the answers to each row that can be used; of a row without one, the first. @param draws shape [repeats][n] */
const batchMeans = (draws: readonly (readonly Answer[])[], n: number, k: number): Answer[] =>
  Array.from({ length: n }, (_, i) => {
    const used = draws.flatMap((answers) => (answers[i]!.outcome === 'ok' ? [answers[i]!.probabilities!] : []));
    if (used.length === 0) return draws[0]![i]!;
    const mean = (a: number) => used.reduce((sum, probabilities) => sum + probabilities[a]!, 0) / used.length;
    return { outcome: 'ok', probabilities: Array.from({ length: k }, (_, a) => mean(a)) };
  });
