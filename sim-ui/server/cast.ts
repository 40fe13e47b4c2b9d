import { UnderstudyError } from '../../env/error.ts';
import type { Scenario } from '../../env/scenario.ts';
import { AskedOnce } from '../../policies/asked-once.ts';
import { openPolicy, openTeacher } from '../../policies/open.ts';
import { isTeacher, type Policy, type Teacher } from '../../policies/policy.ts';
import type { Budget } from '../../policies/spending/budget.ts';
import { within } from '../../policies/spending/within.ts';
import { studentsFor } from '../../policies/students/checkpoint.ts';
import { isStudent, type Student } from '../../policies/students/open.ts';
import type { PolicyStatus, Score } from '../protocol/policies.ts';
import { AnswerLog, overheard } from './answers.ts';
import { evaluationOf, scoreOf } from './scores.ts';

/** The students that are shown first, in this order. */
const FIRST = ['mlp', 'encoder', 'decoder', 'logistic'];

/** Questions in one call of a teacher: enough for its parallel sequences, little to lose when it is interrupted. */
const TEACHER_BATCH = 16;

/** Policies that a page can choose among, at most. */
const MOST_MEMBERS = 40;

/** Teachers that look their answers up. */
const COSTLESS = /^(?:oracle(?:\?|$)|recorded:)/;

/** A policy that can take over the run, and how it is. */
export interface Member {
  readonly name: string;
  /** What openPolicy takes for it; default its name. */
  readonly opens?: string;
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

/** A policy that can decide now. */
export type Ready = Member & { policy: AskedOnce };

export interface CastOptions {
  readonly scenario: Scenario;
  /** In charge at first. */
  readonly policy: string;
  readonly teacher: string;
  /** Others who are to decide. */
  readonly also?: readonly string[];
  /** What students are called here that others of the same name went before, by that name. */
  readonly called?: ReadonlyMap<string, string>;
  readonly workspace?: string;
  /** Within which language models are asked; default: they are not held. */
  readonly budget?: Budget | undefined;
  /** Hears of a limit that is reached. */
  readonly onLimit?: ((sentence: string) => void) | undefined;
  readonly log?: (line: string) => void;
  /** Gives up what is being opened. */
  readonly signal?: AbortSignal;
  readonly onChange: () => void;
}

/** Everybody who can decide: the policy asked for, the students and policies of the scenario, and the teacher. */
export class Cast {
  #members: readonly Member[];
  readonly #teacher: string;
  readonly #options: CastOptions;
  /** Who decided before somebody of the same name did: what they answered is still looked up. */
  readonly #retired: Member[] = [];
  readonly first: Member;
  readonly #opening: Promise<unknown>[] = [];
  readonly #closing = new AbortController();

  private constructor(options: CastOptions, students: readonly string[]) {
    const { scenario, policy, teacher, also = [], called } = options;
    this.#options = options;
    const place = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
    const opens = new Map<string, string>();
    const others = [...students]
      .sort((a, b) => place(a) - place(b))
      .map((student) => {
        const name = called?.get(`student:${student}`) ?? `student:${student}`;
        opens.set(name, `student:${student}`);
        return name;
      });
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
    this.#members = names.map((name) => ({
      name,
      ...(opens.has(name) && { opens: opens.get(name)! }),
      role:
        name === teacher ? 'teacher' : name.startsWith('student:') || name.endsWith('.onnx') ? 'student' : 'baseline',
      state: 'opening',
    }));
    this.#teacher = teacher;
    this.first = this.members.find(({ name }) => name === policy)!;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  get teacher(): Member {
    return this.#members.find(({ name }) => name === this.#teacher)!;
  }

  /**
   * Waits for the policy that is in charge at first; the others open meanwhile, and one that fails says why.
   * @throws what openPolicy throws for the first policy
   */
  static async open(options: CastOptions): Promise<Cast> {
    const { scenario, log } = options;
    const cast = new Cast(options, await studentsFor(scenario, options.workspace ?? '.'));
    const open = (member: Member) => cast.#open(member, scenario);
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

  async #open(member: Member, scenario: Scenario): Promise<void> {
    const { workspace, log } = this.#options;
    const signal = AbortSignal.any([this.#closing.signal, ...(this.#options.signal ? [this.#options.signal] : [])]);
    const opening = { scenario, workspace, labels: true, log, signal };
    const opened: Policy =
      member.name === this.#teacher
        ? await openTeacher(member.name, opening)
        : await openPolicy(member.opens ?? member.name, opening);
    const { budget, onLimit } = this.#options;
    const policy = budget && isTeacher(opened) ? within(budget, opened, onLimit) : opened;
    if (isTeacher(policy)) {
      member.role = 'teacher';
      member.teacher = policy;
      member.heard = new AnswerLog();
      member.costly = !COSTLESS.test(member.name);
    }
    if (isStudent(policy)) {
      member.student = policy;
      member.score = scoreOf(policy, await evaluationOf(workspace ?? '.'));
    }
    member.policy = member.teacher
      ? new AskedOnce(scenario, overheard(scenario, member.teacher, member.heard!), TEACHER_BATCH)
      : new AskedOnce(scenario, policy, member.role === 'teacher' ? TEACHER_BATCH : undefined);
    member.state = 'ready';
  }

  /**
   * Opens those anew who may decide otherwise in another world of the same shape: the policies that the scenario brings,
   * and its oracle if that is a function.
   * @returns who stands in for whom; nobody takes over if one of them does not open
   * @throws what openPolicy throws
   */
  async renew(scenario: Scenario): Promise<ReadonlyMap<Member, Member>> {
    const replaced = new Map<Member, Member>();
    await Promise.all(this.#opening);
    try {
      for (const member of this.#members) {
        if (!member.policy || !followsParameters(member.name, scenario)) continue;
        const next: Member = { name: member.name, role: member.role, state: 'opening' };
        replaced.set(member, next);
        await this.#open(next, scenario);
      }
    } catch (error) {
      await Promise.all([...replaced.values()].map(({ policy }) => policy?.[Symbol.asyncDispose]()));
      throw error;
    }
    this.#members = this.#members.map((member) => replaced.get(member) ?? member);
    this.#retired.push(...replaced.keys());
    return replaced;
  }

  /**
   * Takes in a student that has been trained. One of its name stays what it is, since it may have decided; the new one has a
   * number beside the name then.
   * @param name as openPolicy takes it
   * @returns the name that it can be chosen by, also where the very same student was here already
   * @throws {UnderstudyError} SERVE_COMMAND if there is no room for another, and what openPolicy throws
   */
  async adopt(name: string): Promise<string> {
    await Promise.all(this.#opening);
    const namesakes = this.#members.filter((member) => (member.opens ?? member.name) === name);
    const usable = namesakes.filter(({ policy }) => policy);
    if (this.#members.length >= MOST_MEMBERS)
      throw new UnderstudyError(
        'SERVE_COMMAND',
        `${name} is trained, and a page can choose among ${MOST_MEMBERS} policies at most; serve again to choose it`,
      );
    const member: Member = {
      name: usable.length === 0 ? name : `${name} (${Math.max(...usable.map(numberOf)) + 1})`,
      ...{ opens: name, role: 'student', state: 'opening' },
    };
    await this.#open(member, this.#options.scenario);
    const same = usable.find(({ student }) => student?.config.sha256 === member.student?.config.sha256);
    if (same) {
      await member.policy?.[Symbol.asyncDispose]();
      return same.name;
    }
    const others = this.#members.filter((other) => usable.includes(other) || !namesakes.includes(other));
    const after = others.findLastIndex(({ role }) => role === 'student');
    this.#members = others.toSpliced(after + 1, 0, member);
    return member.name;
  }

  /** Students are held against labels anew. */
  async rescore(): Promise<void> {
    const evaluation = await evaluationOf(this.#options.workspace ?? '.');
    for (const member of this.#members) {
      const score = member.student && scoreOf(member.student, evaluation);
      if (score) member.score = score;
    }
  }

  /** @throws {UnderstudyError} SERVE_COMMAND if there is no such policy or it cannot be used */
  ready(name: string): Ready {
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
    return member as Ready;
  }

  /** As `ready`, once everybody has opened who is going to */
  async opened(name: string): Promise<Ready> {
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
    await Promise.all([...this.members, ...this.#retired].map((member) => member.policy?.[Symbol.asyncDispose]()));
  }
}

/** Which student of its name it is: 2 of "student:mlp (2)". */
const numberOf = ({ name }: Member): number => Number(/ \((\d+)\)$/.exec(name)?.[1] ?? 1);

/** Whether what a policy says may follow the parameters of the world: code of the scenario's own, which nobody can compare. */
const followsParameters = (name: string, { knownRule }: Scenario): boolean =>
  name.startsWith('policy:') || (name === 'oracle' && knownRule !== undefined && 'probabilities' in knownRule);

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
