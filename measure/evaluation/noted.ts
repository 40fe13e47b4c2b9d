import { type Observations, phrasesOf } from '../../env/observation.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { Elicitation, Policy, Teacher } from '../../policies/policy.ts';
import type { TeacherAnswer } from '../../workspace/teacher-answers.ts';
import { deciding } from './ask-teacher.ts';

/** Notes what teachers are asked in an evaluation and what they say, each question once. */
export class NotedAnswers {
  readonly #scenario: Vocabulary;
  readonly #rows = new Map<string, TeacherAnswer>();

  constructor(scenario: Vocabulary) {
    this.#scenario = scenario;
  }

  /**
   * A teacher that decides in one way, while it is noted what it decides.
   * @param elicit absent: as it decides by itself
   */
  of(teacher: Teacher, elicit: Elicitation | undefined): Pick<Policy, 'decide'> {
    const { length: k } = this.#scenario.actions;
    const alike = elicit === undefined ? teacher : deciding(teacher, elicit, k);
    const elicitation = elicitationOf(teacher, elicit);
    return {
      decide: async (batch, work) => {
        const decisions = await alike.decide(batch, work);
        for (const [row, outcome] of decisions.outcomes.entries()) {
          const shown = phrasesOf(this.#scenario, batch, row);
          const probabilities =
            outcome === 'ok' ? [...decisions.probabilities.subarray(row * k, (row + 1) * k)] : undefined;
          this.#rows.set(questionOf(teacher.id, this.#scenario, batch, row), {
            ...{ teacher: teacher.id, elicitation, ...shown, outcome, probabilities },
          });
        }
        return decisions;
      },
    };
  }

  /** By teacher, and by what was shown: in whatever order teachers answered. */
  get rows(): readonly TeacherAnswer[] {
    return [...this.#rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  }
}

/** How a teacher is asked, or `recorded`. */
export const elicitationOf = (teacher: Teacher, elicit: Elicitation | undefined): string =>
  teacher.recorded ? 'recorded' : (elicit ?? teacher.decidesBy ?? 'expected');

/** A question to a teacher, by what it is shown. */
export function questionOf(teacher: string, scenario: Vocabulary, batch: Observations, row: number): string {
  const { traits, context } = phrasesOf(scenario, batch, row);
  return JSON.stringify([teacher, traits, context]);
}
