import type { Vocabulary } from '../../env/scenario.ts';
import { askedAs } from '../../policies/asked-as.ts';
import { AskedOnce } from '../../policies/asked-once.ts';
import { type OpenPolicyOptions, openPolicy, openTeacher } from '../../policies/open.ts';
import type { Policy, Teacher } from '../../policies/policy.ts';
import type { Specification } from './specifications.ts';

export interface DecidersOptions extends Omit<OpenPolicyOptions, 'scenario' | 'labels'> {
  /** The worlds of both sides: the same one, if phrases are contrasted. */
  readonly scenarios: readonly [Vocabulary, Vocabulary];
  /** Draws of `sample` that are averaged, and their seed. */
  readonly repeats: number;
  readonly seed: number;
  /** Opens a teacher by its name; default openTeacher. */
  readonly openTeacher?: typeof openTeacher;
}

/** Names of policies that answer as the world that they are opened in says. */
const isOfWorld = (name: string): boolean => /^(?:policy:|oracle(?:\?|$))/.test(name);

const wordsOf = ({ id, phrases, actions, prompt, groups, conflicts }: Vocabulary): string =>
  JSON.stringify([id, phrases, actions, prompt, groups, conflicts]);

/**
 * Who decides on both sides of a claim. A policy that answers words alone is opened once for both, and asked about each
 * observation once.
 */
export class Deciders implements AsyncDisposable {
  readonly #options: DecidersOptions;
  readonly #open = new Map<string, readonly [Policy, Policy]>();
  readonly #given = new Map<string, string | Policy>();
  readonly #closing: Policy[] = [];

  constructor(options: DecidersOptions) {
    this.#options = options;
  }

  /** @throws {UnderstudyError} as openTeacher does */
  async teacher(given: string | Teacher): Promise<{ readonly name: string; readonly teacher: Teacher }> {
    const [teacher] = await this.#both(given, this.#options.openTeacher ?? openTeacher);
    return { name: nameOf(given), teacher: teacher as Teacher };
  }

  /** @throws {UnderstudyError} as openPolicy does */
  async policy(given: string | Policy): Promise<{ readonly name: string; readonly policy: Policy }> {
    const [policy] = await this.#both(given, openPolicy);
    return { name: nameOf(given), policy };
  }

  /** Ids of content by name. */
  get ids(): Record<string, string> {
    return Object.fromEntries([...this.#open].map(([name, [{ id }]]) => [name, id]));
  }

  /** What decides under a name, as it was given. */
  given(name: string): string | Policy {
    return this.#given.get(name)!;
  }

  /** Memos of who decides in a specification; what they learn is theirs. */
  memosOf({ policy, wording, elicit, temperature }: Specification): readonly [AskedOnce, AskedOnce] {
    const { scenarios, repeats, seed } = this.#options;
    const both = this.#open.get(policy)!;
    const of = (side: 0 | 1): AskedOnce => {
      const scenario = scenarios[side];
      if (wording === undefined || elicit === undefined) return new AskedOnce(scenario, both[side]);
      const manner = { wording, elicit, repeats, seed, ...(temperature !== undefined && { temperature }) };
      return new AskedOnce(scenario, askedAs(scenario, both[side] as Teacher, manner));
    };
    const first = of(0);
    return [first, both[0] === both[1] ? first : of(1)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const policy of this.#closing) await policy[Symbol.asyncDispose]();
  }

  async #both<P extends Policy>(
    given: string | P,
    open: (name: string, options: OpenPolicyOptions) => Promise<P>,
  ): Promise<readonly [P, P]> {
    const name = nameOf(given);
    const known = this.#open.get(name);
    if (known) return known as readonly [P, P];
    const { scenarios, repeats: _, seed: __, openTeacher: ___, ...more } = this.#options;
    const opened = async (scenario: Vocabulary): Promise<P> => {
      if (typeof given !== 'string') return given;
      const policy = await open(given, { ...more, scenario, labels: true });
      this.#closing.push(policy);
      return policy;
    };
    const first = await opened(scenarios[0]);
    if (typeof given === 'string' && first.caveat) more.log?.(`${given}: ${first.caveat}`);
    const apart = scenarios[0] !== scenarios[1] && (isOfWorld(name) || wordsOf(scenarios[0]) !== wordsOf(scenarios[1]));
    const both = [first, apart ? await opened(scenarios[1]) : first] as const;
    this.#open.set(name, both);
    this.#given.set(name, given);
    return both;
  }
}

const nameOf = (given: string | Policy): string => (typeof given === 'string' ? given : given.id);
