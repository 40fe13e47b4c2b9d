import { join } from 'node:path';
import { csvLine } from '../workspace/csv.ts';
import { GrowingFile } from '../workspace/growing-file.ts';
import { panelHeader, writeActions, writeAgents, writePanel } from './record-agents.ts';
import { ACTIONS_HEADER } from './record-folder.ts';
import type { RecordedFile, RunTables, TableName, TablesMark, TablesOptions } from './record-tables.ts';
import { type TickColumn, tickColumns, type Watched } from './record-ticks.ts';
import type { Simulation } from './simulation.ts';
import type { TickRecord } from './tick-record.ts';

/** The tables of a run as comma-separated values. */
export class CsvTables implements RunTables {
  readonly #files: ReadonlyMap<TableName, GrowingFile>;
  readonly #panel: number | undefined;
  readonly #watched: Watched;
  #columns: readonly TickColumn[] | undefined;

  private constructor(files: ReadonlyMap<TableName, GrowingFile>, watched: Watched, panel?: number) {
    this.#files = files;
    this.#watched = watched;
    this.#panel = panel;
  }

  static async open(
    folder: string,
    names: readonly TableName[],
    { panel, watched = {} }: TablesOptions,
    from?: TablesMark,
  ): Promise<CsvTables> {
    const files = new Map<TableName, GrowingFile>();
    for (const name of names) {
      const path = join(folder, `${name}.csv`);
      files.set(
        name,
        from ? await GrowingFile.resume(path, from.bytes[`${name}.csv`] ?? 0) : await GrowingFile.create(path),
      );
    }
    return new CsvTables(files, watched, panel);
  }

  async write(tick: TickRecord, simulation: Simulation): Promise<void> {
    const { scenario } = simulation;
    this.#columns ??= tickColumns(scenario, this.#watched);
    const [ticks, actions, agents, panel] = (['ticks', 'actions', 'agents', 'panel'] as const).map((name) =>
      this.#files.get(name),
    );
    if (ticks!.length === 0) await ticks!.text(`${csvLine(this.#columns.map(({ name }) => name))}\n`);
    await ticks!.text(`${csvLine(this.#columns.map(({ cell }) => cell(tick)))}\n`);
    if (actions?.length === 0) await actions.text(`${ACTIONS_HEADER}\n`);
    if (actions) await writeActions(actions, tick.tick, simulation.population, scenario);
    if (agents?.length === 0) await writeAgents(agents, simulation.population, scenario);
    if (panel?.length === 0) await panel.text(`${panelHeader(scenario)}\n`);
    if (panel && (tick.tick + 1) % this.#panel! === 0)
      await writePanel(panel, tick.tick, simulation.population, scenario);
  }

  async mark(): Promise<TablesMark> {
    const bytes: Record<string, number> = {};
    for (const [name, file] of this.#files) bytes[`${name}.csv`] = await file.sync();
    return { bytes };
  }

  async finish(): Promise<readonly RecordedFile[]> {
    const finished: RecordedFile[] = [];
    for (const [name, file] of this.#files) {
      const bytes = await file.sync();
      await file.close();
      finished.push({ name: `${name}.csv`, path: file.path, bytes });
    }
    return finished;
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) await file.close().catch(() => {});
  }
}
