import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { checkScenario } from '../../scenarios/check.ts';
import { openScenario } from '../../scenarios/open.ts';
import { type ImportOptions, type ImportReport, importTable } from './import-table.ts';

/** A decision as an import writes it. */
export interface Row {
  readonly traits: string[];
  readonly context: string[];
  readonly probabilities: Record<string, number>;
  readonly [name: string]: unknown;
}

/** Tables of a test file, in a folder that goes when its tests are done. */
export function tables() {
  const folder = mkdtempSync(join(tmpdir(), 'import-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  /** A file of this content. */
  const table = (content: string | Uint8Array, name = 'table.csv'): string => {
    const path = join(mkdtempSync(join(folder, 't-')), name);
    writeFileSync(path, content);
    return path;
  };
  /** What an import makes of a table; its vocabulary passes every check. */
  const imported = async (content: string, options: Omit<ImportOptions, 'table' | 'workspace'>) => {
    const workspace = mkdtempSync(join(folder, 'w-'));
    const report = await importTable({ table: table(content), workspace, ...options });
    const lines = (path: string) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Row);
    const vocabulary = await openScenario(report.files.scenario);
    expect(checkScenario(vocabulary).findings).toEqual([]);
    return { report, vocabulary, workspace, train: lines(report.files.train), test: lines(report.files.test) };
  };
  return { table, imported };
}

export const csv = (header: string, rows: readonly (readonly (string | number)[])[]) =>
  `${header}\n${rows.map((row) => row.join(',')).join('\n')}\n`;

export const column = ({ table }: ImportReport, name: string) => table.columns.find((one) => one.name === name);

/** A sequence that looks random and is not. */
export const mixed = (i: number, k: number) => Math.floor(((i * 7919 + 104729) % 10007) / 7) % k;
