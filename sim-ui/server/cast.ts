import { UnderstudyError } from '../../env/error.ts';
import type { Scenario } from '../../env/scenario.ts';
import { AskedOnce } from '../../policies/asked-once.ts';
import { openPolicy, openTeacher } from '../../policies/open.ts';
import { isTeacher, type Policy, type Teacher } from '../../policies/policy.ts';
import { studentsFor } from '../../policies/students/checkpoint.ts';
import { isStudent, type Student } from '../../policies/students/open.ts';
import type { PolicyStatus, Score } from '../protocol.ts';
import { AnswerLog, overheard } from './answers.ts';
import { evaluationOf, scoreOf } from './scores.ts';

/** The students that are shown first, in this order. */
const FIRST = ['mlp', 'encoder', 'decoder', 'logistic'];

/** Questions in one call of a teacher: enough for its parallel sequences, little to lose when it is interrupted. */
const TEACHER_BATCH = 16;

/** Teachers that look their answers up. */
const COSTLESS = /^(oracle$|recorded:)/;

/** A policy that can take over the run, and how it is. */
export interface Member {
  readonly name: string;
  role: PolicyStatus['role'];
  state: PolicyStatus['state'];
  problem?: string;
  /** Present when ready. */
  policy?: AskedOnce;
  /** Present for a teacher that is ready. */
  teacher?: Teacher;
  /** What the teacher said; present with it. */
  heard?: AnswerLog;
  /** Whether an answer costs money or time: a language model's. */
  costly?: boolean;
  /** Present for a student that is ready. */
  student?: Student;
  /** Present for a student of which it is known. */
  score?: Score;
}

export interface CastOptions {
  readonly scenario: Scenario;
  /** In charge at first. */
  readonly policy: string;
  readonly teacher: string;
  /** Others who are to decide. */
  readonly also?: readonly string[];
  readonly workspace?: string;
  readonly log?: (line: string) => void;
  /** Gives up what is being opened. */
  readonly signal?: AbortSignal;
  readonly onChange: () => void;
}

/** Everybody who can decide: the policy asked for, the students and policies of the scenario, and the teacher. */
export class Cast {
  readonly members: readonly Member[];
  readonly teacher: Member;
  readonly first: Member;
  readonly #opening: Promise<unknown>[] = [];
  readonly #closing = new AbortController();

  private constructor({ scenario, policy, teacher, also = [] }: CastOptions, students: readonly string[]) {
    const place = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
    const others = [...students].sort((a, b) => place(a) - place(b)).map((name) => `student:${name}`);
    const own = Object.keys(scenario.policies).map((name) => `policy:${name}`);
    const names = [
      ...new Set([
        ...(others.includes(policy) || policy === teacher ? [] : [policy]),
        ...others,
        ...own,
        ...also,
        teacher,
      ]),
    ];
    this.members = names.map((name) => ({
      name,
      role:
        name === teacher ? 'teacher' : name.startsWith('student:') || name.endsWith('.onnx') ? 'student' : 'baseline',
      state: 'opening',
    }));
    this.teacher = this.members.find(({ name }) => name === teacher)!;
    this.first = this.members.find(({ name }) => name === policy)!;
  }

  /**
   * Waits for the policy that is in charge at first; the others open meanwhile, and one that fails says why.
   * @throws what openPolicy throws for the first policy
   */
  static async open(options: CastOptions): Promise<Cast> {
    const { scenario, workspace, log } = options;
    const cast = new Cast(options, await studentsFor(scenario, workspace ?? '.'));
    const signal = AbortSignal.any([cast.#closing.signal, ...(options.signal ? [options.signal] : [])]);
    const evaluation = evaluationOf(workspace ?? '.');
    const opening = { scenario, workspace, labels: true, log, signal };
    const open = async (member: Member) => {
      const policy: Policy =
        member === cast.teacher ? await openTeacher(member.name, opening) : await openPolicy(member.name, opening);
      if (isTeacher(policy)) {
        member.role = 'teacher';
        member.teacher = policy;
        member.heard = new AnswerLog();
        member.costly = !COSTLESS.test(member.name);
      }
      if (isStudent(policy)) {
        member.student = policy;
        member.score = scoreOf(policy, await evaluation);
      }
      member.policy = member.teacher
        ? new AskedOnce(scenario, overheard(scenario, member.teacher, member.heard!), TEACHER_BATCH)
        : new AskedOnce(scenario, policy, member.role === 'teacher' ? TEACHER_BATCH : undefined);
      member.state = 'ready';
    };
    await open(cast.first);
    for (const member of cast.members)
      if (member !== cast.first)
        cast.#opening.push(
          open(member)
            .catch((error: unknown) => {
              member.state = 'failed';
              member.problem = messageOf(error);
              log?.(`${member.name}: ${member.problem}`);
            })
            .finally(options.onChange),
        );
    return cast;
  }

  /** @throws {UnderstudyError} SERVE_COMMAND if there is no such policy or it cannot be used */
  ready(name: string): Member & { policy: AskedOnce } {
    const member = this.members.find((candidate) => candidate.name === name);
    if (!member)
      throw new UnderstudyError(
        'SERVE_COMMAND',
        `unknown policy: ${name} (known: ${this.members.map((known) => known.name).join(', ')})`,
      );
    if (!member.policy)
      throw new UnderstudyError(
        'SERVE_COMMAND',
        member.state === 'opening' ? `${name} is still opening` : `${name}: ${member.problem}`,
      );
    return member as Member & { policy: AskedOnce };
  }

  /** As `ready`, once everybody has opened who is going to */
  async opened(name: string): Promise<Member & { policy: AskedOnce }> {
    if (this.members.some((member) => member.name === name)) await Promise.all(this.#opening);
    return this.ready(name);
  }

  status(): PolicyStatus[] {
    return this.members.map(({ name, role, state, problem, policy, student, score }) => ({
      name,
      role,
      state,
      ...(policy?.caveat && { caveat: policy.caveat }),
      ...(problem && { problem }),
      ...(score && { score }),
      ...(student && { network: { sha256: student.config.sha256, input: student.input } }),
    }));
  }

  /** The ONNX file of a student that can decide here. */
  network(sha256: string): Uint8Array | undefined {
    return this.members.find(({ student }) => student?.config.sha256 === sha256)?.student?.onnx;
  }

  async close(): Promise<void> {
    this.#closing.abort(new DOMException('closed', 'AbortError'));
    await Promise.all(this.#opening);
    await Promise.all(this.members.map((member) => member.policy?.[Symbol.asyncDispose]()));
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
