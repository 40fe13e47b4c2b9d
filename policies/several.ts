import { UnderstudyError } from '../env/error.ts';
import type { WorkOptions } from '../env/work.ts';
import { requireTeacherName } from './open.ts';
import type { Teacher } from './policy.ts';
import { LimitReached } from './spending/budget.ts';

type Given = string | Teacher;

/** What a verb takes as its teacher or teachers. */
export type GivenTeachers = Given | readonly Given[] | undefined;

/** What a teacher is called: its name, or the id of one that is open. */
export const teacherName = (given: Given): string => (typeof given === 'string' ? given : given.id);

/**
 * The teachers of a verb as a list; of none that is named, a list of undefined, which stands for the default one.
 * @throws {UnderstudyError} DISTILL_ARGUMENT for one that is there twice, POLICY_UNKNOWN for one of several that nobody knows
 */
export function severalTeachers(given: GivenTeachers, workspace: string): readonly (Given | undefined)[] {
  const teachers: readonly Given[] = Array.isArray(given) ? given : given === undefined ? [] : [given as Given];
  if (teachers.length < 2) return teachers.length === 1 ? teachers : [undefined];
  const names = teachers.map(teacherName);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw new UnderstudyError('DISTILL_ARGUMENT', `the teacher ${twice} is there twice; name each once`);
  for (const teacher of teachers) if (typeof teacher === 'string') requireTeacherName(teacher, workspace);
  return teachers;
}

/**
 * Does some work with one teacher after another. Of several, one that cannot be opened or asked costs its own work alone; what
 * stops all of them, such as a limit on spending, stops here.
 * @returns the teachers whose work was not done, with the reasons
 * @throws {UnderstudyError} the error of a single teacher; DISTILL_ANSWERS if no work was done with any of several
 */
export async function eachTeacher<T extends Given | undefined>(
  teachers: readonly T[],
  { signal, log }: Pick<WorkOptions, 'signal' | 'log'>,
  work: (teacher: T) => Promise<void>,
): Promise<{ readonly teacher: string; readonly reason: string }[]> {
  const failed: { readonly teacher: string; readonly reason: string }[] = [];
  for (const teacher of teachers) {
    try {
      await work(teacher);
    } catch (error) {
      signal?.throwIfAborted();
      if (teachers.length === 1 || !(error instanceof UnderstudyError) || error instanceof LimitReached) throw error;
      failed.push({ teacher: teacherName(teacher!), reason: error.message });
      log?.(`${teacherName(teacher!)} is left out: ${error.message}`);
    }
  }
  if (failed.length === teachers.length)
    throw new UnderstudyError(
      'DISTILL_ANSWERS',
      `no teacher could be asked: ${failed.map(({ teacher, reason }) => `${teacher}: ${reason}`).join('; ')}`,
    );
  return failed;
}
