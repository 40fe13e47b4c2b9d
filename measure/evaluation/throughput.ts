import type { Observations } from '../../env/observation.ts';
import { type DecideOptions, type Decisions, isTeacher, type Policy } from '../../policies/policy.ts';
import { quantile } from '../../stats/bootstrap.ts';

/** Maximum number of repetitions, and the time after which no further one begins. */
const REPETITIONS = 5;
const ENOUGH_MS = 1000;

/** A policy's answers with how fast they came. */
export interface Timed {
  readonly decisions: Decisions;
  readonly decisionsPerSecond?: number;
}

/**
 * Decides a batch, and measures how fast that goes: the median over up to five repetitions after the first, which warms
 * up. A language model is not asked again; its rate is that of the answers of its own between the first and the last,
 * so that loading it does not count, and there is none where it answered fewer than two: the rest was remembered.
 */
export async function decideTimed(policy: Policy, batch: Observations, options: DecideOptions = {}): Promise<Timed> {
  if (isTeacher(policy) && policy.modelAnswers !== undefined) {
    const teacher = policy;
    const before = teacher.modelAnswers!;
    const seen: { answers: number; at: number }[] = [];
    const decisions = await teacher.decide(batch, {
      ...options,
      onProgress: (done, of) => {
        if (teacher.modelAnswers! > before) seen.push({ answers: teacher.modelAnswers!, at: performance.now() });
        options.onProgress?.(done, of);
      },
    });
    const [first, last] = [seen[0], seen.at(-1)];
    if (!first || !last || last.answers === first.answers) return { decisions };
    return { decisions, decisionsPerSecond: ((last.answers - first.answers) / (last.at - first.at)) * 1000 };
  }
  const decisions = await policy.decide(batch, options);
  const seconds: number[] = [];
  const began = performance.now();
  while (seconds.length < REPETITIONS && (seconds.length === 0 || performance.now() - began < ENOUGH_MS)) {
    const start = performance.now();
    await policy.decide(batch, options.signal ? { signal: options.signal } : {});
    seconds.push((performance.now() - start) / 1000);
  }
  const median = quantile(
    seconds.sort((a, b) => a - b),
    0.5,
  );
  return { decisions, ...(median > 0 && { decisionsPerSecond: batch.masks.length / median }) };
}
