// Builds dist/: the package by tsc, the viewer by Vite. Both write beside the old dist/, which is replaced when both
// have succeeded, so that a failed build leaves what was there. With --if-changed, a dist/ that was built from the
// present sources is left as it is.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOfBuild, ENTRIES, sourceDigest } from './sources.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const fresh = join(root, 'node_modules', '.understudy-build');
const began = performance.now();

/** Path of a development dependency's command, run by this Node. */
function commandOf(name, command) {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const { bin } = createRequire(import.meta.url)(manifest);
    return join(dirname(manifest), typeof bin === 'string' ? bin : bin[command]);
  } catch {
    throw new Error(`${name} is not installed; run \`npm ci\` (with development dependencies) before building`);
  }
}

function run(what, script, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${what} failed (exit ${code}):\n${Buffer.concat(output).toString().trim()}`));
    });
  });
}

// Before the build: what is edited meanwhile is built next time.
const digest = sourceDigest(root);
if (process.argv.includes('--if-changed') && digestOfBuild(join(root, 'dist')) === digest) process.exit(0);

try {
  await rm(fresh, { recursive: true, force: true });
  const results = await Promise.allSettled([
    run('tsc', commandOf('typescript', 'tsc'), ['-p', 'tsconfig.build.json', '--outDir', fresh]),
    run('vite', commandOf('vite', 'vite'), [
      'build',
      '--config',
      join('sim-ui', 'viewer', 'vite.config.ts'),
      '--outDir',
      join(fresh, 'viewer'),
      '--logLevel',
      'warn',
    ]),
  ]);
  const failures = results.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.message);
  if (failures.length > 0) throw new Error(failures.join('\n\n'));
  for (const file of ENTRIES) if (!existsSync(join(fresh, file))) throw new Error(`the build wrote no ${file}`);
  await chmod(join(fresh, 'cli', 'understudy.js'), 0o755);
  await writeFile(join(fresh, 'sources.sha256'), `${digest}\n`);
  await rm(join(root, 'dist'), { recursive: true, force: true });
  await rename(fresh, join(root, 'dist'));
  console.error(`built dist/ in ${((performance.now() - began) / 1000).toFixed(1)} s`);
} catch (error) {
  await rm(fresh, { recursive: true, force: true });
  console.error(error.message);
  process.exitCode = 1;
}
