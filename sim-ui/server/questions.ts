import { UnderstudyError } from '../../env/error.ts';
import { fromPhrases, observations, type Phrases } from '../../env/observation.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { Answer } from '../../policies/policy.ts';
import { standardDeviation } from '../../stats/moments.ts';
import type { Reask, Reasked, Weigh, Weights, WhatIf } from '../protocol/questions.ts';
import { clamp } from '../protocol/values.ts';
import type { Verdict } from '../protocol/verdicts.ts';
import { heardOf } from './answers.ts';
import { type Cast, type Member, messageOf, type Ready } from './cast.ts';

/** Questions to language models that pages may put at once, and a second from then on; all pages of a stage together. */
const AT_ONCE = 60;
const PER_SECOND = 0.5;

/** Phrases that are left out one by one, at most. */
const MOST_WEIGHED = 64;

/** Up to this many phrases, a set of them is remembered by nobody. */
const FORGOTTEN = 32;

/** What pages may ask language models beyond the run: a token bucket. */
export class Allowance {
  readonly #now: () => number;
  #left = AT_ONCE;
  #filled: number;

  /** @param now milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#filled = now();
  }

  /** @throws {UnderstudyError} SERVE_COMMAND if there are not as many questions left */
  spend(questions: number): void {
    const now = this.#now();
    this.#left = Math.min(AT_ONCE, this.#left + ((now - this.#filled) * PER_SECOND) / 1000);
    this.#filled = now;
    if (questions > this.#left)
      throw new UnderstudyError(
        'SERVE_COMMAND',
        `${questions} more questions to a language model are too many: pages may ask ${AT_ONCE} at once, and one every ${1 / PER_SECOND} seconds from then on; try again in ${Math.ceil((questions - this.#left) / PER_SECOND)} s`,
      );
    this.#left -= questions;
  }
}

/** What policies make of phrases that somebody has put together, whether or not anybody is there. */
export class Questions {
  readonly #cast: Cast;
  readonly #scenario: Scenario;
  readonly #allowance: Allowance;
  #reasking = false;
  readonly #closing = new AbortController();

  constructor(cast: Cast, scenario: Scenario, allowance = new Allowance()) {
    this.#cast = cast;
    this.#scenario = scenario;
    this.#allowance = allowance;
  }

  /**
   * What every policy would do, the teacher first. One that costs nothing answers anybody, without remembering it; a language
   * model is asked if the page says so and has the token, and remembers.
   * @throws {UnderstudyError} OBSERVATION_CONFLICT for phrases that cannot hold together, SERVE_COMMAND without the token
   *   or beyond the allowance
   */
  async whatIf({ ask, ...phrases }: WhatIf, control: boolean): Promise<{ verdicts: Verdict[] }> {
    const mask = this.#maskOf(phrases, control);
    const { teacher, members } = this.#cast;
    const all = [teacher, ...members.filter((member) => member !== teacher && member.state === 'ready')];
    const asked = ask ? all.filter((member) => member.costly && member.policy?.outcome(mask) === undefined) : [];
    if (asked.length > 0) {
      requireControl(control);
      this.#allowance.spend(asked.length);
    }
    return { verdicts: await Promise.all(all.map((member) => this.#verdict(member, mask, asked.includes(member)))) };
  }

  /**
   * What a policy would do without each of the phrases, the one that moves it most first. Not for language models.
   * @throws {UnderstudyError} SERVE_COMMAND for one, and as whatIf
   */
  async weigh({ policy, ...phrases }: Weigh, control: boolean): Promise<Weights> {
    const member = this.#cast.ready(policy);
    if (member.costly)
      throw new UnderstudyError('SERVE_COMMAND', `${policy} is a language model: it is asked for its reasons instead`);
    const { sets, phrases: words } = this.#scenario;
    const mask = this.#maskOf(phrases, control);
    const held = sets.indices(mask).slice(0, MOST_WEIGHED);
    const masks = [mask, ...held.map((phrase) => sets.of(sets.indices(mask).filter((other) => other !== phrase)))];
    const rows = await this.#answers(member, masks);
    const [all, ...less] = rows;
    if (!all) throw new UnderstudyError('SERVE_COMMAND', `${policy} has no answer to these phrases`);
    const without = held.flatMap((phrase, i) =>
      less[i] ? [{ phrase: words[phrase]!, probabilities: less[i]!, distance: distance(all, less[i]!) }] : [],
    );
    return { policy, probabilities: all, without: without.sort((a, b) => b.distance - a.distance) };
  }

  /**
   * The teacher's answers to one question, asked again: with another seed each time, or in each wording of the prompt.
   * @throws {UnderstudyError} SERVE_COMMAND without the token, beyond the allowance, while others are asked, or for a
   *   policy that nobody can ask; and as whatIf
   */
  async reask({ by, times, ...phrases }: Reask, control: boolean): Promise<Reasked> {
    const { teacher: member } = this.#cast;
    const { teacher } = this.#cast.ready(member.name) as Member;
    if (!teacher)
      throw new UnderstudyError('SERVE_COMMAND', `${member.name} cannot be asked: it decides and says nothing`);
    const mask = this.#maskOf(phrases, control);
    const wordings = this.#scenario.prompt.paraphrases.length;
    if (by === 'wording' && wordings < 2)
      throw new UnderstudyError('SERVE_COMMAND', `the prompt of ${this.#scenario.id} has one wording only`);
    const put = by === 'wording' ? Math.min(times, wordings) : times;
    if (member.costly) {
      requireControl(control);
      this.#allowance.spend(put);
    }
    if (this.#reasking)
      throw new UnderstudyError('SERVE_COMMAND', 'the teacher is being asked again for somebody else; wait for that');
    this.#reasking = true;
    try {
      const answers: Answer[] = [];
      for (let i = 0; i < put; i++) {
        const [answer] = await teacher.ask(observations(this.#scenario, [mask]), {
          signal: this.#closing.signal,
          ...(by === 'seed'
            ? { elicit: 'sample', temperature: 1, seed: i }
            : { paraphrase: i, ...(teacher.decidesBy && { elicit: teacher.decidesBy }) }),
        });
        answers.push(answer!);
      }
      return { teacher: member.name, by, answers: answers.map(toldOf), spread: spreadOf(answers) };
    } finally {
      this.#reasking = false;
    }
  }

  close(): void {
    this.#closing.abort(new DOMException('closed', 'AbortError'));
  }

  /** @throws {UnderstudyError} OBSERVATION_PHRASE, OBSERVATION_CONFLICT */
  #maskOf(phrases: Phrases, control: boolean): number {
    // The numbers of larger sets are kept for the life of the process.
    if (this.#scenario.phrases.length > FORGOTTEN) requireControl(control);
    return fromPhrases(this.#scenario, [phrases]).masks[0]!;
  }

  async #verdict(member: Member, mask: number, ask: boolean): Promise<Verdict> {
    const { name, policy, costly } = member;
    if (member.state === 'opening') return { name, state: 'unasked' };
    if (!policy) return { name, state: 'failed', ...(member.problem && { reason: member.problem }) };
    try {
      if (!costly) {
        const [probabilities] = await this.#answers(member as Ready, [mask]);
        return probabilities ? { name, state: 'known', probabilities } : { name, state: 'failed', reason: 'no answer' };
      }
      if (ask) await policy.learn([mask], { signal: this.#closing.signal });
    } catch (error) {
      return { name, state: 'failed', reason: messageOf(error) };
    }
    const outcome = policy.outcome(mask);
    if (outcome === undefined) return { name, state: 'unasked' };
    const heard = member.heard?.of(mask);
    return outcome === 'ok'
      ? { name, state: 'known', probabilities: Array.from(policy.probabilities(mask)!, clamp), ...(heard && { heard }) }
      : { name, state: 'failed', reason: heard?.reason ?? outcome, ...(heard && { heard }) };
  }

  /** Answers of a policy that costs nothing to ask; undefined where it has none. */
  async #answers({ policy }: Ready, masks: readonly number[]): Promise<(number[] | undefined)[]> {
    const k = this.#scenario.actions.length;
    const known = masks.map((mask) => (policy.outcome(mask) === 'ok' ? policy.probabilities(mask) : undefined));
    const open = masks.filter((_, i) => !known[i]);
    // Asked past the memo, which would remember whatever pages imagine.
    const decided = open.length > 0 ? await policy.policy.decide(observations(this.#scenario, open)) : undefined;
    let at = 0;
    return known.map((row) => {
      if (row) return Array.from(row, clamp);
      const i = at++;
      if (decided!.outcomes[i] !== 'ok') return undefined;
      return Array.from(decided!.probabilities.subarray(i * k, (i + 1) * k), clamp);
    });
  }
}

function requireControl(control: boolean): void {
  if (!control)
    throw new UnderstudyError(
      'SERVE_COMMAND',
      'only who controls the run may ask a language model: that takes the token',
    );
}

const toldOf = (answer: Answer): Reasked['answers'][number] => ({
  ...(answer.outcome === 'ok' && { probabilities: Array.from(answer.probabilities!, clamp) }),
  heard: heardOf(answer),
});

function spreadOf(answers: readonly Answer[]): Reasked['spread'] {
  const rows = answers.flatMap(({ outcome, probabilities }) => (outcome === 'ok' ? [probabilities!.map(clamp)] : []));
  if (rows.length < 2) return null;
  const columns = rows[0]!.map((_, a) => rows.map((row) => row[a]!));
  let [pairs, sum] = [0, 0];
  rows.forEach((a, i) =>
    rows.slice(i + 1).forEach((b) => {
      pairs++;
      sum += distance(a, b);
    }),
  );
  return {
    mean: columns.map((column) => clamp(column.reduce((total, p) => total + p, 0) / column.length)),
    sd: columns.map((column) => standardDeviation(column)),
    distance: sum / pairs,
  };
}

/** Total variation. */
const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.min(1, a.reduce((sum, p, i) => sum + Math.abs(p - b[i]!), 0) / 2);
