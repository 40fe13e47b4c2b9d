import { ACTION_SLOT, kinds, slotsOf } from '../env/agent-luck.ts';
import { compiledData } from '../env/compiled.ts';
import { requireNoNetwork } from '../env/neighbours.ts';
import { GROUP, TRAIT_BLOCK } from '../env/people.ts';
import { streams } from '../env/random.ts';
import type { Scenario, Vocabulary } from '../env/scenario.ts';
import { stateSpace } from '../env/state-space.ts';
import { traitBlocks } from '../env/trait-law.ts';
import { requireDynamics } from '../env/vocabulary.ts';
import type { WorkOptions } from '../env/work.ts';
import { type DecisionTable, decisionTable } from '../policies/decision-table.ts';
import type { Policy } from '../policies/policy.ts';
import { scenarioHash } from '../scenarios/study.ts';
import { COMPILED_FORMAT, type CompiledFile, compiledText, writeCompiledFile } from '../workspace/compiled.ts';
import { NamedPolicies } from './named-policies.ts';

export interface CompileOptions extends WorkOptions {
  /** One with dynamics. */
  readonly scenario: Vocabulary;
  /** File that is written. */
  readonly out: string;
  /** Policy whose decisions are written too, wherever an agent can come: a name, as openPolicy takes it, or one that is open. */
  readonly policy?: string | Policy;
  /** Directory in which policies and labels are looked up; default ".". */
  readonly workspace?: string;
}

export interface CompileReport {
  readonly scenario: string;
  /** Tells worlds apart: the SHA-256 that study.json has. */
  readonly sha256: string;
  readonly file: string;
  readonly bytes: number;
  /** Observations whose decisions are in the file; absent without a policy. */
  readonly decisions?: number;
}

/**
 * Writes the tables of a scenario, and which random bits decide what, as JSON: what a program in another language needs to
 * play the same runs. docs/reference.md has the members, examples/python/play.py is such a program.
 * @throws {UnderstudyError} SCENARIO_DYNAMICS for a vocabulary without them, SCENARIO_CROWD for neighbours, what openPolicy and decisionTable throw, and
 *   DISTILL_FILE if the file cannot be written or something else is there
 */
export async function compile({
  scenario: vocabulary,
  out,
  policy,
  workspace = '.',
  signal,
  progress,
  log,
}: CompileOptions): Promise<CompileReport> {
  const scenario = requireDynamics(vocabulary, 'a file of compiled tables');
  requireNoNetwork(scenario, 'a file of compiled tables');
  await using named = new NamedPolicies({ scenario, workspace, labels: true, log, signal });
  const decisions =
    policy === undefined
      ? undefined
      : await decisionTable(scenario, await named.of(policy), {
          signal,
          onProgress: (done, of) => progress?.({ stage: 'deciding', done, of }),
        });
  const file = compiledFile(scenario, decisions);
  const text = compiledText(file);
  await writeCompiledFile(out, text);
  return {
    scenario: scenario.id,
    sha256: file.sha256,
    file: out,
    bytes: Buffer.byteLength(text),
    ...(decisions && { decisions: decisions.masks.length }),
  };
}

/** What compiledData gives; trait sets may be written in two ways there. */
type Tables = CompiledFile['scenario'] & Partial<Record<'traitSets' | 'traitWeights' | 'traitTotal', unknown>>;

function compiledFile(scenario: Scenario, decisions: DecisionTable | undefined): CompiledFile {
  const { next, start } = slotsOf(stateSpace(scenario));
  // Sets of phrases stand as lists here, whatever their number.
  const { traitSets: _sets, traitWeights: _weights, traitTotal: _total, ...tables } = compiledData(scenario) as Tables;
  const law = traitBlocks(scenario).map(({ sets, weights, total }) => ({
    sets: Array.from(sets, (set) => scenario.sets.indices(set)),
    weights: [...weights],
    total,
  }));
  return {
    format: COMPILED_FORMAT,
    version: 1,
    sha256: scenarioHash(scenario),
    parameters: Object.fromEntries(Object.entries(scenario.parameters).map(([name, { value }]) => [name, value])),
    scenario: { ...tables, traitLaw: law },
    luck: {
      streams: { world: streams.world, agents: streams.agents },
      action: ACTION_SLOT,
      next: { slots: next, blocks: [kinds.high, kinds.low] },
      start: { slots: start, blocks: [kinds.startHigh, kinds.startLow] },
      traitBlock: TRAIT_BLOCK,
      places: GROUP,
    },
    ...(decisions && {
      decisions: {
        policy: decisions.policy,
        rows: decisions.masks.map((mask) => ({
          phrases: scenario.sets.indices(mask),
          weights: [...decisions.weightsOf(mask)],
        })),
      },
    }),
  };
}
