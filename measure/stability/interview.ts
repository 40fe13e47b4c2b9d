import type { Observations } from '../../env/observation.ts';
import { type Answer, type Outcome, outcomes, type Teacher } from '../../policies/policy.ts';
import type { WorkOptions } from '../../workspace/progress.ts';
import { keyOf, type Setting } from './setting.ts';

/** Asks a teacher the same prompts in many ways, each way once, and remembers what it said. */
export class Interview {
  /** Questions of the whole study, for the progress. */
  planned = 0;
  readonly #teacher: Teacher;
  readonly #name: string;
  /** The prompts in each of their orders. */
  readonly #shown: readonly Observations[];
  readonly #work: WorkOptions;
  readonly #known = new Map<string, readonly Answer[]>();

  constructor(teacher: Teacher, name: string, shown: readonly Observations[], work: WorkOptions) {
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
    const { signal, progress } = this.#work;
    for (const setting of settings) {
      if (this.has(setting)) continue;
      const before = this.#known.size * this.prompts;
      const { order, ...options } = setting;
      const answers = await this.#teacher.ask(this.#shown[order]!, {
        ...options,
        signal,
        onProgress: (done) => progress?.({ stage: `asking ${this.#name}`, done: before + done, of: this.planned }),
      });
      this.#known.set(keyOf(setting), answers);
    }
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
    const counts = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
    for (const answers of this.#known.values()) for (const { outcome } of answers) counts[outcome]++;
    return counts;
  }
}
