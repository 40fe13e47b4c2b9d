import { Pace } from '../env/pace.ts';
import type { ProgressEvent } from '../env/work.ts';
import { duration } from '../report/planned.ts';
import { amount, table } from './wording.ts';

/** One piece of work under way: what was last said of it, and how fast it goes. Times are in milliseconds. */
export class Stage {
  readonly name: string;
  readonly #began: number;
  readonly #pace = new Pace();
  #last: ProgressEvent;
  #at: number;

  constructor(event: ProgressEvent, at: number) {
    this.name = event.stage;
    this.#began = at;
    this.#last = event;
    this.#at = at;
    this.tell(event, at);
  }

  /** Takes what is new; figures that an event leaves out stay what they were. */
  tell(event: ProgressEvent, at: number): void {
    this.#last = { ...event, figures: event.figures ?? this.#last.figures };
    this.#at = at;
    this.#pace.mark(event.done, at);
  }

  get last(): ProgressEvent {
    return this.#last;
  }

  get complete(): boolean {
    return this.#last.done >= this.#last.of;
  }

  /** From 0 to 1. */
  get share(): number {
    return this.#last.of > 0 ? Math.min(1, this.#last.done / this.#last.of) : 0;
  }

  /** How much is done a second; undefined while there is too little to say. */
  get rate(): number | undefined {
    return this.#pace.rate;
  }

  /** In words; undefined while it cannot be said. */
  get timeLeft(): string | undefined {
    const left = this.#pace.secondsLeft(this.#last.of);
    return left === undefined ? undefined : duration(left);
  }

  /** In words: until `now`, or until it was complete. */
  took(now: number): string {
    return duration(((this.complete ? this.#at : now) - this.#began) / 1000);
  }

  /** "12/80"; undefined if there is only one thing to do. */
  get counted(): string | undefined {
    const { done, of, unit } = this.#last;
    return of > 1 ? `${amount(done, unit)}/${amount(of, unit)}` : undefined;
  }
}

/** A share as a bar of blocks. */
export const bar = (share: number, width: number): string => {
  const full = Math.round(share * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
};

const BAR = 10;

/**
 * Stages that go on at the same time, a line each below a line that says what the columns are.
 * @param names in the order of the lines; one that has not begun waits
 * @param now in milliseconds, by the clock of the stages
 */
export function stageTable(names: readonly string[], stages: ReadonlyMap<string, Stage>, now: number): string[] {
  const shared = sharedWords(names);
  const figures = [...new Set([...stages.values()].flatMap(({ last }) => Object.keys(last.figures ?? {})))];
  return table([
    [shared.trim(), '', '', ...figures, ''],
    ...names.map((name) => {
      const own = name.slice(shared.length);
      const stage = stages.get(name);
      if (!stage) return [own, bar(0, BAR), '', ...figures.map(() => ''), 'waiting'];
      const { last, complete, timeLeft } = stage;
      return [
        own,
        bar(stage.share, BAR),
        stage.counted ?? '',
        ...figures.map((figure) => last.figures?.[figure] ?? ''),
        complete ? `✓ ${stage.took(now)}` : timeLeft ? `${timeLeft} left` : '',
      ];
    }),
  ]);
}

/** The words that all names begin with, with the space after them; every name keeps one of its own. */
function sharedWords(names: readonly string[]): string {
  const words = names.map((name) => name.split(' '));
  const shortest = Math.min(...words.map(({ length }) => length));
  let count = 0;
  while (count < shortest - 1 && words.every((own) => own[count] === words[0]![count])) count++;
  return words[0]!.slice(0, count).map((word) => `${word} `).join(''); // biome-ignore format: one line
}
