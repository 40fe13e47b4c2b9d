import { describeScenario } from '../env/conformance.ts';
import { neighbourFactors } from '../env/neighbours.ts';
import { observations } from '../env/observation.ts';
import { Occurring } from '../env/occurring.ts';
import { promptOf } from '../env/prompt.ts';
import { stateCount, states } from '../env/sampling/states.ts';
import type { Scenario, Vocabulary } from '../env/scenario.ts';
import { stateSpace } from '../env/state-space.ts';
import { traitSetCount } from '../env/trait-law.ts';
import { hasDynamics } from '../env/vocabulary.ts';
import { ruleRow } from '../policies/policy-of.ts';
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
  /** What the checks took for granted. */
  readonly notes: readonly string[];
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
    /** Levels that its crowd factors have at a time: one for everybody, or one for each place; absent if it has none. */
    readonly crowdPlaces?: number;
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
  findings.push(...ruleFindings(scenario));
  const { id, actions, traits, contexts, groups, parameters, policies, prompt } = scenario;
  const occurring = hasDynamics(scenario) ? new Occurring(scenario) : undefined;
  const possible = occurring?.count();
  const shown = example(scenario, (mask) => occurring?.has(mask) ?? true);
  return {
    scenario: id,
    sha256: scenarioHash(scenario),
    ok: findings.length === 0,
    findings,
    notes: hasDynamics(scenario) ? crowdNotes(scenario) : [],
    sizes: {
      actions: actions.length,
      traits: traits.length,
      contexts: contexts.length,
      groups: groups.length,
      traitSets: traitSetCount(scenario),
      ...(hasDynamics(scenario) && {
        worldStates: scenario.world.reduce((product, { levels }) => product * levels.length, 1),
        agentStates: stateSpace(scenario).agentStates,
        ...(scenario.crowd.length > 0 && { crowdPlaces: stateSpace(scenario).crowdPlaces }),
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

/** At most this many observations are put to a rule of the scenario's own. */
const RULE_STATES = 10_000;

/** What is wrong with what the known rule and the scenario's own policies give. */
function ruleFindings(scenario: Vocabulary): ScenarioFinding[] {
  const { knownRule, policies } = scenario;
  const rules = [
    ...(knownRule && 'probabilities' in knownRule
      ? [['knownRule.probabilities', knownRule.probabilities] as const]
      : []),
    ...Object.entries(policies).map(([name, rule]) => [`policies.${name}`, rule] as const),
  ];
  return rules.flatMap(([name, rule]) => {
    let seen = 0;
    try {
      for (const state of states(scenario)) {
        if (++seen > RULE_STATES) break;
        ruleRow(scenario, name, rule, scenario.sets.indices(state));
      }
      return [];
    } catch (error) {
      return [{ check: 'decides by its own rules', message: (error as Error).message }];
    }
  });
}

/** No check can tell what a crowd does, or neighbours. */
function crowdNotes(scenario: Scenario): string[] {
  const made = [...scenario.crowd, ...neighbourFactors(scenario)];
  if (made.length === 0) return [];
  const names = made.map(({ name }) => name).join(', ');
  return [
    `every level of ${names} was tried in every state: what is found, or counted as an observation that can occur, may need a crowd that no run has`,
  ];
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
