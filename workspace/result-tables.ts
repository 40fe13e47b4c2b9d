import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { sha256 } from './hash.ts';
import { jsonText } from './result-file.ts';

/** What a result's JSON says of the tables beside it. */
const besideTables = z.object({
  /** SHA-256 of each table that was written with it, by the file's name; files of earlier versions lack it. */
  tables: z.record(z.string(), z.string()).optional(),
});

/** A result as JSON, with the hashes of the tables that are written with it, by their paths: so it shows if one is changed. */
export function jsonBesideTables(report: object, tables: Readonly<Record<string, string | undefined>>): string {
  const hashes = Object.entries(tables).flatMap(([path, content]) =>
    content === undefined ? [] : [[basename(path), sha256(content)] as const],
  );
  return jsonText({ ...report, tables: Object.fromEntries(hashes) });
}

/** Names of the tables that are not what was written with a result; none where it does not say. @param path of its JSON */
export async function changedTables(path: string): Promise<string[]> {
  const { tables = {} } = besideTables.parse(JSON.parse(await readFile(path, 'utf8')));
  const changed: string[] = [];
  for (const [name, expected] of Object.entries(tables)) {
    const content = await readFile(join(dirname(path), basename(name))).catch(() => undefined);
    if (!content || sha256(content) !== expected) changed.push(basename(name));
  }
  return changed;
}
