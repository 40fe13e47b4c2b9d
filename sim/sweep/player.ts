import { UnderstudyError } from '../../env/error.ts';
import type { Scenario, Vocabulary } from '../../env/scenario.ts';
import { stateSpace } from '../../env/state-space.ts';
import { requireDynamics } from '../../env/vocabulary.ts';
import { AskedOnce } from '../../policies/asked-once.ts';
import { type OpenPolicyOptions, openPolicy } from '../../policies/open.ts';
import { openScenario } from '../../scenarios/open.ts';
import { withPeople } from '../../scenarios/population.ts';
import { Plans } from '../engine/plans.ts';
import { outcomesOf } from '../replications.ts';
import { type RunOptions, run } from '../run.ts';
import { hashOfScenario } from '../snapshot.ts';
import type { RunEnd } from './journal.ts';
import type { Arm } from './plan.ts';

/** What all runs of a sweep share, as plain data. */
export interface Shared {
  /** As openScenario takes it, and the parameters that no point sets. */
  readonly scenario: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly workspace: string;
  readonly ticks?: number;
  readonly days?: number;
  readonly cohorts: boolean;
  readonly people: 'drawn' | 'exact';
  /** `stop`, `skip` or the name of a policy. */
  readonly onFailure: string;
}

export interface PlayerOptions {
  readonly signal?: AbortSignal;
  readonly log?: (line: string) => void;
}

/** Policies that answer from an observation alone, wherever it comes from: they are opened once for all settings. */
const isAboutWords = (name: string): boolean => !/^(?:policy:|oracle(?:\?|$))/.test(name);

/** Plays runs one after the other, and keeps what the next one can use. */
export class Player implements AsyncDisposable {
  readonly #shared: Shared;
  readonly #options: PlayerOptions;
  /** Of the setting that was played last. */
  #world:
    | { readonly key: string; readonly scenario: Scenario; readonly plans: Plans; readonly sha256: string }
    | undefined;
  readonly #ofWorld = new Map<string, AskedOnce>();
  readonly #ofWords = new Map<string, AskedOnce>();
  #words: string | undefined;
  /** Policies whose caveat was logged. */
  readonly #told = new Set<string>();

  constructor(shared: Shared, options: PlayerOptions = {}) {
    this.#shared = shared;
    this.#options = options;
  }

  /** Plays a run. Whatever fails is its end, and no other's; an abort is thrown, and a limit that is reached. */
  async play(arm: Arm, seed: number): Promise<RunEnd> {
    try {
      return { result: await this.#play(arm, seed) };
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      // It would be that of every run after it.
      if (error instanceof UnderstudyError && error.code === 'SPENDING_LIMIT') throw error;
      // A teacher whose process died, or a world that is half open, is opened anew; one that gave no answer is as it was.
      if (!(error instanceof UnderstudyError && error.code === 'SIMULATION_UNANSWERED')) await this.#close();
      return { failure: error instanceof Error ? error.message : String(error) };
    }
  }

  /** The id of a policy in the world that no point changes. @throws {UnderstudyError} as openPolicy does */
  async policyId(name: string): Promise<string> {
    await this.#enter({ parameters: {} });
    return (await this.#memoOf(name)).id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #play(arm: Arm, seed: number) {
    const { policy, agents } = arm;
    const { ticks, days, cohorts, people, onFailure, workspace } = this.#shared;
    const { scenario, plans, sha256 } = await this.#enter(arm);
    const options: RunOptions = {
      ...{ scenario, plans, agents, seed, cohorts, people, workspace, ...this.#options },
      policy: await this.#memoOf(policy),
      ...(ticks !== undefined ? { ticks } : days !== undefined && { days }),
      onFailure: onFailure === 'stop' || onFailure === 'skip' ? onFailure : { fallback: await this.#memoOf(onFailure) },
    };
    const summary = await run(options);
    return {
      policy: summary.policy,
      ticks: summary.ticks,
      // What is not a number is null in JSON: it reads the same whether it comes from here or from the journal.
      outcomes: Object.fromEntries(
        Object.entries(outcomesOf(summary)).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
      ),
      unanswered: summary.failed,
      stateHash: summary.stateHash,
      scenario: sha256,
    };
  }

  async #enter({ parameters, population }: Pick<Arm, 'parameters' | 'population'>) {
    const key = JSON.stringify([parameters, population]);
    if (this.#world?.key !== key) {
      await closeAll(this.#ofWorld);
      const all = { ...this.#shared.parameters, ...parameters };
      const own = requireDynamics(await openScenario(this.#shared.scenario, { parameters: all }), 'a sweep');
      const scenario = population === undefined ? own : await withPeople(own, population);
      const words = wordsOf(scenario);
      if (words !== this.#words) await closeAll(this.#ofWords);
      this.#words = words;
      this.#world = { key, scenario, plans: new Plans(stateSpace(scenario)), sha256: hashOfScenario(scenario) };
    }
    return this.#world;
  }

  async #memoOf(name: string): Promise<AskedOnce> {
    const memos = isAboutWords(name) ? this.#ofWords : this.#ofWorld;
    const known = memos.get(name);
    if (known) return known;
    const { scenario } = this.#world!;
    const options: OpenPolicyOptions = { scenario, workspace: this.#shared.workspace, labels: true, ...this.#options };
    const memo = AskedOnce.of(scenario, await openPolicy(name, options));
    if (memo.caveat && !this.#told.has(name)) this.#options.log?.(`${name}: ${memo.caveat}`);
    this.#told.add(name);
    memos.set(name, memo);
    return memo;
  }

  async #close(): Promise<void> {
    this.#world = undefined;
    await closeAll(this.#ofWorld);
    await closeAll(this.#ofWords);
  }
}

const wordsOf = ({ id, phrases, actions, prompt, groups, conflicts }: Vocabulary): string =>
  JSON.stringify([id, phrases, actions, prompt, groups, conflicts]);

async function closeAll(memos: Map<string, AskedOnce>): Promise<void> {
  const open = [...memos.values()];
  memos.clear();
  // What cannot be closed any more is gone already.
  for (const memo of open) await memo[Symbol.asyncDispose]().catch(() => {});
}
