import { join } from 'node:path';
import { UnderstudyError } from '../env/error.ts';
import type { Scenario } from '../env/scenario.ts';
import { joinPhrases } from '../workspace/csv.ts';
import type { GrowingColumn } from '../workspace/parquet/column-buffer.ts';
import { GROUPS, GrowingParquet } from '../workspace/parquet/growing-parquet.ts';
import type { Population } from './engine/population.ts';
import { panelFactors } from './record-agents.ts';
import { ActionScan, SCAN } from './record-scan.ts';
import type { RecordedFile, RunTables, TableName, TablesMark, TablesOptions } from './record-tables.ts';
import { tickColumns } from './record-ticks.ts';
import type { Simulation } from './simulation.ts';
import type { TickRecord } from './tick-record.ts';

/** Rows of a row group: as many as readers expect, and few enough for a checkpoint to hold those that fill none. */
const ROWS = 122_880;
/** Ticks have many columns and come one at a time. */
const TICK_ROWS = 4096;

/** Ticks are numbered by 32 bits with a sign. */
const TICK_LIMIT = 2 ** 31 - 1;

const integer = (name: string): GrowingColumn => ({ name, type: 'integer' });
const rising = (name: string): GrowingColumn => ({ name, type: 'rising' });

const columnsOf: Readonly<Record<Exclude<TableName, 'ticks'>, (scenario: Scenario) => readonly GrowingColumn[]>> = {
  actions: ({ actions }) => [rising('tick'), integer('agent'), { name: 'action', type: actions }],
  agents: () => [rising('agent'), rising('kind'), { name: 'traits', type: 'text' }],
  panel: (scenario) => [
    rising('tick'),
    ...['agent', 'kind'].map(integer),
    ...panelFactors(scenario).map((name, f) => ({ name, type: scenario.agent[f]!.levels })),
    { name: 'action', type: scenario.actions },
  ],
};

/** The tables of a run as Parquet files. */
export class ParquetTables implements RunTables {
  readonly #tables: ReadonlyMap<TableName, GrowingParquet>;
  readonly #ticks: ReturnType<typeof tickColumns>;
  readonly #panel: number | undefined;
  readonly #scan = new ActionScan();

  private constructor(
    tables: ReadonlyMap<TableName, GrowingParquet>,
    ticks: ReturnType<typeof tickColumns>,
    panel: number | undefined,
  ) {
    this.#tables = tables;
    this.#ticks = ticks;
    this.#panel = panel;
  }

  static async open(
    folder: string,
    names: readonly TableName[],
    scenario: Scenario,
    { panel, watched = {} }: TablesOptions,
    from?: TablesMark,
  ): Promise<ParquetTables> {
    const ticks = tickColumns(scenario, watched);
    const tables = new Map<TableName, GrowingParquet>();
    for (const [t, name] of names.entries()) {
      const file = fileOf(name);
      const path = join(folder, file);
      const size = name === 'ticks' ? TICK_ROWS : ROWS;
      const columns = name === 'ticks' ? ticks : columnsOf[name](scenario);
      const mark = from && { bytes: from.bytes[file] ?? 0, groups: from.bytes[file + GROUPS] ?? 0 };
      const rows = from?.rows?.[t];
      tables.set(
        name,
        mark && rows
          ? await GrowingParquet.resume(path, columns, size, mark, rows)
          : await GrowingParquet.create(path, columns, size),
      );
    }
    return new ParquetTables(tables, ticks, panel);
  }

  async write(tick: TickRecord, simulation: Simulation): Promise<void> {
    if (tick.tick > TICK_LIMIT)
      throw new UnderstudyError(
        'SIMULATION_RECORD',
        `tick ${tick.tick} cannot be recorded in Parquet, whose ticks go up to ${TICK_LIMIT}; record CSV`,
      );
    await this.#writeTick(tick);
    const [actions, agents, panel] = (['actions', 'agents', 'panel'] as const).map((name) => this.#tables.get(name));
    if (actions) await writeActions(actions, tick.tick, simulation.population, this.#scan);
    if (agents?.isEmpty) await writeAgents(agents, simulation.population, simulation.scenario);
    if (panel && (tick.tick + 1) % this.#panel! === 0)
      await writePanel(panel, tick.tick, simulation.population, simulation.scenario);
  }

  async mark(): Promise<TablesMark> {
    const bytes: Record<string, number> = {};
    const rows: Uint8Array[] = [];
    for (const [name, table] of this.#tables) {
      const mark = await table.sync();
      bytes[fileOf(name)] = mark.bytes;
      bytes[fileOf(name) + GROUPS] = mark.groups;
      rows.push(table.pending());
    }
    return { bytes, rows };
  }

  async finish(): Promise<readonly RecordedFile[]> {
    const finished: RecordedFile[] = [];
    for (const [name, table] of this.#tables)
      finished.push({ name: fileOf(name), path: table.path, bytes: await table.finish() });
    return finished;
  }

  async close(): Promise<void> {
    for (const table of this.#tables.values()) await table.close().catch(() => {});
  }

  async #writeTick(tick: TickRecord): Promise<void> {
    const table = this.#tables.get('ticks')!;
    this.#ticks.forEach(({ type, cell }, c) => {
      const column = table.columns[c]!;
      const value = cell(tick);
      column.values[table.rows] =
        typeof type === 'object'
          ? type.indexOf(value!)
          : typeof value === 'string'
            ? column.index(value)
            : (value ?? Number.NaN);
    });
    await table.added(1);
  }
}

const fileOf = (name: TableName): string => `${name}.parquet`;

/** Rows `tick, agent, action` of those who did not take the default action in the tick that was played last. */
async function writeActions(table: GrowingParquet, tick: number, population: Population, scan: ActionScan) {
  const [ticks, agents, taken] = table.columns.map(({ values }) => values);
  for (const { agent, actions } of population.groups())
    for (let from = 0; from < actions.length; from += SCAN) {
      const found = scan.find(actions.subarray(from, from + SCAN), agent + from);
      for (let done = 0; done < found; ) {
        const rows = Math.min(table.room, found - done);
        const at = table.rows;
        ticks!.fill(tick, at, at + rows);
        agents!.set(scan.agents.subarray(done, done + rows), at);
        taken!.set(scan.taken.subarray(done, done + rows), at);
        done += rows;
        await table.added(rows);
      }
    }
}

/** A row of every agent: the kind of its traits, and these. */
async function writeAgents(table: GrowingParquet, population: Population, scenario: Scenario): Promise<void> {
  const [agents, kinds, traits] = table.columns;
  const { sets } = scenario;
  for (const { kind, agent, actions } of population.groups()) {
    const held = joinPhrases(scenario.traits.filter((_, t) => sets.holds(population.traitSets[kind]!, t)));
    for (let from = 0; from < actions.length; ) {
      const rows = Math.min(table.room, actions.length - from);
      const at = table.rows;
      for (let i = 0; i < rows; i++) agents!.values[at + i] = agent + from + i;
      kinds!.values.fill(kind, at, at + rows);
      traits!.values.fill(traits!.index(held), at, at + rows);
      from += rows;
      await table.added(rows);
    }
  }
}

/** A row of every agent: its state now, and what it did in the tick. */
async function writePanel(
  table: GrowingParquet,
  tick: number,
  population: Population,
  { agent: factors }: Scenario,
): Promise<void> {
  const [ticks, agents, kinds, ...levels] = table.columns.map(({ values }) => values);
  const taken = levels.pop()!;
  for (const { kind, agent, states, actions } of population.groups()) {
    const state = new Uint8Array(states.length);
    for (let from = 0; from < actions.length; ) {
      const rows = Math.min(table.room, actions.length - from);
      const at = table.rows;
      ticks!.fill(tick, at, at + rows);
      kinds!.fill(kind, at, at + rows);
      taken.set(actions.subarray(from, from + rows), at);
      for (let i = 0; i < rows; i++) {
        agents![at + i] = agent + from + i;
        for (let p = 0; p < state.length; p++) state[p] = states[p]![from + i]!;
        for (let f = 0; f < factors.length; f++) levels[f]![at + i] = population.levelOf(f, state);
      }
      from += rows;
      await table.added(rows);
    }
  }
}
