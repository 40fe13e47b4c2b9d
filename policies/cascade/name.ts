import { UnderstudyError } from '../../env/error.ts';

/** What a cascade's name says. */
export interface CascadeName {
  /** Names of students, one or more. */
  readonly students: readonly string[];
  readonly teacher: string;
  /** Questions to the teacher, at most; and how unsure a decision has to be for it to be asked. One of them at least. */
  readonly questions?: number;
  readonly above?: number;
}

/** Questions of a cascade that says neither how many nor from where on. */
const QUESTIONS = 500;

/** What may follow a name: `?questions=500`, `?above=0.05` or both. */
const SUFFIX = /^(.*?)\?((?:questions|above)=[^&?#]*(?:&(?:questions|above)=[^&?#]*)*)$/s;

/**
 * Reads `STUDENT[+STUDENT…][?questions=N&above=X],TEACHER`. The teacher is whatever follows the first comma, so its address may
 * have commas, colons, ? and # of its own; `…,TEACHER?questions=N` is read too.
 * @throws {UnderstudyError} POLICY_ARGUMENT saying what is wrong
 */
export function readCascade(text: string): CascadeName {
  const wrong = (what: string) =>
    new UnderstudyError(
      'POLICY_ARGUMENT',
      `cascade:${text} ${what}; write cascade:STUDENT,TEACHER, such as cascade:mlp?questions=500,tiny, or cascade:mlp+encoder,tiny for several students`,
    );
  const comma = text.indexOf(',');
  if (comma < 0) throw wrong('names no teacher');
  const [, own, first] = SUFFIX.exec(text.slice(0, comma)) ?? [undefined, text.slice(0, comma)];
  const [, teacher, last] = SUFFIX.exec(text.slice(comma + 1)) ?? [undefined, text.slice(comma + 1)];
  const students = own!.split('+').map((name) => name.trim());
  if (students.some((name) => name === '')) throw wrong('names a student without a name');
  if (new Set(students).size < students.length) throw wrong('names a student twice');
  if (teacher!.trim() === '') throw wrong('names no teacher');
  if (teacher!.startsWith('cascade:')) throw wrong('has a cascade as its teacher');
  if (first !== undefined && last !== undefined) throw wrong('says twice how much is asked');
  const options = new Map<string, string>();
  for (const part of (first ?? last ?? '').split('&').filter(Boolean)) {
    const [key, value] = part.split('=') as [string, string];
    if (options.has(key)) throw wrong(`says ${key} twice`);
    options.set(key, value);
  }
  const read = (key: string) => (options.has(key) ? Number(options.get(key) || Number.NaN) : undefined);
  const [questions, above] = [read('questions'), read('above')];
  if (questions !== undefined && !(Number.isSafeInteger(questions) && questions >= 1))
    throw wrong(`has questions=${options.get('questions')}, and needs a whole number of at least 1`);
  if (above !== undefined && !(above > 0 && above < 1))
    throw wrong(`has above=${options.get('above')}, and needs a number between 0 and 1`);
  return {
    ...{ students, teacher: teacher!.trim() },
    ...(questions !== undefined && { questions }),
    ...(above !== undefined && { above }),
    ...(questions === undefined && above === undefined && { questions: QUESTIONS }),
  };
}
