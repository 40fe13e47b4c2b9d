import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UnderstudyError } from '../../env/error.ts';
import { phrasesOf } from '../../env/observation.ts';
import { readIfThere } from '../../workspace/decisions.ts';
import { workspace as paths } from '../../workspace/paths.ts';
import type { OpenPolicyOptions } from '../open.ts';
import type { Policy, Teacher } from '../policy.ts';
import { studentsIn } from '../students/checkpoint.ts';
import { learnedBy } from '../students/learned.ts';
import { isStudent, openStudent } from '../students/open.ts';
import { type CascadeOptions, cascade } from './cascade.ts';
import { readCascade } from './name.ts';

/** How a cascade's parts are opened. */
export interface Opening {
  readonly policy: (name: string, options: OpenPolicyOptions) => Promise<Policy>;
  readonly teacher: (name: string, options: OpenPolicyOptions) => Promise<Teacher>;
}

/**
 * Opens a cascade by what follows `cascade:`. The student `ensemble` stands for its members, as `train --ensemble` left them.
 * @throws {UnderstudyError} POLICY_ARGUMENT for a name that says something else, and as its parts do when they are opened
 */
export async function openCascade(text: string, options: OpenPolicyOptions, open: Opening): Promise<Policy> {
  const { scenario } = options;
  const { students: names, teacher: teacherName, ...limits } = readCascade(text);
  const opened: Policy[] = [];
  try {
    for (const name of names) opened.push(...(await studentsOf(name, options, open)));
    const teacher = await open.teacher(teacherName, options);
    opened.push(teacher);
    const students = opened.slice(0, -1);
    const heldOut = students.length === 1 ? await heldOutLabels(students[0]!, teacher, options) : [];
    if (students.length === 1 && heldOut.length > 0)
      options.log?.(
        `cascade: ${heldOut.length} of the workspace's labels of ${teacher.id} tell where ${students[0]!.id} errs, which was not fitted to them`,
      );
    return cascade(scenario, { students, teacher, heldOut, ...limits });
  } catch (error) {
    for (const policy of opened) await policy[Symbol.asyncDispose]();
    throw error;
  }
}

async function studentsOf(name: string, options: OpenPolicyOptions, open: Opening): Promise<Policy[]> {
  const { scenario, workspace = '.' } = options;
  if (name === 'ensemble' || name === 'student:ensemble') {
    const members: Policy[] = [];
    for (let m = 1; ; m++) {
      const folder = join(paths(workspace).ensemble, String(m));
      const [member] = existsSync(folder) ? await studentsIn(folder) : [];
      if (member === undefined) break;
      members.push(await openStudent(member, { scenario, workspace: folder }));
    }
    if (members.length > 1) return members;
    for (const member of members) await member[Symbol.asyncDispose]();
  }
  const bare = /^[\w.-]+$/.test(name) && !/\.onnx$/i.test(name) && !OTHERS.has(name);
  return [await open.policy(bare ? `student:${name}` : name, options)];
}

/** Names without a colon that are not of students. */
const OTHERS = new Set(['uniform', 'oracle', 'tiny']);

/** Labels of the teacher in data/test.jsonl that the student was not fitted to. */
async function heldOutLabels(
  student: Policy,
  teacher: Teacher,
  { scenario, workspace = '.' }: OpenPolicyOptions,
): Promise<NonNullable<CascadeOptions['heldOut']>> {
  const file = await readIfThere(paths(workspace).test, scenario).catch((error: unknown) => {
    if (error instanceof UnderstudyError) return undefined;
    throw error;
  });
  if (file?.kind !== 'probabilities') return [];
  const learned = isStudent(student) ? learnedBy(student.config) : undefined;
  const k = scenario.actions.length;
  const seen = new Set<number>();
  return Array.from(file.observations.masks, (mask, i) => ({ mask, i })).flatMap(({ mask, i }) => {
    if (file.rows[i]!.teacher !== teacher.id || seen.has(mask)) return [];
    if (learned?.(phrasesOf(scenario, file.observations, i))) return [];
    seen.add(mask);
    return [{ mask, probabilities: file.probabilities.slice(i * k, (i + 1) * k) }];
  });
}
