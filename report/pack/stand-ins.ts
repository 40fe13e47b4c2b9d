import { UnderstudyError } from '../../env/error.ts';
import { fromPhrases } from '../../env/observation.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { questionOf } from '../../measure/evaluation/noted.ts';
import { type Answer, decisionsOf, type Elicitation, type Outcome, type Teacher } from '../../policies/policy.ts';
import type { EvaluationReport } from '../../workspace/evaluation.ts';
import type { TeacherAnswer } from '../../workspace/teacher-answers.ts';

/** Teachers of an evaluation as they answered in it, in its order, with those that could not be asked; none is opened. */
export function standIns(
  { asked, byTeacher }: Pick<EvaluationReport, 'asked' | 'byTeacher'>,
  rows: readonly TeacherAnswer[],
  scenario: Vocabulary,
): Teacher[] {
  const known = new Map(rows.map((row) => [JSON.stringify([row.teacher, row.traits, row.context]), row]));
  const teachers = byTeacher?.teachers ?? (asked === undefined ? [] : [{ id: asked }]);
  return [
    ...teachers.map((teacher) => standIn(teacher, rows, known, scenario)),
    ...(byTeacher?.unreached ?? []).map(({ teacher, reason }) => unreached(teacher, reason, scenario)),
  ];
}

function standIn(
  { id, caveat }: { readonly id: string; readonly caveat?: string | undefined },
  rows: readonly TeacherAnswer[],
  known: ReadonlyMap<string, TeacherAnswer>,
  scenario: Vocabulary,
): Teacher {
  const own = rows.filter(({ teacher }) => teacher === id);
  const elicitation = own[0]?.elicitation;
  const recorded = elicitation === 'recorded';
  const ask: Teacher['ask'] = async (batch) =>
    Array.from(batch.masks, (_, row): Answer => {
      const answer = known.get(questionOf(id, scenario, batch, row));
      if (!answer) return { outcome: 'missing', reason: 'the pack has no answer to it' };
      const outcome = answer.outcome as Outcome;
      return { outcome, ...(answer.probabilities && { probabilities: answer.probabilities }) };
    });
  return {
    ...{ id, scenario: scenario.id, ...(caveat !== undefined && { caveat }), ask },
    ...(recorded
      ? { recorded: fromPhrases(scenario, own).masks.toSorted() }
      : { decidesBy: (elicitation ?? 'expected') as Elicitation }),
    decide: async (batch) => decisionsOf(await ask(batch), scenario.actions.length),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function unreached(id: string, reason: string, scenario: Vocabulary): Teacher {
  const fail = async () => {
    throw new UnderstudyError('TEACHER_UNSUPPORTED', reason);
  };
  return { id, scenario: scenario.id, decidesBy: 'expected', ask: fail, decide: fail, [Symbol.asyncDispose]: async () => undefined }; // biome-ignore format: one line
}

/** What several teachers say, with stand-ins called as those were whom they stand in for. */
export function renamed(made: EvaluationReport, names: ReadonlyMap<string, string>): EvaluationReport {
  const named = (name: string) => names.get(name) ?? name;
  const { byTeacher } = made;
  if (!byTeacher) return made;
  const pair = <T extends { readonly a: string; readonly b: string }>(one: T) => ({ ...one, a: named(one.a), b: named(one.b) }); // biome-ignore format: one line
  return {
    ...made,
    byTeacher: {
      ...byTeacher,
      teachers: byTeacher.teachers.map((one) => ({ ...one, teacher: named(one.teacher) })),
      pairs: byTeacher.pairs.map(pair),
      differences: byTeacher.differences.map(pair),
    },
  };
}
