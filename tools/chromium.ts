import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** How the system's own Chromium is called. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];

/** Where browsers are installed outside of PATH. */
const PLACES: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
};

/** For tests and pictures: no network of its own, software WebGL if there is no GPU. */
export const CHROMIUM_FLAGS = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-swiftshader',
  // The sandbox does not work for root, nor in many containers.
  ...(process.getuid?.() === 0 || process.env.CI ? ['--no-sandbox', '--disable-dev-shm-usage'] : []),
];

/**
 * Path of a Chromium: CHROME_PATH, otherwise the system's, otherwise Playwright's, otherwise one that is installed now
 * by what the machine offers.
 * @param log one line for people, before something is installed
 * @throws if there is none and none can be installed, saying what was tried and what to do
 */
export async function findChromium(log: (line: string) => void = () => {}): Promise<string> {
  const chosen = process.env.CHROME_PATH;
  if (chosen) {
    if (isProgram(chosen)) return chosen;
    throw new Error(`CHROME_PATH is "${chosen}", which is not a program; correct or unset it`);
  }
  const found = installed();
  if (found) return found;

  const failures: string[] = [];
  for (const [command, ...args] of installers()) {
    const line = [command, ...args].join(' ');
    log(`no Chromium found: ${line}`);
    try {
      await execute(command!, args, {
        timeout: 240_000,
        maxBuffer: 1 << 26,
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      });
    } catch (error) {
      failures.push(`${line}: ${lastLine(error)}`);
      continue;
    }
    const now = installed();
    if (now) return now;
  }
  throw new Error(
    `the browser test needs a Chromium: none in CHROME_PATH, on PATH (${NAMES.join(', ')}) or in Playwright's cache, and ` +
      `none could be installed (${failures.join('; ') || 'no installer known for this machine'}). ` +
      'Install Chromium or Chrome, or set CHROME_PATH to one.',
  );
}

function installed(): string | undefined {
  const onPath = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...onPath, ...(PLACES[platform()] ?? []), ...playwrights()].find(isProgram);
}

/** Chromiums that Playwright has downloaded, newest first. */
function playwrights(): string[] {
  const cache =
    process.env.PLAYWRIGHT_BROWSERS_PATH ??
    (platform() === 'darwin'
      ? join(homedir(), 'Library', 'Caches', 'ms-playwright')
      : platform() === 'win32'
        ? join(homedir(), 'AppData', 'Local', 'ms-playwright')
        : join(homedir(), '.cache', 'ms-playwright'));
  if (!existsSync(cache)) return [];
  return readdirSync(cache)
    .filter((name) => name.startsWith('chromium'))
    .sort()
    .reverse()
    .flatMap((name) =>
      [
        ['chrome-linux', 'chrome'],
        ['chrome-linux64', 'chrome'],
        ['chrome-linux', 'headless_shell'],
        ['chrome-headless-shell-linux64', 'chrome-headless-shell'],
        ['chrome-mac', 'Chromium.app', 'Contents', 'MacOS', 'Chromium'],
        ['chrome-win', 'chrome.exe'],
      ].map((parts) => join(cache, name, ...parts)),
    );
}

/** Commands that may bring one, the machine's own packages first. */
function* installers(): Generator<readonly string[]> {
  const has = (name: string) =>
    (process.env.PATH ?? '').split(delimiter).some((folder) => isProgram(join(folder, name)));
  const root = process.getuid?.() === 0;
  if (root && has('apt-get')) {
    yield ['apt-get', 'update'];
    yield ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium'];
  } else if (root && has('dnf')) yield ['dnf', 'install', '-y', 'chromium'];
  else if (root && has('apk')) yield ['apk', 'add', 'chromium'];
  // Run by path: npx would look for the package on the network.
  const playwright = join(createRequire(import.meta.url).resolve('playwright-core/package.json'), '..', 'cli.js');
  yield [process.execPath, playwright, 'install', 'chromium'];
  if (root && has('apt-get')) yield [process.execPath, playwright, 'install-deps', 'chromium'];
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string };
  return (stderr || message).trim().split('\n').at(-1)!.slice(0, 200);
}
