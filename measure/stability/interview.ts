import type { Observations } from '../../env/observation.ts';
import { ordersOf } from '../../env/sampling/orders.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { WorkOptions } from '../../env/work.ts';
import {
  type Answer,
  type AskOptions,
  type Outcome,
  outcomes,
  type Rung,
  type Teacher,
} from '../../policies/policy.ts';
import { countRungs } from '../../policies/rungs.ts';

/** One way of asking all prompts once. */
export interface Setting extends Pick<AskOptions, 'elicit' | 'temperature' | 'seed' | 'repeat' | 'batch' | 'explain'> {
  /** Number of the order in which phrases are shown; 0 is the canonical one. */
  readonly order: number;
  readonly paraphrase: number;
}

/** How decisions are read without the noise of a draw: the mean of a number's distribution, or the options' letters. */
export type Reading = 'expected' | 'choice';

/** How a facet's answers are got: by a reading, draws, or the likeliest reply. */
export type Asked = Reading | 'sample' | 'greedy';

/** An answer at a temperature: a draw by its seed, at temperature 0 the greedy reply, told apart by its number. */
export const answering = (
  temperature: number,
  seed: number,
  repeat: number,
): Pick<AskOptions, 'elicit' | 'temperature' | 'seed' | 'repeat'> =>
  temperature === 0 ? { elicit: 'greedy', repeat } : { elicit: 'sample', temperature, seed };

/** The same for settings that are the same question: such a one is asked once. */
export const keyOf = ({ elicit, temperature, seed, repeat, batch, explain, order, paraphrase }: Setting): string =>
  JSON.stringify([elicit, temperature, seed, repeat, batch, explain, order, paraphrase]);

/** What is said to go on while a teacher is asked. */
export const askingStage = (name: string): string => `asking ${name}`;

/** How questions ended. */
export function countOutcomes(answers: readonly Answer[]): Record<Outcome, number> {
  const counts = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  for (const { outcome } of answers) counts[outcome]++;
  return counts;
}

/** What was answered in each setting, one answer for each prompt. */
export interface AnsweredSettings {
  answers(setting: Setting): readonly Answer[];
}

/** Asks a teacher the same prompts in many ways, each way once, and remembers what it said. */
export class Interview implements AnsweredSettings {
  /** Questions of the whole study, for the progress. */
  planned = 0;
  readonly #teacher: Teacher;
  readonly #name: string;
  /** The prompts in each of their orders. */
  readonly #shown: readonly Observations[];
  readonly #work: WorkOptions;
  readonly #known = new Map<string, readonly Answer[]>();
  readonly #together: boolean;

  /** @param work `together`: whether settings that are asked at once are asked at the same time, as a batch takes them */
  constructor(
    teacher: Teacher,
    name: string,
    shown: readonly Observations[],
    { together = false, ...work }: WorkOptions & { readonly together?: boolean },
  ) {
    this.#together = together;
    this.#teacher = teacher;
    this.#name = name;
    this.#shown = shown;
    this.#work = work;
  }

  get prompts(): number {
    return this.#shown[0]!.masks.length;
  }

  /** The prompts as a setting shows them. */
  observations({ order }: Setting): Observations {
    return this.#shown[order]!;
  }

  async ask(settings: readonly Setting[]): Promise<void> {
    const open = new Map(settings.flatMap((one) => (this.has(one) ? [] : [[keyOf(one), one] as const])));
    if (!this.#together) {
      for (const [key, setting] of open) {
        const before = this.#known.size * this.prompts;
        this.#known.set(key, await this.#askOne(setting, (done) => this.#report(before + done)));
      }
      return;
    }
    const before = this.#known.size * this.prompts;
    const done = new Map<string, number>();
    const asked = await Promise.allSettled(
      [...open].map(async ([key, setting]) => {
        const answers = await this.#askOne(setting, (of) => {
          done.set(key, of);
          this.#report([...done.values()].reduce((sum, n) => sum + n, before));
        });
        this.#known.set(key, answers);
      }),
    );
    // What was asked is kept by all of them before a failure ends the study.
    const failure = asked.find(({ status }) => status === 'rejected');
    if (failure?.status === 'rejected') throw failure.reason;
  }

  /** Asks some prompts only, and remembers nothing. @param rows numbers of the prompts */
  askSome({ order, ...options }: Setting, rows: readonly number[]): Promise<Answer[]> {
    const { width, masks, orders } = this.#shown[order]!;
    const some = {
      ...{ width, masks: Uint32Array.from(rows, (row) => masks[row]!) },
      ...(orders && { orders: rows.map((row) => orders[row]) }),
    };
    return this.#teacher.ask(some, { ...options, signal: this.#work.signal });
  }

  #askOne({ order, ...options }: Setting, onProgress: (done: number) => void): Promise<Answer[]> {
    const { signal } = this.#work;
    return this.#teacher.ask(this.#shown[order]!, { ...options, signal, onProgress });
  }

  #report(done: number): void {
    this.#work.progress?.({ stage: askingStage(this.#name), done, of: this.planned });
  }

  has(setting: Setting): boolean {
    return this.#known.has(keyOf(setting));
  }

  /** What was answered in a setting that has been asked, one answer for each prompt. */
  answers(setting: Setting): readonly Answer[] {
    return this.#known.get(keyOf(setting))!;
  }

  /** How all the questions ended. */
  outcomes(): Record<Outcome, number> {
    return countOutcomes([...this.#known.values()].flat());
  }

  /** How all the usable replies were read. */
  rungs(): Record<Rung, number> {
    return countRungs([...this.#known.values()].flat());
  }
}

/**
 * A sample shown in `count` orders: the canonical one, then shuffles within the traits and within the contexts. The
 * orders of a prompt are all different; where its phrases do not have that many, the ones that there are come again.
 * They depend on the seed and the prompt only, and more orders begin with the fewer.
 * @returns shape [count], each a batch of the same prompts
 */
export function shownInOrders(scenario: Vocabulary, sample: Observations, count: number, seed: number): Observations[] {
  const orders = Array.from(sample.masks, (mask) => canonicalFirst(scenario, mask, count, seed));
  return Array.from({ length: count }, (_, order) =>
    order === 0
      ? { width: sample.width, masks: sample.masks }
      : { width: sample.width, masks: sample.masks, orders: orders.map((of) => of[order % of.length]!) },
  );
}

function canonicalFirst(scenario: Vocabulary, mask: number, count: number, seed: number): (readonly number[])[] {
  const canonical = scenario.sets.indices(mask);
  const found: (readonly number[])[] = [canonical];
  if (count === 1) return found;
  for (const order of ordersOf(scenario, mask, seed)) {
    if (order.join() !== canonical.join()) found.push(order);
    if (found.length === count) break;
  }
  return found;
}
