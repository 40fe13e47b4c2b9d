import { readFile, rm } from 'node:fs/promises';
import { observations } from '../../env/observation.ts';
import { sequence } from '../../env/random.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { weightedSample } from '../../stats/sampling.ts';
import { writeFileAtomically } from '../../workspace/write-file.ts';
import type { Inquiry } from '../inquiry.ts';
import type { Tensorflow } from '../training/backend.ts';
import type { Loss } from '../training/objective.ts';
import { Committee } from './committee.ts';
import { type Strategy, sizesOf } from './options.ts';
import type { Pool } from './pool.ts';
import { committeeScores, disagreement, type Score } from './score.ts';

/** Errors after a number of labels. */
export interface LearningPoint {
  readonly strategy: Strategy;
  readonly seed: number;
  /** Questions spent. */
  readonly labels: number;
  /** Error of one member, averaged over the committee. */
  readonly single: Score;
  /** Error of the members' average. */
  readonly average: Score;
}

/** How far one strategy has come in one run: everything that its next step depends on. */
interface Progress {
  readonly points: readonly LearningPoint[];
  /** Masks in the order chosen, the batch that is learned next included. */
  readonly chosen: readonly number[];
}

export interface LearnOptions {
  readonly tf: Tensorflow;
  readonly scenario: Vocabulary;
  readonly inquiry: Inquiry;
  readonly pool: Pool;
  readonly strategy: Strategy;
  readonly labels: number;
  readonly batch: number;
  readonly members: number;
  readonly seed: number;
  readonly loss: Loss;
  /** Maximum number of epochs for each member of a committee. */
  readonly epochs?: number;
  readonly from?: Progress;
  readonly signal?: AbortSignal;
  readonly onMember?: (labels: number, fitted: number) => void;
  readonly onPoint: (progress: Progress) => void | Promise<void>;
}

/**
 * Spends labels in batches and measures a committee after each. The first batch is random. `disagreement` draws the
 * next with chances proportional to how far the members are apart, so that a batch does not ask the same thing many
 * times over: Kirsch, Farquhar, Atighehchian, Jesson, Branchaud-Charron & Gal, "Stochastic batch acquisition", TMLR
 * 2023.
 */
export async function learn(options: LearnOptions): Promise<Progress> {
  const { scenario, pool, strategy, batch, seed, signal } = options;
  const k = scenario.actions.length;
  const sizes = sizesOf(Math.min(options.labels, pool.masks.length), batch);
  let progress = options.from ?? { points: [], chosen: [...pool.masks.subarray(0, sizes[0])] };
  const nextBatch = async (committee: Committee, chosen: readonly number[], count: number, step: number) => {
    const asked = new Set(chosen);
    const left = pool.masks.filter((mask) => !asked.has(mask));
    if (strategy === 'random') return left.subarray(0, count);
    const apart = disagreement(await committee.decide(observations(scenario, left), k, signal), k);
    const drawn = weightedSample(apart, count, sequence(seed, 'batchChoice', step));
    return Array.from(drawn, (i) => left[i]!);
  };
  for (const [step, labels] of sizes.entries()) {
    if (step < progress.points.length) continue;
    const committee = await committeeOf(options, progress.chosen);
    const { masks, probabilities: targets } = pool.test;
    const answers = await committee.decide(observations(scenario, masks), k, signal);
    const point = { strategy, seed, labels, ...committeeScores(answers, targets, k, seed) };
    const more = (sizes[step + 1] ?? labels) - labels;
    const next = more === 0 ? [] : await nextBatch(committee, progress.chosen, more, step + 1);
    progress = { points: [...progress.points, point], chosen: [...progress.chosen, ...next] };
    await options.onPoint(progress);
  }
  return progress;
}

/** The committee of those questions. */
export async function committeeOf(options: LearnOptions, chosen: readonly number[]): Promise<Committee> {
  const { tf, scenario, inquiry, members, loss, epochs, seed, signal } = options;
  const known = await inquiry.about(chosen);
  const masks = known.map(({ mask }) => mask);
  return Committee.fit({
    tf,
    observations: observations(scenario, masks),
    probabilities: Float64Array.from(known.flatMap(({ probabilities }) => probabilities)),
    members,
    loss,
    epochs,
    seed,
    signal,
    onMember: (fitted) => options.onMember?.(chosen.length, fitted),
  });
}

/** What an interrupted study of questions has done, by run and strategy, in one file of the same identity. */
export class Unfinished {
  readonly #file: string;
  readonly #identity: string;
  readonly #done: Record<string, Progress>;

  private constructor(file: string, identity: string, done: Record<string, Progress>) {
    this.#file = file;
    this.#identity = identity;
    this.#done = done;
  }

  /** Empty if there is nothing of this identity, or if the file is damaged. */
  static async open(file: string, identity: string): Promise<Unfinished> {
    try {
      const saved = JSON.parse(await readFile(file, 'utf8')) as { identity: string; done: Record<string, Progress> };
      return new Unfinished(file, identity, saved.identity === identity ? saved.done : {});
    } catch (error) {
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT')
        return new Unfinished(file, identity, {});
      throw error;
    }
  }

  of(key: string): Progress | undefined {
    return this.#done[key];
  }

  async keep(key: string, progress: Progress): Promise<void> {
    this.#done[key] = progress;
    await writeFileAtomically(this.#file, JSON.stringify({ identity: this.#identity, done: this.#done }));
  }

  remove(): Promise<void> {
    return rm(this.#file, { force: true });
  }
}
