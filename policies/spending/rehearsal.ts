import type { Observations } from '../../env/observation.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { LanguageModelTeacher } from '../models/teacher.ts';
import { type Answer, type AskOptions, decisionsOf, type Elicitation, type Teacher } from '../policy.ts';
import { estimatedTokens } from './tokens.ts';

/** A question that has not been answered yet. */
export interface OpenQuestion {
  /** Of its label. */
  readonly key: string;
  readonly observations: Observations;
  /** A row that asks it. */
  readonly row: number;
  readonly options: AskOptions;
  readonly elicit: Elicitation;
  readonly explain: boolean;
  readonly prompts: readonly string[];
}

/** An answer that is known: how it was asked, and what it says. */
export interface KnownAnswer {
  readonly answer: Answer;
  readonly elicit: Elicitation;
  readonly explain: boolean;
  /** Tokens of its question by an estimate from the text. */
  readonly estimate: number;
}

/**
 * Stands in for a teacher while a study is walked through without asking anything: it notes what would be asked, once for each
 * question, and answers from the label store or, where that knows nothing, as if every action were as likely.
 */
export class Rehearsal implements Teacher {
  readonly id: string;
  readonly scenario: string;
  readonly decidesBy?: Elicitation;
  readonly readsNames?: boolean;
  readonly open: OpenQuestion[] = [];
  readonly known: KnownAnswer[] = [];
  /** Questions so far, repeated ones too, that were answered as if every action were as likely. */
  madeUp = 0;
  readonly #teacher: Teacher;
  readonly #world: Vocabulary;
  readonly #seen: Set<string>;

  /** @param seen keys of questions that another part of the study asks already */
  constructor(teacher: Teacher, scenario: Vocabulary, seen = new Set<string>()) {
    this.#seen = seen;
    this.#teacher = teacher;
    this.#world = scenario;
    this.id = teacher.id;
    this.scenario = scenario.id;
    if (teacher.decidesBy) this.decidesBy = teacher.decidesBy;
    if (teacher.readsNames) this.readsNames = true;
  }

  async decide(observations: Observations) {
    return decisionsOf(await this.ask(observations), this.#world.actions.length);
  }

  async ask(observations: Observations, options: AskOptions = {}): Promise<Answer[]> {
    const teacher = this.#teacher;
    // What costs nothing is asked.
    const { elicit = 'expected', explain = false } = options;
    if (!(teacher instanceof LanguageModelTeacher)) {
      const given = await teacher.ask(observations, options);
      this.known.push(...given.map((answer) => ({ answer, elicit, explain, estimate: 0 })));
      return given;
    }
    const { actions } = this.#world;
    const uniform: Answer = { outcome: 'ok', probabilities: actions.map(() => 1 / actions.length) };
    const answers = new Array<Answer>(observations.masks.length).fill(uniform);
    const { known, open } = teacher.survey(observations, options);
    for (const { rows, answer, key, prompts } of known) {
      for (const row of rows) answers[row] = answer;
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      const estimate = prompts.reduce((sum, prompt) => sum + estimatedTokens(prompt), 0);
      this.known.push({ answer, elicit, explain, estimate });
    }
    this.madeUp += open.length;
    for (const { key, prompt, orders = [prompt], rows } of open) {
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      this.open.push({ key, observations, row: rows[0]!, options, elicit, explain, prompts: orders });
    }
    return answers;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
