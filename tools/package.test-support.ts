import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Path of the built command line. */
const cli = join(root, 'dist', 'cli', 'understudy.js');

/** A folder of somebody's own, in which the package is installed as it is built: links take the place of copies. */
export async function consumerFolder(name: string): Promise<string> {
  const built = spawnSync(process.execPath, [join(root, 'tools', 'build.mjs'), '--if-changed'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the package does not build:\n${built.stderr}`);
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  await mkdir(join(folder, 'node_modules', '@types'), { recursive: true });
  await symlink(root, join(folder, 'node_modules', 'understudy'), 'junction');
  const types = join('node_modules', '@types', 'node');
  await symlink(join(root, types), join(folder, types), 'junction');
  await writeFile(join(folder, 'package.json'), '{ "name": "consumer", "private": true }\n');
  return folder;
}

/** Node's arguments for a line of a shell: `npx understudy …` or `node FILE`. */
export function argumentsOf(line: string): string[] {
  const [program, ...rest] = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c!);
  if (program === 'node') return rest;
  if (program === 'npx' && rest[0] === 'understudy') return [cli, ...rest.slice(1)];
  throw new Error(`neither node nor npx understudy: ${line}`);
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Node to its end. */
export function run(folder: string, args: readonly string[]): Promise<Ended> {
  const { child, ended } = start(folder, args);
  child.stdin?.end();
  return ended;
}

/** Starts Node; `said` waits for a text on standard output or error. */
export function start(folder: string, args: readonly string[]) {
  const child: ChildProcess = spawn(process.execPath, args, { cwd: folder, env: { ...process.env, NO_COLOR: '1' } });
  let [stdout, stderr] = ['', ''];
  const waiting: (() => void)[] = [];
  const tell = () => {
    for (const look of waiting) look();
  };
  child.stdout?.on('data', (text) => {
    stdout += text;
    tell();
  });
  child.stderr?.on('data', (text) => {
    stderr += text;
    tell();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const said = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const [found] = pattern.exec(stdout + stderr) ?? [];
        if (found !== undefined) resolve(found);
      };
      waiting.push(look);
      look();
      void ended.then(() => reject(new Error(`ended without saying ${pattern}:\n${stdout}${stderr}`)));
    });
  return { child, ended, said };
}
