import { UnderstudyError } from '../env/error.ts';
import type { WorkOptions } from '../env/work.ts';
import { requireTeacherName } from './open.ts';
import { inPlaces } from './places.ts';
import type { Teacher } from './policy.ts';
import { currentMerge } from './shards/current.ts';
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
 * Does some work with each teacher: at the same time where they are asked at different places, otherwise one after another, and
 * so in a merge, which asks nobody. Of several, one that cannot be opened or asked costs its own work alone. What stops all of
 * them, such as a limit on spending, begins no other; answers that are under way are waited for, as they are paid.
 * @param work is given the teacher and its place in the list
 * @returns the teachers whose work was not done, with the reasons
 * @throws {UnderstudyError} the error of a single teacher; DISTILL_ANSWERS if no work was done with any of several
 */
export async function eachTeacher<T extends Given | undefined>(
  teachers: readonly T[],
  { signal, log }: Pick<WorkOptions, 'signal' | 'log'>,
  work: (teacher: T, place: number) => Promise<void>,
): Promise<{ readonly teacher: string; readonly reason: string }[]> {
  const reasons = new Map<number, string>();
  const fatal = new Map<number, unknown>();
  const inTurn = async (places: readonly number[]) => {
    for (const place of places) {
      if (fatal.size > 0) return;
      const teacher = teachers[place]!;
      try {
        await work(teacher, place);
      } catch (error) {
        const own = teachers.length > 1 && error instanceof UnderstudyError && !(error instanceof LimitReached);
        if (signal?.aborted || !own) {
          fatal.set(place, signal?.aborted ? signal.reason : error);
          return;
        }
        reasons.set(place, error.message);
        log?.(`${teacherName(teacher!)} is left out: ${error.message}`);
      }
    }
  };
  const all = [...teachers.keys()];
  await Promise.all((currentMerge() ? [all] : inPlaces(teachers)).map(inTurn));
  const [first] = [...fatal.keys()].sort((a, b) => a - b);
  if (first !== undefined) throw fatal.get(first);
  const failed = all.flatMap((place) => {
    const reason = reasons.get(place);
    return reason === undefined ? [] : [{ teacher: teacherName(teachers[place]!), reason }];
  });
  if (failed.length === teachers.length)
    throw new UnderstudyError(
      'DISTILL_ANSWERS',
      `no teacher could be asked: ${failed.map(({ teacher, reason }) => `${teacher}: ${reason}`).join('; ')}`,
    );
  return failed;
}

/** Progress of work with several teachers, whose stages may go on together. @param stageOf what the stage of a teacher is called */
export function sideBySideProgress(
  teachers: readonly (Given | undefined)[],
  stageOf: (name: string) => string,
  progress: WorkOptions['progress'],
): WorkOptions['progress'] {
  if (!progress || teachers.length < 2 || inPlaces(teachers).length < 2) return progress;
  const together = teachers.map((teacher) => stageOf(teacherName(teacher!)));
  return (event) => progress(together.includes(event.stage) ? { ...event, together } : event);
}
