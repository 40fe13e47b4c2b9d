/**
 * The package as tests run it in processes of their own: compiled once for all of them, since a process that compiles
 * its sources for itself takes three times as long to start. Vitest calls `setup` before the first test.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** A package of its own, so that what is compiled finds its version and its data as in an installed one. */
const home = join(root, 'node_modules', '.understudy-test');
const stamp = join(home, 'sources.sha256');

/** Path of the file that a source file is compiled to. */
export function compiled(source: URL): string {
  return join(home, 'dist', relative(root, fileURLToPath(source)).replace(/\.ts$/, '.js'));
}

/** Compiles the sources unless that was done already. */
export async function setup(): Promise<void> {
  const { sourceDigest } = await import(new URL('./sources.mjs', import.meta.url).href);
  // What only tests import is compiled too: a model that is played in a process of its own.
  const digest = sourceDigest(root, /\.test\.tsx?$|\/fixtures\//);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  copyFileSync(join(root, 'package.json'), join(home, 'package.json'));
  symlinkSync(join(root, 'data'), join(home, 'data'), 'junction');
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.test.json'], { cwd: root });
  if (status !== 0) throw new Error(`tsc -p tsconfig.test.json failed (exit ${status}):\n${stdout}`);
  writeFileSync(stamp, digest);
}
