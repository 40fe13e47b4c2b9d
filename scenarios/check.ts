import { describeScenario } from '../env/conformance.ts';
import { observations } from '../env/observation.ts';
import { Occurring } from '../env/occurring.ts';
import { promptOf } from '../env/prompt.ts';
import { stateCount, states } from '../env/sampling/states.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { stateSpace } from '../env/state-space.ts';
import { traitSetCount } from '../env/trait-law.ts';
import { hasDynamics } from '../env/vocabulary.ts';
import { scenarioHash } from './study.ts';

/** A check of describeScenario that failed, and why. */
export interface ScenarioFinding {
  readonly check: string;
  readonly message: string;
}

/** What `describeScenario` finds in a scenario, its sizes, and what would be asked. */
export interface ScenarioReport {
  readonly scenario: string;
  /** SHA-256 of its compiled data. */
  readonly sha256: string;
  /** Whether nothing was found. */
  readonly ok: boolean;
  readonly findings: readonly ScenarioFinding[];
  readonly sizes: {
    readonly actions: number;
    readonly traits: number;
    readonly contexts: number;
    /** Sets of phrases of which exactly one holds. */
    readonly groups: number;
    readonly traitSets: number;
    /** Joint states of the world's factors and of an agent's own; absent in a vocabulary. */
    readonly worldStates?: number;
    readonly agentStates?: number;
    /** Different observations that the vocabulary can express: so many questions ask a teacher about all of them once. */
    readonly observations: number;
    /** Those that occur in a state that some policy can reach; absent without dynamics, or if people are too many to list. */
    readonly occurring?: number;
    readonly paraphrases: number;
  };
  readonly parameters: Vocabulary['parameters'];
  /** Names of the policies that it brings. */
  readonly policies: readonly string[];
  /** The prompt of one observation in each paraphrase. */
  readonly prompts: readonly string[];
}

/** Puts a scenario through every check of describeScenario. */
export function checkScenario(scenario: Vocabulary): ScenarioReport {
  const findings: ScenarioFinding[] = [];
  describeScenario(scenario, {
    describe: (_, body) => body(),
    it: (check, body) => {
      try {
        // No check of a scenario waits for anything.
        void body();
      } catch (error) {
        findings.push({ check, message: (error as Error).message });
      }
    },
  });
  const { id, actions, traits, contexts, groups, parameters, policies, prompt } = scenario;
  const occurring = hasDynamics(scenario) ? new Occurring(scenario) : undefined;
  const possible = occurring?.count();
  const shown = example(scenario, (mask) => occurring?.has(mask) ?? true);
  return {
    scenario: id,
    sha256: scenarioHash(scenario),
    ok: findings.length === 0,
    findings,
    sizes: {
      actions: actions.length,
      traits: traits.length,
      contexts: contexts.length,
      groups: groups.length,
      traitSets: traitSetCount(scenario),
      ...(hasDynamics(scenario) && {
        worldStates: scenario.world.reduce((product, { levels }) => product * levels.length, 1),
        agentStates: stateSpace(scenario).agentStates,
        ...(possible !== undefined && { occurring: possible }),
      }),
      observations: stateCount(scenario),
      paraphrases: prompt.paraphrases.length,
    },
    parameters,
    policies: Object.keys(policies),
    prompts: prompt.paraphrases.map((_, i) => promptOf(scenario, observations(scenario, [shown]), 0, i)),
  };
}

/**
 * An observation with several phrases, but not too many to read: among the first ones that can occur the largest of at most four
 * phrases beside those that groups always have.
 */
function example(scenario: Vocabulary, occurs: (mask: number) => boolean): number {
  const readable = Math.max(4, scenario.groups.length + 2);
  let best = scenario.sets.of([]);
  let most = -1;
  let seen = 0;
  for (const mask of states(scenario)) {
    const size = scenario.sets.size(mask);
    if (size > most && size <= readable && occurs(mask)) [best, most] = [mask, size];
    if (most === readable || ++seen === 10_000) break;
  }
  return best;
}
