import { UnderstudyError } from '../../env/error.ts';
import type { Scenario } from '../../env/scenario.ts';
import { type Answer, decisionsOf, type Policy, type Teacher } from '../../policies/policy.ts';
import type { FailureCount } from '../protocol/failures.ts';
import type { Heard } from '../protocol/verdicts.ts';

/** What teachers said is kept of this many observations, the latest. */
const KEPT = 4096;

/** Characters of a reply that are kept. */
export const LONGEST_REPLY = 2000;

/** What a teacher said to the questions of a run, and how it was read. */
export class AnswerLog {
  readonly #heard = new Map<number, Heard>();
  readonly #failed = new Map<number, FailureCount['kind']>();

  /** The answer about an observation, if it is among those that are kept. */
  of(mask: number): Heard | undefined {
    return this.#heard.get(mask);
  }

  /** Distinct observations that got no probability, by what the last answer to each was. */
  get failures(): ReadonlyMap<FailureCount['kind'], number> {
    const kinds = new Map<FailureCount['kind'], number>();
    for (const outcome of this.#failed.values()) kinds.set(outcome, (kinds.get(outcome) ?? 0) + 1);
    return kinds;
  }

  add(mask: number, answer: Answer): void {
    if (answer.outcome === 'ok') this.#failed.delete(mask);
    else this.#failed.set(mask, answer.outcome);
    this.#heard.delete(mask);
    this.#heard.set(mask, heardOf(answer));
    if (this.#heard.size > KEPT) this.#heard.delete(this.#heard.keys().next().value!);
  }
}

/** What a person is shown of an answer. */
export function heardOf({ outcome, rung, reply, reason, distribution, choice }: Answer): Heard {
  return {
    outcome,
    ...(rung && { rung }),
    ...(reply !== undefined && { reply: clipped(reply, LONGEST_REPLY) }),
    ...(reason !== undefined && { reason: clipped(reason, LONGEST_REPLY) }),
    ...(distribution && { spread: { sd: distribution.sd, missing: distribution.missing } }),
    ...(choice && { orders: { count: choice.letters.length, mass: choice.mass, bias: choice.bias } }),
  };
}

/** A text that says where it was cut. */
export const clipped = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** The teacher as a policy that decides as it always does, with each answer written down. */
export function overheard(scenario: Scenario, teacher: Teacher, log: AnswerLog): Policy {
  return {
    id: teacher.id,
    scenario: teacher.scenario,
    ...(teacher.caveat !== undefined && { caveat: teacher.caveat }),
    ...(teacher.eager !== undefined && { eager: teacher.eager }),
    async decide(batch, options = {}) {
      const answers = await teacher.ask(batch, {
        ...options,
        ...(teacher.decidesBy && { elicit: teacher.decidesBy }),
      });
      if (answers.length !== batch.masks.length)
        throw new UnderstudyError(
          'SIMULATION_DECISION',
          `${teacher.id} gave ${answers.length} answers to ${batch.masks.length} questions`,
        );
      answers.forEach((answer, i) => {
        log.add(batch.masks[i]!, answer);
      });
      return decisionsOf(answers, scenario.actions.length);
    },
    [Symbol.asyncDispose]: () => teacher[Symbol.asyncDispose](),
  };
}
