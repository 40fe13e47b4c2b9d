import type { Vocabulary } from '../env/scenario.ts';
import type { WorkOptions } from '../env/work.ts';
import { Answers } from '../policies/asked-once.ts';
import type { Teacher } from '../policies/policy.ts';
import { readIfThere } from '../workspace/decisions.ts';
import type { Workspace } from '../workspace/paths.ts';
import type { DatasetRow, RejectedRow } from '../workspace/rows.ts';
import { askAll } from './dataset/asking.ts';
import { provenanceOf, rowOf } from './dataset/rows.ts';

export interface InquiryOptions extends WorkOptions {
  readonly scenario: Vocabulary;
  readonly teacher: Teacher;
  /** What to call the teacher. */
  readonly name: string;
  readonly seed: number;
}

/** A state with a teacher's decision. */
export interface LabelledState {
  readonly mask: number;
  /** As it stands in a data set. */
  readonly row: DatasetRow;
  /** Shape [k]: the row's numbers. */
  readonly probabilities: readonly number[];
}

/** Asks a teacher about states shown in canonical order, each of them once, in the way in which it decides. */
export class Inquiry {
  readonly #options: InquiryOptions;
  readonly #rows: Answers<DatasetRow | RejectedRow>;

  constructor(options: InquiryOptions) {
    this.#options = options;
    this.#rows = new Answers({ width: options.scenario.phrases.length, ask: (masks) => this.#ask(masks) });
  }

  /** States that it has asked about so far. */
  get asked(): number {
    return this.#rows.size;
  }

  /** The states among these that the teacher gave a usable answer to, in the order given. */
  async about(masks: Iterable<number>): Promise<LabelledState[]> {
    const wanted = [...masks];
    await this.#rows.learn(wanted);
    return wanted.flatMap((mask) => {
      const row = this.#rows.get(mask)!;
      return 'outcome' in row ? [] : [{ mask, row, probabilities: probabilitiesOf(row) }];
    });
  }

  async #ask(masks: readonly number[]): Promise<(DatasetRow | RejectedRow)[]> {
    const { scenario, teacher, seed, signal, ...work } = this.#options;
    const questions = masks.map((mask) => ({ mask, showings: [undefined], explain: false, part: 'train' as const }));
    // Labels are what the teacher decides where it plays the part itself; a file's are as they were elicited there.
    const elicit = teacher.recorded ? 'greedy' : (teacher.decidesBy ?? 'expected');
    const { replies } = await askAll(teacher, questions, {
      ...work,
      ...(signal && { signal }),
      width: scenario.phrases.length,
      elicit,
      temperature: 1,
      seed,
      repeats: 1,
    });
    signal?.throwIfAborted();
    const provenance = provenanceOf(teacher, { elicitation: teacher.recorded ? 'recorded' : elicit, seed });
    return questions.map((question, i) => rowOf(scenario, question, replies[i]!, 1, provenance));
  }
}

const probabilitiesOf = ({ probability_LLM: p, probabilities }: DatasetRow): readonly number[] =>
  probabilities ?? [1 - p, p];

/**
 * The states of a workspace's data/test.jsonl, on which its students are held against the teacher: no label is spent on
 * one of them. Empty if there is no such file.
 */
export async function heldOutStates(
  { test }: Workspace,
  scenario: Vocabulary,
  log?: (line: string) => void,
): Promise<ReadonlySet<number>> {
  const states = new Set((await readIfThere(test, scenario))?.observations.masks);
  if (states.size > 0) log?.(`the ${states.size} states of ${test} are kept for the test: none of them is learned`);
  return states;
}
